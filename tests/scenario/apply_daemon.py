#!/usr/bin/env python3
"""The same by way of the daemon: who may, what is answered, and the undo that outlives it."""
import contextlib
import os
import signal
import subprocess
import time

from apply_common import enter_namespaces, get, guards, run, snapshot
from common import NOBODY, expect, expect_in, expect_true, wait_until
from daemon_harness import Daemon, kill
from job_services import ServedDaemon

FIN, COOKIES = "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_syncookies"
BAD = "net.ipv4.tcp_ecn"


class Served:
    """A daemon on a host's profiles, state and etc, and `fettle` that talks to it."""

    def __init__(self, host, make=Daemon):
        self.host = host
        self.daemon = make(arguments=["--sysctl-root", "/proc/sys", "--state-dir", str(host.state),
                                        "--root", str(host.root)])
        self.program = self.daemon.folder / "fettled"

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.daemon.__exit__(*arguments)

    def profile(self, name, settings):
        self.host.profile(name, settings)
        (self.daemon.profiles / f"{name}.yaml").write_bytes(
            (self.host.folder / f"{name}.yaml").read_bytes())

    def run(self, *arguments, code=0, prefix=()):
        ran = subprocess.run([*prefix, str(self.host.program), *arguments, "--socket",
                              str(self.daemon.socket)], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, check=False)
        expect((ran.returncode, ran.stdout + ran.stderr if ran.returncode != code else ""),
               (code, ""), f"{arguments}")
        return ran

    def die(self):
        """Both processes, at once and without a word."""
        front = self.daemon.children()
        for pid in [self.daemon.pid, *front]:  # the engine first: it would end in order without one
            kill(pid, signal.SIGKILL)
        self.daemon.process.wait()

    def start(self):
        self.daemon.log_path.write_text("")
        self.daemon.start()
        wait_until(self.daemon.is_serving, "the daemon to serve")


COMMANDS = (
    (("audit", "web"), 1), (("plan", "web"), 1), (("apply", "good"), 0), (("apply", "good"), 0),
    (("rollback",), 0), (("apply", "bad"), 1), (("apply", "web"), 2), (("rollback",), 0),
    (("persist", "good"), 2), (("unpersist",), 0), (("apply", "good", "--persist"), 2),
    (("rollback",), 0), (("apply", "good", "--persist", "--confirm-within", "60s"), 2), (("confirm",), 2),
    (("rollback",), 0), (("rollback", "1"), 0), (("rollback", "999"), 65), (("confirm",), 65))


def here(served, *arguments, code=0):
    """The same without the daemon."""
    options = ["--profile-path", str(served.daemon.profiles)]
    options += ["--root", str(served.host.root)]
    if arguments[0] not in ("audit", "plan"):
        options += ["--state-dir", str(served.host.state)]
    ran = subprocess.run([str(served.host.program), *arguments, *options], capture_output=True,
                         text=True, check=False)
    expect(ran.returncode, code, f"{arguments}: {ran.stderr}")
    return ran


def all_ways_answer_the_same(host):
    before = snapshot()
    with Served(host) as served, Served(host, ServedDaemon) as by_services:
        for daemon in (served, by_services):
            daemon.profile("web", {FIN: 30, COOKIES: 2, "net.ipv4.no_such": 1})
            daemon.profile("good", {FIN: 30, COOKIES: 2})
            daemon.profile("bad", {FIN: 30, BAD: 99})
        profiles = str(by_services.daemon.profiles), str(served.daemon.profiles)
        last = host.etc / "sysctl.d/99-local.conf"
        last.parent.mkdir()
        last.write_text(f"{FIN} = 77\n")
        said = {}
        for way in (served.run, by_services.run, lambda *a, code: here(served, *a, code=code)):
            for step, (command, code) in enumerate(COMMANDS):
                ran = way(*command, "--format", "json", code=code)
                lines = [line.replace(*profiles) for line in ran.stdout.splitlines()
                         if '"transaction": ' not in line]
                expect((lines, ran.stderr), said.setdefault(step, (lines, ran.stderr)), f"{command}")
                expect_true(lines or ran.stderr, f"{command}: an answer")
        expect_true('"verdict": "overridden",' in "".join(said[0][0]), "what a boot would do")
        for daemon in (served, by_services):
            expect_in("apply good for uid 0 (pid ", daemon.daemon.log())
        expect(served.daemon.call("org.fettle.ListTransactions")["parameters"],
               host.run_json("transactions"), "the list")
    expect(snapshot(), before, "at the end")


def only_root_changes_anything(host):
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        for command in (("apply", "web"), ("confirm",), ("rollback",), ("persist", "web"), ("unpersist",),
                        ("plan", "web"), ("transactions",)):
            expect_in("does not permit", served.run(*command, code=77, prefix=nobody).stderr)
        expect(get(FIN), "60", FIN)


