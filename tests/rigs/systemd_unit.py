#!/usr/bin/env python3
"""fettled as it is installed: its units under a systemd that boots, and what they let it do."""
import contextlib
import json
import re
import time

import machine
import rig
from rig import expect, expect_in, expect_true, wait_until

# `systemd-analyze security` of the units as they are installed: it must not rise, nor that of any be
# above 2.0. The units have a reason for each directive that is missing.
EXPOSURE = {"fettled.service": 0.5, "fettled-look@x.service": 1.9, "fettled-change@x.service": 2.0,
            "fettled-measure@x.service": 2.0, "fettle-reflect@x.service": 1.1}
JOBS = ("look", "change", "measure")

FIN, SOMAXCONN = "net.ipv4.tcp_fin_timeout", "net.core.somaxconn"
SOCKET = "/usr/local/var/run/fettle/fettle.sock"
JOB_SOCKETS = "/usr/local/var/run/fettle/jobs"
# connects, and asks for nothing: its service waits for a request
HOLDER = """import socket, sys, time
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
time.sleep(60)
"""
DROP_IN = "/etc/sysctl.d/60-fettle.conf"
# sockets with options that only their owner's descriptors tell, and a limit that is nearly reached
FARM = """import os, resource, socket, sys, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
held = [socket.create_connection(listener.getsockname()) for _ in range(2)]
held[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\5\\0\\0\\0")
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
held += [os.dup(0) for _ in range(20)]
open(sys.argv[1], "w").close()
time.sleep(1000)
"""


def daemon(m, *arguments, **options):
    """Never without the daemon, whatever becomes of it."""
    return m.fettle("--socket", SOCKET, *arguments, **options)


def both_ways(m, *arguments):
    """As root has it without the daemon, and as the daemon has it."""
    return m.fettle("--local", *arguments, code=None), daemon(m, *arguments, code=None)


def main_pid(m):
    return m.out("systemctl show --property MainPID --value fettled")


def front_pid(m):
    return m.out(f"pgrep -P {main_pid(m)} -u fettle")


def restart(m):
    """More often than a start is allowed within ten seconds."""
    m.run("systemctl reset-failed && systemctl restart fettled.socket fettled.service")


@contextlib.contextmanager
def overridden(m, unit, lines):
    folder = f"/run/systemd/system/{unit}.d"
    m.write(f"{folder}/test.conf", f"[Service]\n{lines}\n")
    m.run("systemctl daemon-reload")
    restart(m)
    yield
    m.run(f"rm -r {folder} && systemctl daemon-reload")
    restart(m)


@contextlib.contextmanager
def held(m, kind):
    """The process of a job that has not begun."""
    m.write("/srv/holder.py", HOLDER)
    m.run(f"systemd-run --quiet --collect --unit=holder python3 /srv/holder.py {JOB_SOCKETS}/{kind}")
    pid = wait_until(lambda: m.out(  # in its place, which is when it has taken its connection
        f"for pid in $(pgrep -f 'fettled --job$'); do grep -qs fettled-{kind}@ /proc/$pid/cgroup && "
        "test \"$(readlink /proc/$pid/fd/0)\" = /dev/null && echo $pid; done; true"), f"a job: {kind}")
    try:
        yield pid
    finally:
        m.run("systemctl stop holder")
    wait_until(lambda: m.call(f"test -e /proc/{pid}", 9).code, "the job to end with who asked for it")


def installed_and_enabled(m):
    """What a package does after it has put its files in place."""
    m.run("systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload")
    m.run("systemctl preset fettled.socket fettled.service")
    units = [*EXPOSURE, "fettled.socket", *(f"fettled-{kind}.socket" for kind in JOBS)]
    said = m.run("systemd-analyze verify --man=no " + " ".join(units))  # there is no man(1) here
    expect(said.out + said.err, "", "what systemd-analyze verify finds")
    m.reboot()
    expect(m.out("systemctl is-active fettled.socket fettled.service"), "active\nactive", "booted")
    expect(daemon(m, "status", "--format", "json").json()["active_profile"], "base", "it answers")
    expect(m.out(f"stat -c '%a %U' {SOCKET} /usr/local/var/lib/fettle {JOB_SOCKETS}/*"),
           "666 root\n700 root" + 3 * "\n600 fettle", "modes")
    for kind in JOBS:  # however fast they fail, the host is not left without a socket
        expect(m.out(f"systemctl show -P TriggerLimitIntervalUSec fettled-{kind}.socket"), "0", kind)


