#!/usr/bin/env python3
"""apply --confirm-within where systemd is PID 1: the undo comes when command, login, daemon are gone."""
import shlex
import time

import machine
import rig
from rig import expect, expect_in, expect_true, wait_until

FIN = "net.ipv4.tcp_fin_timeout"
SOCKET = "/usr/local/var/run/fettle/fettle.sock"
GUARDS = "systemctl list-units --all --plain --no-legend 'fettle-guard-*.service'"


def guards(m):
    return m.out(GUARDS).splitlines()


def expect_no_trace(m):
    """No guard is left, and none is a failed unit."""
    wait_until(lambda: not guards(m), "the guard's unit to go")
    expect(m.out("systemctl --failed --plain --no-legend"), "", "failed units")
    expect(m.out("pgrep -f '[f]ettle guard' || true"), "", "processes")


def start(m, *more, local="--local"):
    m.profile("web", {FIN: 30})
    began = time.monotonic()
    m.fettle(*([local] if local else []), "apply", "web", *more)
    expect(m.get(FIN), "30", "applied")
    return began


def expect_undone(m, began, seconds, why="timeout"):
    wait_until(lambda: m.get(FIN) == "60", "the undo")
    took = time.monotonic() - began
    expect_true(seconds - 0.5 <= took <= seconds + 4, f"undone after {took:.1f} s of {seconds}")
    wait_until(lambda: m.newest() == ("undone", why), f"the record, not {m.newest()}")
    expect_no_trace(m)


def the_login_is_killed(m):
    m.profile("web", {FIN: 30})
    began = time.monotonic()
    m.in_session("fettle --local apply web --confirm-within 4s; sleep 1000")
    wait_until(lambda: m.get(FIN) == "30" and guards(m), "the change, and a unit that guards it")
    m.run("systemctl kill --kill-who=all --signal=KILL login.scope")
    wait_until(lambda: m.call("systemctl is-active login.scope", 9).code, "the login to be gone")
    expect(m.get(FIN), "30", "not before its time")
    expect_undone(m, began, 4)


def confirmed_in_time(m):
    start(m, "--confirm-within", "3s")
    expect(len(guards(m)), 1, "guards")
    m.fettle("--local", "confirm")
    expect_no_trace(m)
    time.sleep(3)
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "after the deadline")
    m.fettle("--local", "rollback")


def another_network_namespace(m):
    """The guard is in that one, and it goes on when whoever made it is gone."""
    m.profile("web", {FIN: 30})
    m.run("ip netns add far")
    m.run("ip netns exec far fettle --local apply web --confirm-within 3s")
    value = "ip netns exec far cat /proc/sys/net/ipv4/tcp_fin_timeout"
    expect((m.out(value), m.get(FIN), len(guards(m))), ("30", "60", 1), "there, here, guards")
    wait_until(lambda: m.out(value) == "60", "the undo")
    expect_no_trace(m)
    m.run("ip netns delete far")


def a_state_folder_that_systemd_does_not_see(m):
    """In another mount namespace: systemd's guard finds nothing to wait for there, so it is forked.
    The command is gone by then, and so is its terminal."""
    m.profile("web", {FIN: 30})
    script = ("mount -t tmpfs tmpfs /usr/local/var/lib && fettle --local apply web "
              "--confirm-within 3s && touch /run/applied")
    began = time.monotonic()
    m.in_session(f"unshare --mount --propagation private sh -c {shlex.quote(script)}", "private")
    wait_until(lambda: m.call("test -e /run/applied", 9).code == 0, "the change")
    expect(m.get(FIN), "30", "the change")
    wait_until(lambda: m.get(FIN) == "60", "the undo")
    expect_true(time.monotonic() - began < 7, "in time")
    wait_until(lambda: m.call("systemctl is-active private.scope", 9).code, "all of it to end")
    expect_no_trace(m)


def start_daemon(m, activated=False):
    m.run("systemctl start " + ("fettled.socket" if activated else "fettled.service"))


def main_pid(m):
    return m.out("systemctl show --property MainPID --value fettled")


