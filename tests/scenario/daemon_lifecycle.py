#!/usr/bin/env python3
"""Starting, reloading, draining, ending, and either process dying."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from common import BUILDDIR, SRCDIR, expect, expect_true, need_root, run, wait_until
from daemon_harness import Client, Daemon, FETTLED, Manager, kill, make_tree

INTERFACES = 1500
TREE = tempfile.TemporaryDirectory(prefix="fettled-tree-", dir="/tmp")


def the_manager_is_told():
    for abstract in (False, True):
        with Manager(abstract) as manager, Daemon(environment=manager.environment,
                                                  wait=False) as daemon:
            ready = manager.next()
            expect(ready["READY"], "1", "the first message")
            expect_true("active profile tiny" in ready["STATUS"], ready)
            # ready means that: both run, and anybody may connect
            expect(len(daemon.children()), 1, "the front")
            expect(daemon.socket.stat().st_mode & 0o7777, 0o666, "the socket's mode")
            expect_true("parameters" in daemon.call("org.fettle.GetStatus"), "it serves")
            kill(daemon.pid, signal.SIGHUP)
            reloading = manager.next()
            expect(reloading["RELOADING"], "1", "on SIGHUP")
            expect_true(int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000, reloading)
            expect(manager.next()["READY"], "1", "when that is done")
            kill(daemon.pid, signal.SIGTERM)
            expect(manager.next()["STOPPING"], "1", "on SIGTERM")
            expect(daemon.process.wait(20), 0, "exit code")


def nobody_may_connect_before_it_is_ready():
    with Daemon(wait=False) as daemon:
        modes = set()
        while not daemon.is_serving():
            try:
                modes.add(daemon.socket.stat().st_mode & 0o7777)
            except FileNotFoundError:
                pass
        expect(modes - {0o600, 0o666}, set(), "modes seen while it started")


def sighup_reloads():
    with Daemon() as daemon, daemon.client() as client:
        daemon.config.write_text("profile: many\n")
        kill(daemon.pid, signal.SIGHUP)
        wait_until(lambda: daemon.status()["active_profile"] == "many", "the new configuration")
        wait_until(lambda: f"read {daemon.config} again: active profile many" in daemon.log(), "log")
        expect(client.call("org.fettle.Audit")["parameters"]["report"]["profile"]["name"], "many",
               "an earlier connection's audit")
        daemon.config.write_text("profile: tiny\nprofil: x\n")
        kill(daemon.pid, signal.SIGHUP)
        line = wait_until(lambda: re.search(r"keeping the old configuration: (.*)", daemon.log()),
                          "the complaint").group(1)
        expect_true(line.startswith(f"{daemon.config}:2:1: ") and "profile" in line, line)
        expect(daemon.status()["active_profile"], "many", "the profile after a bad reload")
        daemon.config.unlink()
        kill(daemon.pid, signal.SIGHUP)
        wait_until(lambda: daemon.log().count("keeping the old configuration") == 2, "complaint")
        expect(daemon.status()["active_profile"], "many", "the profile without a file")
        for _ in range(50):
            kill(daemon.pid, signal.SIGHUP)
        expect(daemon.status()["active_profile"], "many", "the profile after many")


def an_active_profile_that_cannot_be_loaded():
    with Daemon("profile: nosuch\n") as daemon, daemon.client() as client:
        expect_true(f"the active profile: no profile 'nosuch' in {daemon.profiles}" in daemon.log(),
                    "said at the start")
        expect(client.call("org.fettle.Audit")["error"], "org.fettle.NoSuchProfile", "its audit")
        daemon.config.write_text("profile: tiny\n")
        kill(daemon.pid, signal.SIGHUP)
        wait_until(lambda: daemon.status()["active_profile"] == "tiny", "the new configuration")
        (daemon.profiles / "broken.yaml").write_text("schema: 1\nname: broken\nsetings: {}\n")
        for name, text in (("nosuch", "the active profile: no profile 'nosuch' in "),
                           ("broken", f"{daemon.profiles}/broken.yaml:3:1: the active profile: ")):
            daemon.config.write_text(f"profile: {name}\nidle-timeout: 5s\n")
            kill(daemon.pid, signal.SIGHUP)
            wait_until(lambda: f"keeping the old configuration: {text}" in daemon.log(), text)
            expect(daemon.status()["active_profile"], "tiny", f"the profile after {name}")
        expect_true("parameters" in client.call("org.fettle.Audit"), "the audit")


def another_user_takes_a_restart():
    line = "user: daemon takes a restart: the front goes on as nobody"
    with Daemon("profile: tiny\nuser: nobody\n", user=None) as daemon:
        for user, times in (("nobody", 0), ("daemon", 1), ("daemon", 2), ("nobody", 2)):
            reads = daemon.log().count(" again: ")
            daemon.config.write_text(f"profile: tiny\nuser: {user}\n")
            kill(daemon.pid, signal.SIGHUP)
            wait_until(lambda: daemon.log().count(" again: ") == reads + 1, "the reload")
            expect(daemon.log().count(line), times, f"complaints after {user}")


def a_profile_path_that_is_not_utf8():
    shown = r"/tmp/\xff"
    with Daemon(arguments=["--profile-path", b"/tmp/\xff"]) as daemon:
        expect_true(daemon.status()["profile_path"].startswith(shown), "the path as it is shown")
        daemon.config.write_text("profile: tiny\nidle-timeout: 5s\n")
        kill(daemon.pid, signal.SIGHUP)
        wait_until(lambda: "keeping the old configuration" in daemon.log(), "the reload")
    with Daemon(arguments=["--profile-path", b"/tmp/\xff:" + bytes(SRCDIR / "profiles")],
                config="profile: base\n") as daemon:
        for _ in range(2):
            expect(daemon.status()["profile_path"], f"{shown}:{SRCDIR / 'profiles'}", "the path")
            kill(daemon.pid, signal.SIGHUP)
            wait_until(lambda: " again: active profile base" in daemon.log(), "the reload")
        answer = daemon.call("org.fettle.Audit", {"profile": "nosuch"})
        expect(answer["error"], "org.fettle.NoSuchProfile", "it serves")


def what_the_starter_left_open_is_closed():
    with Daemon() as plain, socket.socket(socket.AF_UNIX) as listening:
        wanted = plain.fds_at_rest()
        with open(plain.config, "rb") as secret:
            leak = [os.dup(secret.fileno()) for _ in range(20)]
            with Daemon(leak=leak) as daemon:
                expect(daemon.fds_at_rest(), wanted, "descriptors of engine and front")
            listening.bind(str(plain.folder / "passed"))
            listening.listen()
            with Daemon(leak=leak, pass_socket=listening.fileno(), wait=False) as daemon:
                wait_until(daemon.is_serving, "start")
                fds = [len(os.listdir(f"/proc/{pid}/fd")) for pid in (daemon.pid, daemon.front())]
                expect(fds, wanted, "the same with a socket passed in")
            for fd in leak:
                os.close(fd)


def closed_standard_files_are_no_sockets():
    with Daemon(wait=False) as daemon:
        daemon.end(signal.SIGKILL)
        daemon.command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *daemon.command]
        daemon.start()
        wait_until(lambda: daemon.socket.exists() and daemon.socket.stat().st_mode & 0o777 == 0o666,
                   "start")
        for pid in (daemon.pid, daemon.front()):
            expect([os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)], ["/dev/null"] * 3,
                   "standard files")
        expect_true("parameters" in daemon.call("org.fettle.Audit"), "it serves")


def a_killed_test_leaves_nothing_behind():
    script = ("import os, signal, daemon_harness as h; d = h.Daemon(as_nobody={}); "
              "print(d.folder, d.pid, d.front(), flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    for as_nobody in (False, True):
        done = subprocess.run([sys.executable, "-c", script.format(as_nobody)], capture_output=True,
                              text=True, cwd=pathlib.Path(__file__).parent,
                              env={**os.environ, "FETTLE_BUILDDIR": str(BUILDDIR.resolve())})
        expect(done.returncode, -signal.SIGKILL, done.stderr)
        folder, *pids = done.stdout.split()
        for pid in pids:
            wait_until(lambda: not pathlib.Path(f"/proc/{pid}/exe").exists(), f"{pid} to end")
        shutil.rmtree(folder)


def busy_daemon(**options):
    """One whose audits take long enough to be caught at it."""
    return Daemon("profile: many\n", arguments=["--sysctl-root", TREE.name], **options)


def a_long_audit_delays_nobody():
    with busy_daemon() as daemon, daemon.client() as client:
        worker = daemon.stopped_audit(client)
        for _ in range(100):
            began = time.monotonic()
            expect_true("parameters" in daemon.call("org.fettle.GetStatus"), "status")
            expect_true(time.monotonic() - began < 2, "at once")
        # a change is none of those that wait for it: what there is to say of one is said at once
        for method in ("org.fettle.Confirm", "org.fettle.Rollback"):
            began = time.monotonic()
            expect(daemon.call(method)["error"], "org.fettle.Refused", method)
            expect_true(time.monotonic() - began < 5, f"{method} at once")
        # as many as may wait, and one more
        waiting = [daemon.client() for _ in range(64)]
        for i, other in enumerate(waiting[:63]):
            other.send_call("org.fettle.ShowProfile", {"name": f"p{i}"})
        wait_until(lambda: daemon.status()["requests"] >= 166, "all to be asked")
        refused = waiting[63].call("org.fettle.ShowProfile", {"name": "one-more"})
        expect(refused["error"], "org.fettle.Busy", "one too many")
        kill(worker, signal.SIGCONT)
        expect(client.receive()["parameters"]["report"]["profile"]["name"], "many", "the audit")
        for i, other in enumerate(waiting[:63]):
            expect(other.receive()["error"], "org.fettle.NoSuchProfile", f"answer {i}")


WATCHDOG_S = 2


def watched(manager):
    return dict(manager.environment, WATCHDOG_USEC=str(WATCHDOG_S * 1000000))


def expect_alive(manager, what):
    """In time, again and again."""
    for _ in range(3):
        began = time.monotonic()
        expect(manager.next(), {"WATCHDOG": "1"}, what)
        expect_true(time.monotonic() - began < WATCHDOG_S, f"{what}: in time")


def expect_silence(manager, what):
    time.sleep(0.2)  # what was under way when it was stopped
    manager.forget()
    time.sleep(1.5 * WATCHDOG_S)
    expect(manager.forget(), 0, what)


def the_watchdog_hears_of_both():
    with Manager(False) as manager, Daemon(environment=watched(manager)) as daemon:
        expect(manager.next()["READY"], "1", "the first message")
        expect_alive(manager, "both run")
        for pid, name in ((daemon.front(), "front"), (daemon.pid, "engine")):
            kill(pid, signal.SIGSTOP)
            expect_silence(manager, f"the {name} hangs")
            kill(pid, signal.SIGCONT)
            expect_alive(manager, f"the {name} goes on")
        expect(daemon.end(), 0, "exit code")


def a_long_audit_is_no_hang():
    with Manager(False) as manager, busy_daemon(environment=watched(manager)) as daemon, \
            daemon.client() as client:
        expect(manager.next()["READY"], "1", "the first message")
        worker = daemon.stopped_audit(client)
        manager.forget()
        expect_alive(manager, "an audit hangs")
        kill(worker, signal.SIGCONT)
        expect(client.receive()["parameters"]["report"]["profile"]["name"], "many", "the audit")


def refusal(client):
    answer = client.call("org.fettle.GetStatus")
    return "error" in answer and answer


def sigterm_finishes_what_runs():
    for number in (signal.SIGTERM, signal.SIGINT):
        with busy_daemon() as daemon, daemon.client() as client, daemon.client() as other:
            worker = daemon.stopped_audit(client)
            kill(daemon.pid, number)
            wait_until(lambda: "finishing what is running" in daemon.log(), "the ending")
            # the engine says so before the front has heard of it
            expect(wait_until(lambda: refusal(other), "new calls to be refused"),
                   {"error": "org.fettle.ShuttingDown", "parameters": {}}, "new calls")
            try:
                Client(daemon.socket)
                raise AssertionError("a new connection was accepted")
            except ConnectionRefusedError:
                pass
            kill(worker, signal.SIGCONT)
            report = client.receive()["parameters"]["report"]
            expect(len(report["findings"]), INTERFACES, "findings of the audit that ran")
            expect(daemon.process.wait(20), 0, "exit code")
            expect(daemon.socket.exists(), False, "the socket is left behind")


def sigterm_does_not_wait_for_ever():
    with busy_daemon() as daemon, daemon.client() as client:
        worker = daemon.stopped_audit(client)
        began = time.monotonic()
        kill(daemon.pid, signal.SIGTERM)
        expect(daemon.process.wait(20), 0, "exit code")
        expect_true(4 < time.monotonic() - began < 10, "after five seconds")
        expect(client.receive(), None, "the connection is closed")
        expect_true(not pathlib.Path(f"/proc/{worker}").exists(), "the audit's process is gone")
        expect_true("with requests still running" in daemon.log(), "it is logged")


def an_audit_that_dies_is_an_error():
    with busy_daemon() as daemon, daemon.client() as client:
        kill(daemon.stopped_audit(client), signal.SIGKILL)
        expect(client.receive(),
               {"error": "org.fettle.EngineFailed",
                "parameters": {"reason": "its process was ended by signal 9 (Killed)"}}, "the answer")
        expect_true("parameters" in client.call("org.fettle.Audit"), "the next audit")


def the_engine_dies():
    with busy_daemon() as daemon, daemon.client() as client, daemon.client() as idle:
        worker, front = daemon.stopped_audit(client), daemon.front()
        kill(daemon.pid, signal.SIGKILL)
        expect(daemon.process.wait(20), -signal.SIGKILL, "exit code")
        expect(client.receive(), {"error": "org.fettle.EngineFailed",
                                  "parameters": {"reason": "the engine has ended"}}, "the answer")
        expect(idle.receive(), None, "others are hung up on")
        for pid in (worker, front):
            wait_until(lambda: not pathlib.Path(f"/proc/{pid}/exe").exists(), f"{pid} to end")
        # what it left behind is in nobody's way
        daemon.start()
        wait_until(lambda: daemon.log().count(" serves on ") == 2, "the next one")
        expect_true("parameters" in daemon.call("org.fettle.Audit"), "the next one serves")


def the_front_dies():
    with busy_daemon() as daemon, daemon.client() as client:
        worker = daemon.stopped_audit(client)
        kill(daemon.front(), signal.SIGKILL)
        expect(daemon.process.wait(20), 70, "exit code")
        expect(client.receive(), None, "the connection is closed")
        expect_true("the front was ended by signal 9" in daemon.log(), "it is logged")
        expect(daemon.socket.exists(), False, "the socket is left behind")
        expect_true(not pathlib.Path(f"/proc/{worker}").exists(), "the audit's process is gone")


def systemd_passes_a_socket():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listening:
        path = f"{folder}/passed"
        listening.bind(path)
        os.chmod(path, 0o640)
        listening.listen()
        # a call that was there before the daemon was
        with Client(path) as early:
            early.send_call("org.fettle.GetStatus")
            with Daemon(pass_socket=listening.fileno()) as daemon:
                expect(early.receive()["parameters"]["active_profile"], "tiny", "the early call")
                expect(daemon.socket.exists(), False, "its own socket")
                expect(daemon.end(), 0, "exit code")
        expect(os.stat(path).st_mode & 0o7777, 0o640, "the mode is systemd's business")


def the_wrong_thing_passed_is_refused():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        with Daemon(pass_socket=datagrams.fileno(), wait=False) as daemon:
            expect(daemon.process.wait(20), 69, "exit code")
            expect_true("no listening Unix stream socket" in daemon.log(), daemon.log())


def only_one_daemon_a_socket():
    with Daemon() as daemon:
        second = subprocess.run(daemon.command, env=daemon.environment, capture_output=True, text=True)
        expect([second.returncode, second.stderr],
               [69, f"fettled: another daemon answers on {daemon.socket} already\n"], "the second one")
        expect_true("parameters" in daemon.call("org.fettle.GetStatus"), "the first serves on")
        daemon.end()
        daemon.socket.write_text("precious")
        third = subprocess.run(daemon.command, env=daemon.environment, capture_output=True, text=True)
        expect([third.returncode, daemon.socket.read_text()], [69, "precious"], "a file in its place")


def a_successors_socket_is_left_alone():
    with Daemon() as daemon, socket.socket(socket.AF_UNIX) as successor:
        daemon.socket.unlink()
        successor.bind(str(daemon.socket))
        expect(daemon.end(), 0, "exit code")
        expect(daemon.socket.exists(), True, "the other's socket")


def what_is_wrong_at_the_start_is_said():
    with Daemon() as daemon:
        base = daemon.command[:1] + ["--socket", str(daemon.folder / "other"), "--profile-path",
                                     str(daemon.profiles)]
        bad = daemon.folder / "bad.yaml"
        bad.write_text("profile: [1]\n")
        cases = [
            (["--config", str(bad)], 65, f"{bad}:1:10: "),
            (["--config", "/none.yaml"], 65, "/none.yaml"),
            (["--config", str(daemon.config), "--user", "no-such-user"], 65, "--user nobody"),
            (["--config", str(daemon.config), "--user", "root"], 65, "has root's rights"),
            (["--config", str(daemon.config), "--user", "nobody", "--socket", "/tmp/" + "x" * 108], 69,
             "at most 107 bytes"),
            (["--config", str(daemon.config), "--user", "nobody", "--socket", "/proc/none/s"], 69,
             "/proc/none"),
            (["--sokcet", "x"], 64, "did you mean 'socket'?"),
        ]
        for arguments, code, text in cases:
            done = subprocess.run(base + arguments, env=daemon.environment, capture_output=True,
                                  text=True)
            expect(done.returncode, code, f"exit code of {arguments}: {done.stderr}")
            expect_true(text in done.stderr, f"{text!r} in {done.stderr!r}")
            expect(done.stderr.count("\n"), 2 if code == 64 else 1, f"lines in {done.stderr!r}")


def it_says_what_it_is():
    version = subprocess.run([FETTLED, "--version"], capture_output=True, text=True)
    expect_true(re.fullmatch(r"fettled \d+\.\d+\.\d+\n", version.stdout), version.stdout)
    usage = subprocess.run([FETTLED, "--help"], capture_output=True, text=True)
    expect(usage.returncode, 0, "--help")
    for option in ("--socket", "--config", "--profile-path", "--user", "--log-level", "--version"):
        expect_true(option in usage.stdout, f"{option} in --help")


need_root()
make_tree(pathlib.Path(TREE.name), INTERFACES)
run([the_manager_is_told, nobody_may_connect_before_it_is_ready, sighup_reloads,
     an_active_profile_that_cannot_be_loaded, another_user_takes_a_restart,
     a_profile_path_that_is_not_utf8, what_the_starter_left_open_is_closed,
     closed_standard_files_are_no_sockets, a_killed_test_leaves_nothing_behind,
     a_long_audit_delays_nobody, the_watchdog_hears_of_both, a_long_audit_is_no_hang,
     sigterm_finishes_what_runs, sigterm_does_not_wait_for_ever, an_audit_that_dies_is_an_error,
     the_engine_dies, the_front_dies, systemd_passes_a_socket, the_wrong_thing_passed_is_refused,
     only_one_daemon_a_socket, a_successors_socket_is_left_alone,
     what_is_wrong_at_the_start_is_said, it_says_what_it_is])
