"""The Debian packages of a release: built, looked at, and lived with from install to purge.

    package_debian.main("bookworm", bpf=True, twice=True)

With a folder as the script's argument the packages there are lived with, and none is built.
"""
import hashlib
import os
import pathlib
import shlex
import shutil
import stat
import sys
import time

import deb
import machine
import rig
from rig import expect, expect_in, expect_true, wait_until

FIN = "net.ipv4.tcp_fin_timeout"
DROP_IN = "/etc/sysctl.d/60-fettle.conf"
SHELF = "/srv/packages"
PREVIOUS = "0.0.9-0fettle1"
# Of the scenario tests, those that are quick; without FETTLE_TESTS all of them run.
SCENARIOS = "cli_* same_report.sh daemon_calls.py daemon_rights.py apply_commands.py boot_command.py"
# Written by running a system and its package manager, whatever is installed. The accounts are
# compared by the line below.
RESTLESS = {"dev", "proc", "run", "sys", "tmp", "srv", "var/cache", "var/lib/dpkg", "var/lib/systemd",
            "var/log", "var/tmp", "etc/.pwd.lock", "etc/ld.so.cache", "var/lib/apt",
            *(f"etc/{name}{old}" for name in ("passwd", "group", "shadow", "gshadow")
              for old in ("", "-"))}


def snapshot(root):
    """Path: what it is."""
    found = {}
    for folder, folders, files in os.walk(root):
        inside = pathlib.Path(folder).relative_to(root)
        folders[:] = [name for name in folders if str(inside / name) not in RESTLESS]
        for name in folders + files:
            path = pathlib.Path(folder, name)
            if str(inside / name) in RESTLESS:
                continue
            info = path.lstat()
            content = (os.readlink(path) if path.is_symlink() else
                       hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
            found[str(inside / name)] = (stat.filemode(info.st_mode), info.st_uid, info.st_gid, content)
    return found


def differences(before, after):
    return [f"{path}: {before.get(path)} -> {after.get(path)}"
            for path in sorted({*before, *after}) if before.get(path) != after.get(path)]


def make_previous(packages, folder):
    """The same as an earlier version, with another line in the configuration that it ships."""
    folder.mkdir()
    for package in packages:
        tree = folder / "tree"
        rig.check("dpkg-deb", "--raw-extract", package, tree)
        control = tree / "DEBIAN/control"
        version = deb.field(package, "Version")
        control.write_text(control.read_text().replace(version, PREVIOUS))
        shipped = tree / "etc/fettle/fettle.yaml"
        if shipped.exists():
            shipped.write_text(shipped.read_text() + "# of the version before\n")
        rig.check("dpkg-deb", "--root-owner-group", "--build", tree,
                  folder / package.name.replace(version, PREVIOUS))
        shutil.rmtree(tree)


class Life:
    """A machine that the packages are installed on."""

    def __init__(self, m):
        self.m, self.call = m, m.call
        self.before = snapshot(m.root)
        self.accounts = {file: (m.root / "etc" / file).read_text().splitlines()
                         for file in ("passwd", "group")}

    def install(self, which):
        return self.m.out(f"DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i {SHELF}/{which}/*.deb 2>&1")

    def expect_well(self):
        """It runs, nothing failed, and neither it nor what was done to it left a warning."""
        m = self.m
        expect(set(m.out("systemctl is-active fettled.service fettled.socket 'fettled-*.socket'").split()),
               {"active"}, "units")
        expect(m.out("systemctl is-enabled fettled.service fettled.socket"), "enabled\nenabled", "units")
        self.expect_quiet()

    def expect_quiet(self):
        expect(self.m.out("systemctl --failed --plain --no-legend"), "", "failed units")
        expect(self.m.out("journalctl --quiet --no-pager -p warning -o cat -g fettle"
                          " || test $? = 1"), "", "warnings in the journal")

    def versions(self):
        return set(self.m.out("dpkg-query -W -f '${Version}\\n' fettle fettled").split())

    def expect_no_trace(self):
        left = differences(self.before, snapshot(self.m.root))
        print("the tree after purge, compared with before install:", *(left or ["no difference"]),
              sep="\n  ")
        expect(left, [], "what is left behind")

    def pid(self):
        return self.m.out("systemctl show --property MainPID --value fettled")


def installed(life):
    said = life.install("previous")
    expect_true("warning" not in said.lower() and "error" not in said.lower(), said)
    expect(life.versions(), {PREVIOUS}, "version")
    life.expect_well()
    processes = life.m.out("ps -o user= -C fettled,fettled-front | sort")
    expect(processes, "fettle\nfettle", "neither the front nor the engine is root's")


def audited_by_everybody(life):
    m = life.m
    as_member = "setpriv --reuid 1234 --regid 1234 --groups $(getent group fettle | cut -d: -f3) "
    as_nobody = "setpriv --reuid nobody --regid nogroup --clear-groups "
    reports = []
    for who in ("", as_member):
        report = m.run(who + "fettle --socket /run/fettle/fettle.sock audit server --format json",
                       code=None)
        expect_true(report.code in (0, 1, 2), report.err)
        reports.append({finding["id"]: finding["status"] for finding in report.json()["findings"]})
    expect_true(len(reports[0]) > 20, "findings")
    expect(reports[1], reports[0], "a member's report is root's")
    ran = m.run(as_nobody + "fettle --socket /run/fettle/fettle.sock audit server", code=77)
    expect_in("fettle", ran.err)
    m.run(as_nobody + "fettle --socket /run/fettle/fettle.sock status")
    ran = m.run(as_nobody + "fettle audit server --format json", code=None)
    expect_in("server", ran.out, "what nobody gets without the daemon")


def applied(life):
    m = life.m
    m.profile("short", {FIN: 30})
    m.fettle("apply", "short")
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "applied")
    m.fettle("rollback")
    expect(m.get(FIN), "60", "rolled back")
    m.fettle("apply", "short", "--confirm-within", "30s")
    m.fettle("confirm")
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "confirmed")
    m.fettle("rollback")
    m.fettle("apply", "short", "--confirm-within", "2s")
    wait_until(lambda: m.newest() == ("undone", "timeout"), "the undo")
    expect(m.get(FIN), "60", "undone")
    m.expect_logged("fettle*", "apply short for uid 0", "transaction 1 undone",
                    "transaction 2 confirmed", "transaction 3 was not confirmed in time, and is undone")
    life.expect_quiet()