def the_daemon_is_killed(m):
    start_daemon(m)
    began = start(m, "--confirm-within", "4s", local=None)
    expect(len(guards(m)), 1, "guards")
    old = main_pid(m)
    m.run("systemctl kill --kill-who=all --signal=KILL fettled")
    wait_until(lambda: main_pid(m) not in ("0", old), "systemd to start it again")
    expect(m.get(FIN), "30", "not before its time")
    expect_undone(m, began, 4)


def the_daemon_is_stopped(m):
    began = start(m, "--confirm-within", "3s", local=None)
    m.run("systemctl stop fettled")
    expect((m.get(FIN), len(guards(m))), ("30", 1), "value and guards")
    expect_undone(m, began, 3)


def the_daemon_is_upgraded(m):
    """Its programs are others, and so is the unit, while the change waits."""
    m.run("systemctl start fettled")
    began = start(m, "--confirm-within", "5s", local=None)
    for program in ("bin/fettle", "sbin/fettled"):
        m.run(f"cp /usr/local/{program} /usr/local/new && mv /usr/local/new /usr/local/{program}")
    m.write("/run/systemd/system/fettled.service.d/new.conf", "[Service]\nWatchdogSec=30s\n")
    m.run("systemctl daemon-reload && systemctl restart fettled")
    expect((m.get(FIN), len(guards(m))), ("30", 1), "value and guards")
    expect_undone(m, began, 5)
    m.run("rm /run/systemd/system/fettled.service.d/new.conf && systemctl daemon-reload")


def no_guard_no_change(m):
    """One that the daemon forked would end with it."""
    m.run("systemctl start fettled && mv /usr/bin/systemd-run /usr/bin/away")
    ran = m.fettle("--socket", SOCKET, "apply", "web", "--confirm-within", "3s", code=1)
    m.run("mv /usr/bin/away /usr/bin/systemd-run")
    expect_in("cannot start the guard of the deadline", ran.out + ran.err)
    expect((m.get(FIN), m.newest()), ("60", ("undone", "error")), "value and record")


def started_by_its_socket(m):
    m.run("systemctl stop fettled.socket fettled.service")
    start_daemon(m, activated=True)
    expect(main_pid(m), "0", "not before the first client")
    began = start(m, "--confirm-within", "3s", local=None)
    expect_true(main_pid(m) != "0", "the client started it")
    m.run("systemctl restart fettled")
    m.fettle("confirm")
    expect_no_trace(m)
    time.sleep(max(0, began + 3.2 - time.monotonic()))
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "after the deadline")
    m.fettle("rollback")
    m.expect_logged("fettled*", "confirm for uid 0")
    m.run("systemctl stop fettled.socket fettled.service")


def the_host_reboots(m):
    """Its keys are new; what is recorded as waiting is not confirmed after it."""
    start(m, "--confirm-within", "60s", "--persist")
    old = m.out("cat /proc/sys/kernel/random/boot_id")
    m.reboot()
    expect_true(m.out("cat /proc/sys/kernel/random/boot_id") != old, "another boot")
    expect(m.get(FIN), "60", "nothing that nobody confirmed was loaded")
    expect(m.newest()[0], "pending", "until somebody takes the lock")
    start_daemon(m)
    wait_until(lambda: m.newest() == ("undone", "reboot"), f"the daemon to see it, not {m.newest()}")
    m.run("test ! -e /etc/sysctl.d/60-fettle.conf")
    m.run("systemctl stop fettled.service")


def the_power_fails(m):
    start(m, "--confirm-within", "60s")
    m.kill()
    m.boot()
    expect(m.get(FIN), "60", "a new namespace's")
    m.fettle("--local", "rollback", code=65)
    expect(m.newest(), ("undone", "reboot"), "the first command")


def main():
    machine.enter()
    with machine.Machine() as m:
        m.run("systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload")
        failed = rig.run([the_login_is_killed, confirmed_in_time, another_network_namespace,
                          a_state_folder_that_systemd_does_not_see, the_daemon_is_killed,
                          the_daemon_is_stopped, the_daemon_is_upgraded, no_guard_no_change,
                          started_by_its_socket, the_host_reboots, the_power_fails], m)
        m.poweroff()
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