def the_exposure_does_not_rise(m):
    for unit, most in EXPOSURE.items():
        said = m.out(f"systemd-analyze security --no-pager {unit}")
        now = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said).group(1))
        print(f"exposure of {unit}: {now}")
        expect_true(now <= most, f"exposure {now}, not above {most}:\n{said}")


def expect_rights(m, pid, capabilities, uid):
    status = dict(line.split(":\t") for line in m.out(f"cat /proc/{pid}/status").splitlines())
    sets = [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
    expect((status["Uid"].split()[0], sets, status["NoNewPrivs"], status["Seccomp"]),
           (uid, [f"{bits:016x}" for bits in capabilities], "1", "2"), f"rights of {pid}")


def the_host_is_seen_as_it_is(m):
    """A change is made in the one /proc: another has no events of what is written to the host's, nor
    its boot id, nor what a container may not write to."""
    with held(m, "change") as pid:
        inside = f"nsenter -t {pid} -m "
        for look in ("stat -c %d /proc/self/../sys/net", "cat /proc/sys/kernel/random/boot_id"):
            expect(m.out(inside + look), m.out(look), look)
        for path in ("/sys/fs/cgroup/x", "/usr/x", "/root/x", "/srv/x"):
            m.run(f"mkdir {path} && rmdir {path}")
            expect_true(m.call(f"{inside} mkdir {path}", 9).code, f"{path} can be made")
        m.run(f"{inside} sh -c ': >>/proc/sys/net/ipv4/tcp_fin_timeout'")
    with held(m, "look") as pid:
        for path in ("/proc/sys/net/ipv4/tcp_fin_timeout", "/var/lib/x"):
            expect_true(m.call(f"nsenter -t {pid} -m sh -c ': >>{path}'", 9).code, f"{path} is writable")


def what_is_hidden_is_known(m):
    """A module that could be loaded counts as offered, whoever looks."""
    m.write(f"/usr/lib/modules/{m.out('uname -r')}/modules.dep", "kernel/net/ipv4/tcp_zz.ko:\n")
    m.write("/usr/local/etc/fettle/profiles/zz.yaml", "schema: 1\nname: zz\nsummary: s\nsettings:\n"
            "  net.ipv4.tcp_congestion_control: {first-available: [zz, cubic], why: w, source: s}\n")
    with held(m, "look") as pid:
        m.run(f"nsenter -t {pid} -m ls /usr/lib/modules/*", code=2)
    for command in ("audit", "plan"):
        here, there = (ran.json() for ran in both_ways(m, command, "zz", "--format", "json"))
        expect_in('"zz"', json.dumps(here))
        for answer in (here, there):
            answer.pop("time", None)
        expect(there, here, command)


def each_process_has_its_rights(m):
    user = m.out("id -u fettle")
    for pid in (main_pid(m), front_pid(m)):
        expect_rights(m, pid, (0, 0, 0, 0), user)
    for kind, bits in (("look", 1 << 19 | 1 << 21), ("change", 1 << 12 | 1 << 21),
                       ("measure", 1 << 6 | 1 << 7)):
        with held(m, kind) as pid:
            expect_rights(m, pid, (0, bits, bits, 0), "0")


def statuses(ran):
    return {found["id"] + " " + found["subject"]: (found["status"], found.get("owner", {}).get("pid"))
            for found in ran.json()["findings"]}


def the_sandbox_takes_nothing_from_an_audit(m):
    """With BPF as well as without; against root's, with all rights. Sockets of root and of a user."""
    m.write("/srv/farm.py", FARM)
    m.run("systemd-run --quiet --collect --unit=farm-root python3 /srv/farm.py /run/farm-root")
    m.run("systemd-run --quiet --collect --unit=farm-user setpriv --reuid 12345 --regid 12345 "
          "--clear-groups python3 /srv/farm.py /dev/shm/farm-user")
    wait_until(lambda: m.call("ls /run/farm-root /dev/shm/farm-user", 9).code == 0, "the farms")
    m.write("/usr/local/etc/fettle/profiles/secret.yaml",  # keys that root alone may read
            "schema: 1\nname: secret\nsummary: s\nextends: hardened\nsettings:\n" + "".join(
                f"  {key}: {{at-least: 0, why: w, source: s}}\n"
                for key in ("vm.mmap_rnd_bits", "kernel.cad_pid", "net.core.bpf_jit_limit")))
    audit = ("audit", "secret", "--sample", "200ms", "--format", "json")
    for without in ("", "SystemCallFilter=~bpf"):
        with overridden(m, "fettled-look@.service", without):
            wanted, got = map(statuses, both_ways(m, *audit))
        differ = {name: (wanted.get(name), got.get(name)) for name in wanted.keys() | got.keys()
                  if wanted.get(name) != got.get(name)}
        if without:  # no option is read in a way that disturbs who has the socket
            differ = {name: pair for name, pair in differ.items() if "linger-wait" not in name}
        expect(differ, {}, f"root's audit, and the daemon's: {without or 'with BPF'}")
        full = [found for name, found in got.items() if "accept-queue-full" in name]
        expect([(status, pid > 1) for status, pid in full], [("fail", True)] * 2, "queues, owners")
    m.run("systemctl stop farm-root farm-user")


def who_may_do_what(m):
    m.run("id auditor || useradd --system --groups fettle auditor")
    by = "setpriv --reuid {} --regid nogroup {} fettle --socket " + SOCKET
    nobody = by.format("nobody", "--clear-groups")
    auditor = by.format("auditor", "--groups fettle")
    m.run(f"{nobody} status")
    m.run(f"{nobody} audit", code=77)
    m.run(f"{auditor} audit base")
    m.run(f"{auditor} apply web", code=77)
    daemon(m, "audit", "base")


def applied_and_undone(m):
    m.profile("web", {FIN: 30, SOMAXCONN: 8192})
    before = m.get(FIN), m.get(SOMAXCONN)
    daemon(m, "apply", "web", "--persist")
    expect((m.get(FIN), m.get(SOMAXCONN)), ("30", "8192"), "applied")
    expect(m.out(f"stat -c '%a %U %G' {DROP_IN}"), "644 root root", "the drop-in")
    daemon(m, "rollback")
    expect((m.get(FIN), m.get(SOMAXCONN)), before, "undone")
    m.run(f"test ! -e {DROP_IN}")


def what_talks_to_the_network_may(m):
    """fettle-probe in the same sandbox, as nobody; it ends when nobody waits for it."""
    granted = daemon(m, "probe", "limits", "--format", "json").json()
    expect_true("SO_RCVBUF" in json.dumps(granted), granted)
    m.run(f"timeout -s KILL 1 fettle --socket {SOCKET} probe transports", code=137)
    wait_until(lambda: m.call("pgrep -u nobody", 9).code == 1, "the measurement to end")


def reloaded(m):
    pids = main_pid(m), front_pid(m)
    m.write("/usr/local/etc/fettle/fettle.yaml", "profile: server\n")
    m.run("systemctl reload fettled")
    wait_until(lambda: daemon(m, "status", "--format", "json").json()["active_profile"] == "server",
               "the new configuration")
    expect((main_pid(m), front_pid(m), m.out("systemctl is-active fettled")), (*pids, "active"),
           "the same processes")
    m.write("/usr/local/etc/fettle/fettle.yaml", "profile: [\n")
    m.run("systemctl reload fettled")
    wait_until(lambda: "Kept the old configuration" in m.out(
        "systemctl show --property StatusText fettled"), "the complaint")
    m.run("rm /usr/local/etc/fettle/fettle.yaml && systemctl reload fettled")


def a_restart_turns_nobody_away(m):
    """Whoever comes while there is no daemon waits for the next; only who was there sees it end."""
    m.run("systemd-run --quiet --unit=clients sh -c 'while :; do fettle --socket "
          f"{SOCKET} status >>/run/answers 2>>/run/errors; done'")
    for _ in range(5):
        old = main_pid(m)
        m.run("systemctl reset-failed fettled.service && systemctl restart fettled.service")
        expect_true(main_pid(m) not in ("0", old), "another process")
        time.sleep(0.2)
    m.run("systemctl stop clients")
    errors = m.out("grep -v 'is fettled running' /run/errors || true").splitlines()
    expect([line for line in errors if "cannot connect" in line], [], "turned away")
    expect_true(len(errors) <= 5, f"one a restart at most was there: {errors}")
    expect_true(int(m.out("grep -c 'active profile' /run/answers")) > 5, "answers")


def nothing_was_complained_of(m):
    """In all that was done up to here; what a test provoked is its own."""
    lines = m.out("journalctl -b -p warning -o cat -u 'fettled*'").splitlines()
    provoked = [line for line in lines if "keeping the old configuration" in line]
    expect([line for line in lines if line not in provoked], [], "warnings")


def started_by_its_socket(m):
    m.run("systemctl reset-failed && systemctl stop fettled.service")
    expect(m.out("systemctl is-active fettled.socket fettled.service || true"), "active\ninactive", "idle")
    daemon(m, "audit", "base")
    expect(m.out("systemctl is-active fettled"), "active", "started by a client")


def one_that_hangs_is_started_again(m):
    with overridden(m, "fettled.service", "WatchdogSec=1s\nRestartSec=100ms"):
        time.sleep(2.5)
        expect(m.out("systemctl show --property NRestarts --value fettled"), "0",
               "restarts of one in health")
        for which in (front_pid, main_pid):
            old, pid = (main_pid(m), front_pid(m)), which(m)
            m.run(f"kill -STOP {pid}")
            wait_until(lambda: main_pid(m) not in ("0", old[0]), "another engine")
            wait_until(lambda: m.call(f"test -e /proc/{pid}", 9).code, "the one that hung to be gone")
            daemon(m, "status")
            # before that nobody watches
            wait_until(lambda: m.out("systemctl is-active fettled || true") == "active", "it to be ready")
        m.expect_logged("fettled", "Watchdog timeout")


def one_kind_of_job_may_be_switched_off(m):
    """And is back without more, and whatever was at fault in between."""
    for kind, refused in (("change", ("plan", "web")), ("look", ("audit", "base")),
                          ("measure", ("probe", "limits"))):
        m.run(f"systemctl mask --now fettled-{kind}.socket")
        restart(m)
        expect(m.out("systemctl is-active fettled"), "active", f"without {kind}")
        for command in (("plan", "web"), ("audit", "base"), ("probe", "limits")):
            ran = daemon(m, *command, code=None)
            expect(f"systemctl restart fettled-{kind}.socket" in ran.err, command == refused,
                   f"without {kind}: {command}: {ran.err}")
        m.run(f"systemctl unmask fettled-{kind}.socket && systemctl start fettled-{kind}.socket")
        ran = daemon(m, *refused, code=None)
        expect(".socket" in ran.err, False, f"with {kind}: {ran.err}")


def a_wrong_configuration_is_no_restart(m):
    m.write("/usr/local/etc/fettle/fettle.yaml", "profile: [\n")
    m.run("systemctl reset-failed && systemctl restart fettled.service", code=1)
    expect(m.out("systemctl show --property ActiveState,NRestarts --value fettled").split(),
           ["0", "failed"], "it stays down")
    m.run("rm /usr/local/etc/fettle/fettle.yaml")
    restart(m)
    daemon(m, "status")


def main():
    machine.enter()
    with machine.Machine() as m:
        failed = rig.run([installed_and_enabled, the_exposure_does_not_rise,
                          the_host_is_seen_as_it_is, what_is_hidden_is_known, each_process_has_its_rights,
                          the_sandbox_takes_nothing_from_an_audit, who_may_do_what,
                          applied_and_undone, what_talks_to_the_network_may, reloaded,
                          a_restart_turns_nobody_away, started_by_its_socket, nothing_was_complained_of,
                          one_that_hangs_is_started_again, one_kind_of_job_may_be_switched_off,
                          a_wrong_configuration_is_no_restart], m)
        m.poweroff()
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