def upgraded_before_the_confirmation(life):
    """The package's files, the daemon: all of it is another before the time has come."""
    m = life.m
    m.run("echo 'idle-timeout: 61s' >>/etc/fettle/fettle.yaml && systemctl reload fettled")
    m.run("usermod -a -G fettle games")
    earlier = transactions(m)
    began, old = time.monotonic(), life.pid()
    m.fettle("apply", "short", "--confirm-within", "15s")
    life.install("current")
    expect_true(time.monotonic() - began < 12, "the upgrade was quick enough to tell")
    expect(m.get(FIN), "30", "not before its time")
    expect_true(life.pid() not in ("0", old), "another daemon")
    expect_true(PREVIOUS not in life.versions(), "another version")
    expect_in("idle-timeout: 61s", m.out("cat /etc/fettle/fettle.yaml"), "configuration")
    expect_in("games", m.out("getent group fettle"), "the readers")
    life.expect_well()
    wait_until(lambda: m.newest() == ("undone", "timeout"), "the undo")
    took = time.monotonic() - began
    expect_true(14.5 <= took <= 19 and m.get(FIN) == "60", f"undone after {took:.1f} s of 15")
    expect(transactions(m)[1:], earlier, "the transactions before")
    # and a change that is confirmed on the other side
    m.fettle("apply", "short", "--confirm-within", "60s")
    life.install("current")
    m.fettle("confirm")
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "confirmed after an upgrade")
    life.expect_well()
    m.fettle("rollback")


def transactions(m):
    return m.fettle("transactions", "--format", "json").json()["transactions"]


def lasting_over_a_reboot(life):
    m = life.m
    m.fettle("apply", "short", "--persist")
    m.reboot()
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "after a boot")
    verdict = m.fettle("boot", FIN, "--format", "json").json()["keys"][0]
    expect((verdict["file"], verdict["value"]), (DROP_IN, "30"), "why")
    life.expect_well()


def removed(life):
    """Not while a change waits; then only the program goes."""
    m = life.m
    m.profile("shorter", {FIN: 20})
    m.fettle("apply", "shorter", "--confirm-within", "60s")
    ran = m.run("apt-get -qy remove fettle 2>&1", code=100)
    expect_in("waits for its confirmation: run fettle confirm, or fettle rollback", ran.out)
    m.fettle("confirm")
    said = m.out("apt-get -qy remove fettle 2>&1")
    expect_in("transactions that are not undone: 2.", said)
    expect_in(f"{DROP_IN} stays in force until fettle is purged; fettle unpersist takes it back", said)
    expect(m.get(FIN), "20", "the value")
    m.run(f"test -s {DROP_IN} && test -s /var/lib/fettle/journal")
    expect_in("idle-timeout: 61s", m.out("cat /etc/fettle/fettle.yaml"), "configuration")
    expect(m.out("pgrep -a fettle || true"), "", "processes")
    life.expect_quiet()
    life.install("current")
    life.expect_well()
    expect([one["state"] for one in transactions(m)][:2], ["done", "done"], "transactions")


