#!/usr/bin/env python3
"""A daemon without rights that has its jobs done by services: what it answers, and what becomes of a
job whose caller or service goes."""
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time

from common import expect, expect_in, expect_true, need_root, open_files, run, wait_until
from daemon_harness import Client, Daemon, FETTLED, children_of, comm_of, kill
from job_services import ServedDaemon

WEB = """\
schema: 1
name: web
summary: One key that is to change
settings:
  net.core.somaxconn: {at-least: 8192, why: short queues drop, source: listen(2)}
"""
CALLS = (("ListProfiles", {}), ("ShowProfile", {"name": "tiny"}), ("ShowProfile", {"name": "none"}),
         ("Audit", {}), ("Audit", {"profile": "many"}), ("Plan", {"profile": "web"}),
         ("Apply", {"profile": "web"}), ("ListTransactions", {}), ("Rollback", {}), ("Confirm", {}),
         ("Probe", {"probe": "none"}), ("Probe", {"probe": "limits"}), ("Probe", {"probe": "bdp"}))
# when it was, who asked, and what the kernel chose
DIFFER = {"time", "uptime_s", "duration_us", "pid", "elapsed_us", "undone", "began", "ended", "at", "got"}


def served(**options):
    daemon = ServedDaemon(wait=False, **options)
    (daemon.profiles / "web.yaml").write_text(WEB)
    wait_until(daemon.is_serving, "the daemon to serve")
    return daemon


def without(value, folder):
    """What does not differ from one daemon to another."""
    if isinstance(value, dict):
        return {k: without(v, folder) for k, v in value.items() if k not in DIFFER}
    if isinstance(value, list):
        return [without(v, folder) for v in value]
    return value.replace(str(folder), "FOLDER") if isinstance(value, str) else value


def answers(daemon):
    return [(method, without(daemon.call(f"org.fettle.{method}", parameters), daemon.folder))
            for method, parameters in CALLS]


def it_answers_as_one_that_does_them_itself():
    with served() as daemon:
        got = answers(daemon)
        expect({kind: bool(seen) for kind, seen in daemon.services.seen.items()},
               {"look": True, "change": True, "measure": True}, "services that were asked")
        expect([p.wait() for seen in daemon.services.seen.values() for p in seen if p.wait()], [],
               "exit codes")
        expect_in("apply web for uid 0 (pid ", daemon.log())
        uids = {line.split()[1] for line in open(f"/proc/{daemon.pid}/status", encoding="ascii")
                if line.startswith("Uid:")}
        expect_true("0" not in uids, f"the daemon's uid: {uids}")
    with Daemon(wait=False) as daemon:
        kill(daemon.pid, signal.SIGKILL)
        daemon.process.wait()
        (daemon.folder / "root").mkdir()
        daemon.command += ["--state-dir", str(daemon.folder / "state"), "--root",
                           str(daemon.folder / "root")]
        daemon.log_path.write_text("")
        (daemon.profiles / "web.yaml").write_text(WEB)
        daemon.start()
        wait_until(daemon.is_serving, "the daemon to serve")
        for one, other in zip(got, answers(daemon)):
            expect(one, other, "a service's answer, and that of a process of the daemon's own")


def process_of(daemon, kind, count):
    return wait_until(lambda: daemon.services.seen[kind][count:], f"a service that does a {kind}")[0]


def a_job_ends_when_nobody_waits_for_it():
    with served() as daemon:
        with Client(daemon.socket) as client:
            client.send_call("org.fettle.Audit", {"sample_ms": 30000})
            audit = process_of(daemon, "look", 0)
        expect(audit.wait(20), 0, "its exit code")
        with Client(daemon.socket) as client:
            client.send_call("org.fettle.Probe", {"probe": "transports"}, more=True)
            measure = process_of(daemon, "measure", 0)
            expect_in("progress", client.receive()["parameters"])
            probe = [pid for pid in children_of(measure.pid) if comm_of(pid) == "fettle-probe"]
            expect(len(probe), 1, "processes that measure")
        measure.wait(20)
        wait_until(lambda: comm_of(probe[0]) != "fettle-probe", "the measurement to end")
        # and with the daemon
        client = Client(daemon.socket)
        client.send_call("org.fettle.Audit", {"sample_ms": 30000})
        audit = process_of(daemon, "look", 1)
        kill(daemon.pid, signal.SIGKILL)
        expect(audit.wait(20), 0, "its exit code")


def a_change_does_not():
    with served() as daemon:
        wait_until(lambda: daemon.services.seen["change"], "the recovery")[0].wait()
        daemon.services.hold = True
        client = Client(daemon.socket)
        client.send_call("org.fettle.Apply", {"profile": "web"})
        change = process_of(daemon, "change", 1)
        for pid in (daemon.pid, daemon.front()):
            kill(pid, signal.SIGKILL)
        kill(change.pid, signal.SIGCONT)
        expect(change.wait(20), 0, "its exit code")
        expect((daemon.tree / "net/core/somaxconn").read_text().strip(), "8192", "the key")


def one_that_stops_the_service_does_not_stop_a_change():
    """In the middle of a job: it waits for a lock for a while, and then says that it is taken."""
    with served() as daemon:
        daemon.call("org.fettle.Apply", {"profile": "web"})
        daemon.call("org.fettle.Rollback")
        lock, count = daemon.folder / "state/lock", len(daemon.services.seen["change"])
        with open(lock, "rb") as held, Client(daemon.socket) as client:
            fcntl.flock(held, fcntl.LOCK_EX)
            client.send_call("org.fettle.Apply", {"profile": "web"})
            change = process_of(daemon, "change", count)
            wait_until(lambda: str(lock) in open_files(change.pid), "the job to be in the middle")
            kill(change.pid, signal.SIGTERM)
            expect(client.receive()["error"], "org.fettle.Busy", "what it says at its end")
        expect(change.wait(20), 0, "its exit code")
        with Client(daemon.socket) as client:
            client.send_call("org.fettle.Audit", {"sample_ms": 30000})
            audit = process_of(daemon, "look", 0)
            time.sleep(0.2)
            kill(audit.pid, signal.SIGTERM)
            expect_in("its service ended", client.receive()["parameters"]["reason"])
        expect(audit.wait(20), -signal.SIGTERM, "what only reads")


