#!/usr/bin/env python3
"""apply --confirm-within: kept when it is confirmed, undone when nobody is left to do so."""
import os
import pathlib
import pty
import signal
import subprocess
import time

from apply_common import enter_namespaces, get, guards, put, rebooted, run, snapshot
from common import expect, expect_in, expect_true, open_files, wait_until

FIN = "net.ipv4.tcp_fin_timeout"


def state_of(host):
    newest = host.run_json("transactions")["transactions"][0]
    return newest["state"], newest["undone_why"]


def confirmed_in_time(host):
    host.profile("web", {FIN: 30})
    ran = host.run("apply", "web", "--confirm-within", "2s")
    expect(ran.out.splitlines()[-2], "transaction 1: 1 key applied", "the line before the last")
    expect_in("confirm within 2 s, or it is undone: fettle confirm 1", ran.out.splitlines()[-1])
    expect(len(guards(host.program)), 1, "guards")
    host.run("confirm", "1")
    wait_until(lambda: not guards(host.program), "the guard to end")
    time.sleep(2.2)
    expect((get(FIN), state_of(host)), ("30", ("done", None)), "after the deadline")
    host.run("confirm", "1")
    again = host.run_json("confirm", "1")
    expect((again["outcome"], again["transaction"], again["reason"]),
           ("confirmed", 1, "transaction 1 is confirmed already"), "again")
    expect_in("no transaction waits", host.run("confirm", code=65).err)
    host.run("rollback")
    expect_in("transaction 1 is undone (rollback)", host.run("confirm", "1", code=1).err)


def not_confirmed(host):
    before = snapshot()
    host.profile("web", {FIN: 30, "net.ipv4.ip_forward": 1})
    result = host.run_json("apply", "web", "--confirm-within", "2s")
    expect((result["outcome"], result["confirm_left_s"]), ("pending", 2), "result")
    wait_until(lambda: state_of(host) == ("undone", "timeout"), "the undo")
    expect(snapshot(), before, "after the deadline")
    expect_in("its deadline has passed, and it is undone", host.run("confirm", code=1).err)
    wait_until(lambda: not guards(host.program), "the guard to end")


def a_rollback_that_comes_late(host):
    """Whoever types it means the change that undid itself meanwhile, not an older one."""
    host.profile("old", {FIN: 40})
    host.profile("web", {FIN: 30})
    host.run("apply", "old")
    host.run("apply", "web", "--confirm-within", "3s")
    listed = host.run_json("transactions")["transactions"][0]
    expect((listed["state"], listed["confirm_left_s"]), ("pending", 3), "while it waits")
    expect_in("web: 1 key; pending, 3 s left to confirm", host.run("transactions").out)
    wait_until(lambda: state_of(host) == ("undone", "timeout"), "the undo")
    for _ in range(2):
        expect_in("transaction 2 was undone already (timeout), so nothing is undone now: "
                  f"`fettle rollback 1 --state-dir '{host.state}'` undoes the one before it", host.run("rollback", code=65).err)
    expect(get(FIN), "40", FIN)
    host.run("rollback", "2")  # it is as was asked for
    host.run("rollback", "1")
    expect(get(FIN), "60", FIN)
    wait_until(lambda: not guards(host.program), "the guard to end")


def nothing_else_while_it_waits(host):
    host.profile("web", {FIN: 30})
    host.profile("more", {FIN: 29})
    host.run("apply", "web", "--confirm-within", "60s")
    for command in (("apply", "more"), ("persist", "more"), ("unpersist",)):
        expect_in("transaction 1 waits for its confirmation for another",
                  host.run(*command, code=75).err)
        again = f" --state-dir '{host.state}'"
        expect_in(f" s: `fettle confirm{again}` or `fettle rollback{again}` it first\n",
                  host.run(*command, code=75).err)
    expect(get(FIN), "30", FIN)
    host.run("rollback")
    expect(get(FIN), "60", FIN)
    wait_until(lambda: not guards(host.program), "the guard to end")


def the_session_ends(host):
    """What an ssh login that breaks does: its terminal hangs up, then all that is left is killed."""
    host.profile("web", {FIN: 30})
    command = " ".join(host.command("apply", "web", "--confirm-within", "3s"))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", ["sh", "-c", f"{command}; sleep 100"])
    wait_until(lambda: get(FIN) == "30" and guards(host.program), "the change")
    shell_session = os.getsid(pid)
    for guard in guards(host.program):
        expect_true(os.getsid(guard) != shell_session, "the guard has a session of its own")
        links = open_files(guard)
        expect_in("/dev/null", links, "its descriptors")
        expect_true(not any("pts" in link or "pipe" in link for link in links), links)
    os.close(terminal)  # SIGHUP to the session
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == shell_session:
                os.kill(int(path.name), signal.SIGKILL)
        except ProcessLookupError:
            continue
    os.waitpid(pid, 0)
    expect(get(FIN), "30", "not before its time")
    wait_until(lambda: get(FIN) == "60", "the undo")
    wait_until(lambda: state_of(host) == ("undone", "timeout"), "the record")


def its_output_ends_with_it(host):
    """`ssh HOST fettle apply ...` waits for whoever holds its output."""
    host.profile("web", {FIN: 30})
    began = time.monotonic()
    subprocess.run(host.command("apply", "web", "--confirm-within", "60s"), capture_output=True,
                   check=True)
    expect_true(time.monotonic() - began < 20, "the guard keeps no pipe open")
    host.run("rollback")


def the_guard_is_killed(host):
    """The next command that takes the lock undoes what is due."""
    host.profile("web", {FIN: 30})
    host.run("apply", "web", "--confirm-within", "3s")
    for guard in guards(host.program):
        os.kill(guard, signal.SIGKILL)
    time.sleep(3.2)
    expect(get(FIN), "30", "nobody is left to undo it")
    host.run("rollback", code=65)
    expect((get(FIN), state_of(host)), ("60", ("undone", "timeout")), "the next command")


def the_host_reboots(host):
    host.profile("web", {FIN: 30})
    host.run("apply", "web", "--confirm-within", "60s", "--persist")
    ours = host.etc / "sysctl.d/60-fettle.conf"
    expect_true(not ours.exists(), "a boot finds nothing that nobody confirmed")
    for guard in guards(host.program):
        os.kill(guard, signal.SIGKILL)
    with rebooted(host):
        result = host.run_json("apply", "web", "--confirm-within", "60s")
        expect(result["recovered"], [1], "undone by the first command after it")
        expect_true(not ours.exists(), "the file")
        listed = host.run_json("transactions")["transactions"]
        expect((listed[-1]["state"], listed[-1]["undone_why"]), ("undone", "reboot"), "the record")
    put(FIN, "60")


def main():
    enter_namespaces()
    run([confirmed_in_time, not_confirmed, a_rollback_that_comes_late, nothing_else_while_it_waits, the_session_ends,
         its_output_ends_with_it, the_guard_is_killed, the_host_reboots])


if __name__ == "__main__":
    main()