def purged(life):
    m = life.m
    m.run("rm /etc/fettle/profiles/*.yaml")  # this test's, which no package owns
    said = m.out("apt-get -qy purge fettle fettled 2>&1")
    expect_in("transactions that are not undone: 2.", said)
    expect_in(f"removed {DROP_IN}: what it set stays as it is until the next boot", said)
    expect(m.get(FIN), "20", "the value")
    life.expect_quiet()
    life.expect_no_trace()
    for file in ("passwd", "group"):
        now = (m.root / "etc" / file).read_text().splitlines()
        was = life.accounts[file]
        expect([line.split(":")[0] for line in now if line not in was], ["fettle"], f"/etc/{file}")


def the_command_alone(life):
    m = life.m
    m.run(f"dpkg -i {SHELF}/current/fettle_*.deb")
    m.profile("short", {FIN: 30})
    m.fettle("apply", "short", "--persist", "--confirm-within", "60s")
    m.fettle("confirm")
    expect((m.get(FIN), m.newest()), ("30", ("done", None)), "without a daemon")
    m.fettle("unpersist")
    m.run("rm /etc/fettle/profiles/*.yaml && apt-get -qy purge fettle")
    life.expect_quiet()
    life.expect_no_trace()


def build(release, bpf, twice):
    """All there is to build of it: with the other choice of BPF too, and the same again."""
    builder = deb.Builder(release)
    choice = {True: [], False: ["--without-bpf"]}
    # this host's release has run them
    tests = ["--without-tests"] if release == rig.suite() else []
    builder.copy_source("one")
    builder.copy_source("somewhere/else")
    with rig.telling("the packages"):
        made = builder.build("one", *tests, *choice[bpf])
    expect(builder.lint(made), [], "lintian")
    if twice:
        with rig.telling("the same, by another way"):
            again = builder.build("somewhere/else", "--without-tests", *choice[bpf], umask=0o077)
        expect(deb.digests(again), deb.digests(made), "the bytes of two builds")
        print("\n".join(f"{digest}  {name}" for name, digest in deb.digests(made).items()))
    with rig.telling(f"with{'out' if bpf else ''} BPF"):
        other = builder.build("somewhere/else", "--without-tests", *choice[not bpf],
                              "--dist", "/srv/one/made/" + only(made, "*.orig.tar.gz").name)
    for folder, wanted in ((made, bpf), (other, not bpf)):
        expect("libbpf" in deb.field(only(folder, "fettle_*.deb"), "Depends"), wanted, "libbpf")
    return made


def only(folder, pattern):
    found = list(folder.glob(pattern))
    expect(len(found), 1, f"{pattern} in {folder}")
    return found[0]


def shelve(made):
    """What Machine is to have in it."""
    packages = [only(made, "fettle_*.deb"), only(made, "fettled_*.deb")]

    def install(root):
        shelf = root / SHELF[1:]
        shelf.mkdir()
        make_previous(packages, shelf / "previous")
        (shelf / "current").mkdir()
        for package in packages:
            shutil.copy(package, shelf / "current")
    return packages, install


def tested(release, made):
    """The packages' own tests, by autopkgtest, in a tree that can build what the tests need besides."""
    def install(root):
        shutil.copytree(made, root / "srv/made")

    with rig.telling("autopkgtest"), machine.Machine(deb.build_tree(release), install, "/run/tests") as m:
        m.run("dpkg -i /srv/made/fettle_*.deb /srv/made/fettled_*.deb")
        ran = m.run("autopkgtest --ignore-restrictions=isolation-container --no-built-binaries "
                    f"--env=FETTLE_TESTS={shlex.quote(SCENARIOS)} /srv/made/*.dsc -- null",
                    code=None, timeout_s=400)
        lines = [line for line in ran.out.splitlines() if line.startswith(("ok ", "FAIL ", "skip "))]
        print(*lines, *ran.out.splitlines()[-2:], sep="\n")
        expect(ran.code, 0, "exit code of autopkgtest: " + ran.out + ran.err)
        m.poweroff()


def main(release, bpf, twice=False):
    machine.enter()
    made = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else build(release, bpf, twice)
    packages, install = shelve(made)
    with machine.Machine(deb.install_tree(release, packages), install) as m:
        m.etc = "/etc"
        failed = rig.run([installed, audited_by_everybody, applied, upgraded_before_the_confirmation,
                          lasting_over_a_reboot, removed, purged, the_command_alone], Life(m))
        m.poweroff()
    tested(release, made)
    raise SystemExit(failed != 0)