def names_and_numbers_only(host):
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        for method, parameters, error in (
                ("Apply", {}, "InvalidParameter"), ("Apply", {"profile": 7}, "InvalidParameter"),
                ("Apply", {"profile": "../web"}, "NoSuchProfile"),
                ("Apply", {"profile": str(host.folder / "web.yaml")}, "NoSuchProfile"),
                ("Apply", {"profile": "web", "confirm_within_s": 0}, "InvalidParameter"),
                ("Apply", {"profile": "web", "confirm_within_s": 86401}, "InvalidParameter"),
                ("Apply", {"profile": "web", "persist": "yes"}, "InvalidParameter"),
                ("Apply", {"profile": "web", "netns": "net:[1]"}, "Refused"),
                ("Plan", {"profile": "web", "netns": "net:[1]"}, "Refused"),
                ("Unpersist", {"netns": 1}, "InvalidParameter"),
                ("Rollback", {"transaction": -1}, "InvalidParameter"),
                ("Rollback", {"transaction": "1"}, "InvalidParameter"),
                ("Rollback", {"transaction": 9}, "Refused"), ("Confirm", {}, "Refused")):
            reply = served.daemon.call(f"org.fettle.{method}", parameters)
            expect(reply["error"].split(".")[-1], error, f"{method} {parameters}")
        expect(get(FIN), "60", FIN)
        # what a caller sends besides does not reach the engine
        reply = served.daemon.call("org.fettle.Apply", {
            "profile": "web", "uid": 4711, "op": "list", "netns": os.readlink("/proc/self/ns/net")})
        expect(reply["parameters"]["result"]["outcome"], "applied", "apply")
        expect(host.run_json("transactions")["transactions"][0]["uid"], 0, "who it was")
        served.run("rollback")


def busy_says_who(host):
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        with host.lock_held("somebody, process 77"):
            expect_in("somebody, process 77 holds", served.run("apply", "web", code=75).stderr)
            served.run("audit", "web", code=1)
        served.run("apply", "web", "--confirm-within", "60s")
        expect_in("transaction 1 waits for its confirmation",
                  served.run("apply", "web", code=75).stderr)
        expect_in("transaction 1 waits for its confirmation", host.run("apply", "web", code=75).err)
        served.run("confirm")
        served.run("rollback")


def end_guards(served):
    for pid in wait_until(lambda: guards(served.program), "a guard"):
        os.kill(pid, signal.SIGKILL)


def undone_by(host, what, disturb):
    """Begins a change through the daemon, disturbs, and waits for the undo."""
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        served.run("apply", "web", "--confirm-within", "2s")
        expect(get(FIN), "30", f"{what}: not before its time")
        disturb(served)
        wait_until(lambda: get(FIN) == "60", what)
        wait_until(lambda: host.run_json("transactions")["transactions"][0]["state"] == "undone", what)
        expect(host.run_json("transactions")["transactions"][0]["undone_why"], "timeout", what)
        wait_until(lambda: not guards(served.program), "the guard to end")


def the_daemon_is_killed(host):
    undone_by(host, "the guard", Served.die)


def the_daemon_is_stopped(host):
    undone_by(host, "the guard", lambda served: expect(served.daemon.end(), 0, "exit code"))


def the_guard_is_killed(host):
    undone_by(host, "the engine", end_guards)


def both_are_killed_and_it_is_started_again(host):
    def disturb(served):
        end_guards(served)
        served.die()
        served.start()
    undone_by(host, "the next engine, by its timer", disturb)


def both_are_killed_and_it_is_late(host):
    def disturb(served):
        end_guards(served)
        served.die()
        time.sleep(2.2)
        expect(get(FIN), "30", "nobody is there")
        served.start()
        wait_until(lambda: "is undone" in served.daemon.log(), "the line in the log")
    undone_by(host, "the next engine, at once", disturb)


def confirmed_after_a_restart(host):
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        served.run("apply", "web", "--confirm-within", "3s")
        served.die()
        served.start()
        served.run("confirm")
        time.sleep(3.2)
        expect(get(FIN), "30", "it stays")
        served.run("rollback")


def a_foreign_journal_stops_nothing_else(host):
    """What cannot be recovered is said in the log, and audits go on."""
    host.state.mkdir(mode=0o700)
    (host.state / "journal").write_text("something else\n" * 9)
    with Served(host) as served:
        served.profile("web", {FIN: 30})
        wait_until(lambda: "cannot undo what is to be undone" in served.daemon.log(), "the line")
        served.run("audit", "web", code=1)
        expect_in("journal", served.run("apply", "web", code=65).stderr)
        expect_in("journal", served.run("transactions", code=65).stderr)
    expect(get(FIN), "60", FIN)


def many_at_once(host):
    """One after the other, each for its own caller: never two transactions at a time, none lost."""
    before = snapshot()
    with Served(host) as served, contextlib.ExitStack() as stack:
        served.profile("one", {FIN: 31})
        served.profile("two", {FIN: 32})
        clients = [stack.enter_context(served.daemon.client()) for _ in range(10)]
        for i, client in enumerate(clients):
            client.send_call("org.fettle.Apply", {"profile": ("one", "two")[i % 2]})
        outcomes = [client.receive()["parameters"]["result"]["outcome"] for client in clients]
        expect(outcomes, ["applied"] * 10, "outcomes")
        expect(len(host.run_json("transactions")["transactions"]), 10, "transactions")
        for _ in range(10):
            served.run("rollback")
        expect_true(snapshot() == before, "all undone")


def main():
    enter_namespaces()
    run([all_ways_answer_the_same, only_root_changes_anything, names_and_numbers_only, busy_says_who,
         the_daemon_is_killed, the_daemon_is_stopped, the_guard_is_killed,
         both_are_killed_and_it_is_started_again, both_are_killed_and_it_is_late,
         confirmed_after_a_restart, a_foreign_journal_stops_nothing_else, many_at_once])


if __name__ == "__main__":
    main()
