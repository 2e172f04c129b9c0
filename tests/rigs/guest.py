"""Debian's own kernel, with its modules, under qemu without KVM: boots in half a minute.

    with guest.Guest() as g:
        g.run("modprobe sch_netem")

Whatever the guest's kernel does is no matter to the host's. Changes are kept from boot to boot and
thrown away at the end. Rates mean something there, times do not, unless its clock `leaps`.
"""
import base64
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import rig

# It is asked on the second serial port: a line is a script in base64, so is each part of the answer.
AGENT = """#!/bin/sh
exec 3<>/dev/ttyS1
stty raw -echo <&3
echo ready >&3
while IFS= read -r line <&3; do
\tprintf %s "$line" | base64 -d >/run/rig.sh
\tPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin sh /run/rig.sh >/run/rig.out 2>/run/rig.err </dev/null 3>&-
\tprintf '%s:%s:%s\\n' $? "$(base64 -w0 </run/rig.out)" "$(base64 -w0 </run/rig.err)" >&3
done
"""
# Only what a boot does to keys, and what answers here: without KVM the rest takes minutes.
UNITS = {
    "rig.target": """[Unit]
Wants=systemd-modules-load.service systemd-sysctl.service rig-agent.service
AllowIsolate=yes
""",
    "rig-agent.service": """[Unit]
DefaultDependencies=no
After=systemd-sysctl.service
Conflicts=shutdown.target
Before=shutdown.target

[Service]
ExecStart=/bin/sh /etc/rig-agent
TimeoutStopSec=1s
""",
}
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /root
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for name in virtio_pci virtio_blk crc32c_generic ext4; do /bin/busybox modprobe $name; done
/bin/busybox mount -t ext4 /dev/vda /root || /bin/busybox poweroff -f
/bin/busybox mount --move /dev /root/dev
/bin/busybox umount /proc
exec /bin/busybox switch_root /root /sbin/init
"""
SCENARIO = "/srv/tests/scenario"
FIRST_MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
KEPT = ("net", "lib", "crypto", "fs/ext4", "fs/jbd2", "fs/mbcache.ko", "drivers/virtio",
        "drivers/block/virtio_blk.ko", "drivers/net/dummy.ko", "drivers/net/veth.ko",
        "drivers/net/ifb.ko", "drivers/net/tun.ko", "drivers/net/bonding", "arch/x86/crypto")


def download(folder, *names):
    """Unpacks packages there; nothing is installed on this host."""
    folder.mkdir()
    rig.check("apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *names, cwd=folder)
    for package in folder.glob("*.deb"):
        rig.check("dpkg-deb", "-x", package, folder)
        package.unlink()


def kernel_package():
    text = rig.check("apt-cache", "depends", "linux-image-amd64")
    return re.search(r"Depends: (linux-image-[0-9]\S+)", text).group(1)


def add_modules(unpacked, root):
    source = next((unpacked / "lib/modules").iterdir())
    target = root / "usr/lib/modules" / source.name
    for name in KEPT:
        path, to = source / "kernel" / name, target / "kernel" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, to)
        elif path.exists():
            shutil.copy(path, to)
    for name in source.glob("modules.*"):
        shutil.copy(name, target)
    rig.check("chroot", root, "depmod", source.name)
    return target


def make_initrd(unpacked, modules, root, path):
    folder = path / "initrd.d"
    (folder / "bin").mkdir(parents=True)
    shutil.copy(unpacked / "bin/busybox", folder / "bin")
    (folder / "init").write_text(INIT)
    (folder / "init").chmod(0o755)
    needed = rig.check("chroot", root, "modprobe", "--set-version", modules.name, "--all",
                       "--show-depends", *FIRST_MODULES)
    where = folder / "lib/modules" / modules.name
    for name in {line.split()[1] for line in needed.splitlines() if line.startswith("insmod")}:
        relative = name.partition(f"/{modules.name}/")[2]
        (where / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / relative, where / relative)
    shutil.copy(modules / "modules.dep", where)
    rig.check("sh", "-c", f"find . | {unpacked}/bin/busybox cpio -o -H newc >{path}/initrd", cwd=folder)
    shutil.rmtree(folder)


def image():
    """A folder with kernel, initrd and disk."""
    for name, package in (("qemu-system-x86_64", "qemu-system-x86"), ("mke2fs", "e2fsprogs")):
        rig.tool(name, package)
    tree, kernel = rig.debian_tree(), kernel_package()

    def make(path):
        path.mkdir()
        unpacked, root = path / "unpacked", path / "root"
        download(unpacked, kernel, "busybox-static")
        rig.check("cp", "-a", "--reflink=auto", tree, root)
        (root / "etc/rig-agent").write_text(AGENT)
        for name, text in UNITS.items():
            (root / "etc/systemd/system" / name).write_text(text)
        modules = add_modules(unpacked, root)
        make_initrd(unpacked, modules, root, path)
        shutil.copy(next((unpacked / "boot").glob("vmlinuz-*")), path / "vmlinuz")
        rig.check("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, path / "disk", "600M")
        shutil.rmtree(unpacked)
        shutil.rmtree(root)
    return rig.made("guest", [tree.name, kernel, AGENT, UNITS, INIT, KEPT], make)


class Guest(rig.Remote):
    """`carried`: files of this host that are in SCENARIO there. `leaps`: its clock counts instructions, so
    that load on this host changes nothing, and leaps over the time in which there are none to do: hours
    of sleep take seconds."""

    def __init__(self, memory_mb=768, carried=(), leaps=False):
        self.made, self.memory_mb = image(), memory_mb
        self.clock = ["-icount", "shift=1,sleep=off"] if leaps else []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fettle-guest-"))
        rig.install(self.folder / "install")
        (self.folder / f"install{SCENARIO}").mkdir(parents=True)
        for path in carried:
            shutil.copy(path, self.folder / f"install{SCENARIO}")
        rig.check("tar", "-C", self.folder / "install", "-cf", self.folder / "install.tar", ".")

    def __enter__(self):
        ours, theirs = socket.socketpair()
        with open(self.folder / "console", "wb") as console:
            self.process = subprocess.Popen(
                ["qemu-system-x86_64", "-accel", "tcg", *self.clock, "-cpu", "Nehalem", "-smp", "1",
                 "-m", str(self.memory_mb), "-nodefaults", "-display", "none",
                 "-kernel", self.made / "vmlinuz", "-initrd", self.made / "initrd",
                 "-append", "console=ttyS0 quiet rw panic=-1 mitigations=off systemd.unit=rig.target",
                 "-drive", f"file={self.made}/disk,format=raw,if=virtio,snapshot=on",
                 "-drive", f"file={self.folder}/install.tar,format=raw,if=virtio,readonly=on",
                 "-serial", "stdio", "-chardev", f"socket,id=agent,fd={theirs.fileno()}",
                 "-serial", "chardev:agent"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                pass_fds=[theirs.fileno()], preexec_fn=rig.die_with_parent)
        theirs.close()
        self.socket, self.lines = ours, ours.makefile("r", encoding="ascii")
        try:
            self._wait_for_boot()
            self.run("tar -C / --no-same-owner --no-overwrite-dir -xf /dev/vdb")
        except BaseException as reason:
            self.__exit__(type(reason))
            raise
        return self

    def __exit__(self, kind, *_):
        if kind:
            print((self.folder / "console").read_text(errors="replace")[-4000:])
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def _line(self, timeout_s):
        self.socket.settimeout(timeout_s)
        line = self.lines.readline()
        if not line:
            raise rig.Failure("the guest ended")
        return line.strip()

    def _wait_for_boot(self):
        while self._line(180) != "ready":
            pass

    def _send(self, script):
        self.socket.sendall(base64.b64encode(("cd /\n" + script).encode()) + b"\n")

    def call(self, script, timeout_s):
        self._send(script)
        code, out, err = self._line(timeout_s * 3).split(":")
        return rig.Ran(int(code), *(base64.b64decode(part).decode() for part in (out, err)))

    def reboot(self):
        self._send("sync; systemctl reboot --force")  # which may be quicker than the answer
        self._wait_for_boot()
