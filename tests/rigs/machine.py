"""A Debian with systemd as PID 1 in a container: boots in about a second. Its kernel is the host's.

    def main():
        machine.enter()
        with machine.Machine() as m:
            m.run("systemctl start ...")
            m.reboot()

Changes are kept from boot to boot and thrown away at the end. Below /proc/sys only net/ can be
written there, and that is the machine's own; /proc/sys/kernel/random/boot_id is a new one each time.
"""
import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import rig

CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
CGROUPS = pathlib.Path("/sys/fs/cgroup")
INSIDE = "FETTLE_RIG_INSIDE"


def enter():
    """Starts this script again in namespaces of its own: whatever ends it ends all it started."""
    if os.environ.get(INSIDE) == "1":
        return
    if os.geteuid() != 0:
        rig.skip("needs root")
    rig.tool("systemd-nspawn", "systemd-container")
    if rig.LIBC.unshare(CLONE_NEWNS) or rig.LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        rig.skip("a mount namespace is not permitted here")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cgroup = CGROUPS / f"fettle-rig-{os.getpid()}"
    try:
        # without the host's systemd to give it a scope, nspawn takes the cgroup it is in
        rig.check("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        rig.check("mount", "-t", "cgroup2", "cgroup2", CGROUPS)
        cgroup.mkdir()
    except (rig.Failure, OSError) as reason:
        rig.skip(f"no cgroup of its own is to be had here: {reason}")
    try:
        code = subprocess.run(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
             *sys.argv], env=dict(os.environ, **{INSIDE: "1"}), check=False,
            preexec_fn=lambda: start_in(cgroup)).returncode
    finally:
        remove(cgroup)
    sys.exit(code)


def start_in(cgroup):
    rig.die_with_parent()
    (cgroup / "cgroup.procs").write_text("0")


def remove(cgroup):
    """Its processes are dead or about to be."""
    for _ in range(200):
        with contextlib.suppress(OSError):
            for folder, _, _ in os.walk(cgroup, topdown=False):
                os.rmdir(folder)
            return
        time.sleep(0.02)


def children(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


class Machine(rig.Remote):
    def __init__(self, tree=None, install=rig.install, folder="/run/machine"):
        """Of the tree, this host's release unless given, with what install(root) puts into it."""
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "root"
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True)
        rig.check("mount", "-t", "overlay", "overlay", "-o",
                  f"lowerdir={tree or rig.debian_tree()},upperdir={self.folder}/upper,"
                  f"workdir={self.folder}/work", self.root)
        install(self.root)
        self.process, self.leader = None, 0

    def __enter__(self):
        self.boot()
        return self

    def __exit__(self, kind, *_):
        if kind:
            print((self.folder / "console").read_text(errors="replace")[-4000:])
        self.kill()
        rig.check("umount", self.root)

    def boot(self, failed=()):
        """`failed`: the units that are meant to fail."""
        environment = dict(os.environ, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1")
        with open(self.folder / "console", "ab") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--boot", "--quiet", "--directory", self.root, "--keep-unit",
                 "--register=no", "--private-network", "--machine=rig", "--console=pipe",
                 "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf"],
                env=environment, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        self._wait_for_boot(failed)

    def _leader(self):
        """Process 1 of the machine, or 0 while there is none."""
        for child in children(self.process.pid):
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{child}/status").read_text()
                if status.partition("NSpid:")[2].split("\n")[0].split()[1:] == ["1"]:
                    return child
        return 0

    def _wait_for_boot(self, failed):
        def is_up():
            if self.process.poll() is not None:
                raise rig.Failure("systemd-nspawn ended")
            self.leader = self._leader()
            return self.leader and self.call("systemctl is-system-running --wait", 60).out.strip() in (
                "running", "degraded")
        rig.wait_until(is_up, "the machine to boot", 60)
        listed = self.out("systemctl --failed --plain --no-legend").splitlines()
        rig.expect([line.split()[0] for line in listed], list(failed), "failed units")

    def call(self, script, timeout_s):
        ran = subprocess.run(
            ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "env", "-i",
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "sh", "-c",
             "cd / && " + script], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=timeout_s, check=False)
        return rig.Ran(ran.returncode, ran.stdout, ran.stderr)

    def reboot(self, failed=()):
        self._end("reboot", 133)  # as systemd-nspawn@.service has it: start again
        self.boot(failed)

    def poweroff(self):
        self._end("poweroff", 0)

    def _end(self, verb, code):
        self.run(f"systemctl {verb}")
        rig.expect(self.process.wait(60), code, f"exit code of systemd-nspawn after {verb}")

    def kill(self):
        """As a power cut."""
        if self.process.poll() is None:
            os.kill(self.leader, signal.SIGKILL)
            self.process.wait(60)

    def in_session(self, script, name="login"):
        """In a scope of its own, as a login's processes are; goes on in the background."""
        self.run(f"systemd-run --quiet --collect --scope --unit={name} setsid --fork sh -c "
                 + shlex.quote(script) + " </dev/null >/dev/null 2>&1")