def program_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return os.readlink(f"/proc/{pid}/exe")
    return ""


def crash(daemon):
    """Of the daemon and of what guards a change, which would undo it in time."""
    guards = [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc")))
              if comm_of(pid) == "fettle-guard" and str(daemon.folder) in program_of(pid)]
    for pid in (daemon.pid, daemon.front(), *guards):
        kill(pid, signal.SIGKILL)
    daemon.process.wait()
    daemon.socket.unlink()
    daemon.log_path.write_text("")


def undone(daemon):
    return (daemon.tree / "net/core/somaxconn").read_text().strip() == "4096"


def what_a_crash_left_is_undone_by_a_service():
    with served() as daemon:
        daemon.call("org.fettle.Apply", {"profile": "web", "confirm_within_s": 2})
        crash(daemon)
        time.sleep(2.2)
        expect(undone(daemon), False, "without anybody")
        daemon.start()
        wait_until(lambda: undone(daemon), "the undo")
        wait_until(daemon.is_serving, "the daemon to serve")
        expect_in("is undone", daemon.log())


def a_recovery_that_cannot_be_made_is_tried_again():
    with served() as daemon:
        daemon.call("org.fettle.Apply", {"profile": "web", "confirm_within_s": 2})
        crash(daemon)
        daemon.services.close("change")
        daemon.start()
        wait_until(daemon.is_serving, "the daemon to serve")
        expect_in("cannot look for what is to be undone, trying again in 10 s: ", daemon.log())
        daemon.services.open("change")
        wait_until(lambda: undone(daemon), "the undo")
        daemon.services.hold = True
        count = len(daemon.services.seen["change"])
        crash(daemon)
        daemon.start()
        kill(process_of(daemon, "change", count).pid, signal.SIGKILL)
        wait_until(lambda: "trying again in 10 s: its service ended without" in daemon.log(), "the complaint")


def a_wrong_configuration_is_no_matter_of_an_audit():
    with served() as daemon:
        daemon.config.write_text("profile: [\n")
        expect_in("report", daemon.call("org.fettle.Audit")["parameters"])
        expect_in(f"{daemon.config}:2:1: not valid YAML", json.dumps(
            daemon.call("org.fettle.Probe", {"probe": "limits"})))


def failures_are_told():
    with served() as daemon:
        daemon.services.hold = True
        with Client(daemon.socket) as client:
            client.send_call("org.fettle.Audit")
            kill(process_of(daemon, "look", 0).pid, signal.SIGKILL)
            expect(client.receive(), {"error": "org.fettle.EngineFailed", "parameters": {"reason":
                   "its service ended without a whole answer: `journalctl -u 'fettled-look*'` may say why"}},
                   "one that was killed")
        daemon.services.close("look")
        expect(daemon.call("org.fettle.Audit"), {"error": "org.fettle.EngineFailed", "parameters": {"reason":
               f"{daemon.services.folder}/look: cannot connect: No such file or directory: "
               "`systemctl restart fettled-look.socket` may mend it"}}, "without a socket")
        expect_in("active_profile", daemon.status(), "it serves on")


def ask(data, arguments=(), stays=False):
    """What one service says to what came: its answer, what it logs, its exit code."""
    ours, its = socket.socketpair()
    with ours, its:
        process = subprocess.Popen([FETTLED, "--job", *arguments], stdin=its, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        its.close()
        ours.sendall(data)
        if not stays:
            ours.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):  # it did not read all that came
            while data and (got := ours.recv(65536)):
                answer += got
    return answer, process.communicate(timeout=30)[1], process.returncode


def a_service_believes_nobody():
    for data in (b"", b"{", b'{"id":1,"op":"list"}'):
        expect(ask(data), (b"", "", 0), f"half a request: {data}")
    for data, said in ((b"\0", ""), (b"[]\0", ""), (b'{"id":0,"op":"list"}\0', "id above 0"),
                       (b"x" * 70000 + b"\0", "more than 65536 bytes")):
        answer, log, code = ask(data, stays=True)
        expect((answer, code), (b"", 76), f"what is no request: {data[:30]}: {log}")
        expect_in("no job done: ", log)
        expect_in(said, log)
    answer, log, code = ask(b'{"id":7,"op":"none"}\0', stays=True)
    header, reply = answer.rstrip(b"\0").split(b"\0")
    expect((json.loads(header)["id"], json.loads(reply)["error"], log, code),
           (7, "org.fettle.EngineFailed", "", 0), "what nobody knows")
    with open(os.devnull, encoding="ascii") as null:
        ran = subprocess.run([FETTLED, "--job"], stdin=null, capture_output=True, text=True, check=False)
    expect((ran.returncode, "standard input is no connection" in ran.stderr), (64, True), ran.stderr)


if __name__ == "__main__":
    need_root()
    run([it_answers_as_one_that_does_them_itself, a_job_ends_when_nobody_waits_for_it, a_change_does_not,
         one_that_stops_the_service_does_not_stop_a_change, what_a_crash_left_is_undone_by_a_service,
         a_recovery_that_cannot_be_made_is_tried_again, a_wrong_configuration_is_no_matter_of_an_audit,
         failures_are_told, a_service_believes_nobody])
