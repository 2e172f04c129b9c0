"""What both rigs share: the Debian tree they start from, fettle as it is installed, commands inside.

$FETTLE_RIGS_DIR keeps what is made once; a thing's name there tells what it was made of.
"""
import contextlib
import ctypes
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback

SRCDIR = pathlib.Path(os.environ.get("FETTLE_SRCDIR", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SRCDIR / "tests/scenario"))
from common import (BUILDDIR, SANITIZED, Failure, expect, expect_in,  # noqa: E402,F401
                    expect_true, run as run_each, skip, wait_until)

CACHE = pathlib.Path(os.environ.get("FETTLE_RIGS_DIR", f"/var/tmp/fettle-rigs-{os.getuid()}"))
PACKAGES = ["apparmor", "systemd", "systemd-sysv", "dbus", "procps", "iproute2", "kmod", "python3"]
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def tool(name, package):
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    return path or skip(f"there is no {name} here: apt-get install {package}")


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def check(*command, **options):
    """Runs it; what it said is the failure when there is one."""
    ran = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, check=False, **options)
    if ran.returncode:
        raise Failure(f"{shlex.join(map(str, command))}: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def suite():
    """The release of this host: what was built here runs with that one's libraries."""
    fields = dict(line.split("=", 1) for line in
                  pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    if fields.get("ID", "").strip('"') != "debian":
        skip("the rigs are Debian's, and this host is not")
    return fields["VERSION_CODENAME"].strip('"')


def libraries():
    """The packages that the programs' shared libraries come from."""
    paths = set()
    for program in (BUILDDIR / "fettle", BUILDDIR / "src/daemon/fettled"):
        for line in check("ldd", program).splitlines():
            path = line.partition("=>")[2].split()
            paths |= {path[0]} if path else set()
    names = set()
    for path in sorted(paths):
        # a package lists a library below /lib or below /usr/lib, whichever it was built for
        for name in (path, "/usr" + path, path.removeprefix("/usr")):
            ran = subprocess.run(["dpkg-query", "--search", os.path.realpath(name), name],
                                 capture_output=True, text=True, check=False)
            names |= {line.partition(":")[0] for line in ran.stdout.splitlines()}
    return sorted(names)


def made(name, ingredients, make):
    """CACHE/name-DIGEST, made by make(path) unless it is there; older ones of the name go."""
    CACHE.mkdir(mode=0o755, exist_ok=True)
    digest = hashlib.sha256(json.dumps(ingredients).encode()).hexdigest()[:12]
    path = CACHE / f"{name}-{digest}"
    if path.exists():
        return path
    for old in CACHE.glob(f"{name}-*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    new = CACHE / f"{name}-{digest}.new"
    make(new)
    return new.rename(path)


def debian_tree(release=None, depends=None):
    """A small Debian with systemd, and what fettle's programs are linked with: those that were built
    here, unless it is said."""
    program = tool("mmdebstrap", "mmdebstrap")
    include = sorted({*PACKAGES, *(libraries() if depends is None else depends)})
    release = release or suite()

    def make(path):
        # without fsync(2); leaving documentation out would take it longer than unpacking that
        check(program, "--mode=root", "--variant=minbase", "--include=" + ",".join(include),
              "--dpkgopt=force-unsafe-io", release, path)
        (path / "etc/machine-id").write_text("0f" * 16 + "\n")  # without one, a boot is a first boot
    return made("tree" if depends is None else f"{release}-tree", [release, include], make)


def clients_tree():
    """Debian 13, for the varlink clients that this release has not: varlinkctl and python3-varlink."""
    program, release, include = tool("mmdebstrap", "mmdebstrap"), "trixie", ["python3-varlink", "systemd"]

    def make(path):
        check(program, "--mode=root", "--variant=minbase", "--include=" + ",".join(include),
              "--dpkgopt=force-unsafe-io", release, path)
    return made(f"clients-{release}", [release, include], make)


def install(root):
    """`make install` of the build into a root folder."""
    if SANITIZED:
        skip("a build with sanitizers does not run without its compiler's libraries")
    check("make", "-s", "-C", BUILDDIR, "install", f"DESTDIR={root}")


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)


class Remote:
    """A running system. A rig adds call(), which runs a line of sh(1) there."""
    etc = "/usr/local/etc"  # where the fettle that is installed there is configured

    def call(self, script, timeout_s):
        raise NotImplementedError

    def run(self, script, code=0, timeout_s=60):
        ran = self.call(script, timeout_s)
        if code is not None and ran.code != code:
            raise Failure(f"{script}\n  exit {ran.code}, expected {code}\n{ran.out}{ran.err}")
        return ran

    def out(self, script, **options):
        return self.run(script, **options).out.strip()

    def fettle(self, *arguments, **options):
        return self.run(shlex.join(["fettle", *arguments]), **options)

    def get(self, key):
        return self.out("cat " + shlex.quote("/proc/sys/" + key.replace(".", "/")))

    def write(self, path, text):
        folder = shlex.quote(os.path.dirname(path))
        self.run(f"mkdir -p {folder} && printf %s {shlex.quote(text)} >{shlex.quote(path)}")

    def profile(self, name, settings):
        lines = "".join(f"  {key}: {value}\n" for key, value in settings.items())
        self.write(f"{self.etc}/fettle/profiles/{name}.yaml",
                   f"schema: 1\nname: {name}\nsummary: A test\nsettings:\n{lines}")

    def expect_logged(self, units, *lines):
        """The journal has a line some time after the process wrote it, which may be after a record
        that the process made later."""
        journal = f"journalctl -b -u '{units}' -o cat --no-pager"
        for line in lines:
            with contextlib.suppress(Failure):  # which would not tell what is there
                wait_until(lambda: line in self.out(journal), line)
            expect_in(line, self.out(journal), f"the journal of {units}")

    def newest(self):
        """State of the newest transaction, and why it was undone."""
        listed = self.fettle("--local", "transactions", "--format", "json").json()["transactions"]
        return (listed[0]["state"], listed[0]["undone_why"]) if listed else None


def run(tests, remote):
    """Each, on the one system; its journal tells what went before a failure."""
    failed = 0
    for test in tests:
        began = time.monotonic()
        try:
            test(remote)
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}")
            traceback.print_exc(file=sys.stdout)
            print(remote.call("journalctl -n 30 -o short-monotonic --no-pager; ps -fN --ppid 2", 60).out)
        else:
            print(f"ok   {test.__name__} ({time.monotonic() - began:.1f} s)")
        sys.stdout.flush()
    return failed


@contextlib.contextmanager
def telling(what):
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)
