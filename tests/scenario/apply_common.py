"""A network namespace of a test's own, with its real keys, and `fettle` in it. apply_*.py share this.

Nothing here may write a key that is one for the whole kernel: net.netfilter.nf_hooks_lwtunnel is
such a one, though every namespace shows it.
"""
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import common
from common import BUILDDIR, PATIENCE_S, Failure, expect, need_root

KEYS = pathlib.Path("/proc/sys")
# counters of the whole kernel, or of the moment
VOLATILE = re.compile(r"net/netfilter/nf_conntrack_count|.*/tcp_fastopen_key|.*/stable_secret")


def path_of(key):
    return KEYS / key.replace(".", "/")


def get(key):
    return path_of(key).read_text().strip()


def put(key, value):
    path_of(key).write_text(value)


def snapshot():
    """Every readable key below net."""
    values = {}
    for folder, _, names in os.walk(KEYS / "net"):
        for name in names:
            path = pathlib.Path(folder, name)
            with contextlib.suppress(OSError):
                if not VOLATILE.fullmatch(str(path.relative_to(KEYS))):
                    values[str(path)] = path.read_bytes()
    return values


def expect_unchanged(before, what="keys"):
    after = snapshot()
    changed = {k: (before.get(k), after.get(k)) for k in before.keys() | after.keys()
               if before.get(k) != after.get(k)}
    expect(changed, {}, what + " that changed")


class Ran:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    def json(self):
        return json.loads(self.out)


class Host:
    """One test's host: profiles, a state folder and an etc of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fettle-apply-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.state = self.folder / "state"
        self.root = self.folder / "root"
        self.etc = self.root / "etc"
        # what tells that this root sets its keys at boot: by procps, as its files are the fewest
        for name in ("etc/init.d/procps", "usr/sbin/sysctl"):
            (self.root / name).parent.mkdir(parents=True)
            (self.root / name).touch()
        self.program = self.folder / "fettle"
        shutil.copy(BUILDDIR / "fettle", self.program)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def profile(self, name, settings):
        """`settings`: what stands behind each key in YAML. Returns the name."""
        lines = [f"  {key}: {value}" for key, value in settings.items()]
        (self.folder / f"{name}.yaml").write_text(
            f"schema: 1\nname: {name}\nsummary: A test\nsettings:\n" + "\n".join(lines) + "\n")
        return name

    def command(self, *arguments):
        command, *rest = arguments
        options = ["--profile-path", str(self.folder)]
        if command != "plan":
            options += ["--state-dir", str(self.state)]
        if command != "transactions":
            options += ["--root", str(self.root)]
        return [str(self.program), command, *rest, *options]

    def run(self, *arguments, code=0, prefix=()):
        ran = Ran(subprocess.run([*prefix, *self.command(*arguments)], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, timeout=PATIENCE_S, check=False))
        if ran.code != code:
            raise Failure(f"{arguments}: exit {ran.code}, expected {code}\n{ran.out}{ran.err}")
        return ran

    def run_json(self, *arguments, code=0):
        return self.run(*arguments, "--format", "json", code=code).json()

    def outcomes(self, result):
        return {step["key"]: step["outcome"] for step in result["steps"]}

    @contextlib.contextmanager
    def lock_held(self, who):
        self.state.mkdir(mode=0o700, exist_ok=True)
        with open(self.state / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(who + "\n")
            lock.flush()
            yield


def guards(program):
    """The processes that guard a transaction which this program began."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "comm").read_text() == "fettle-guard\n" and \
               os.fsencode(str(program)) in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


@contextlib.contextmanager
def mounted(*arguments):
    """mount(8) in this mount namespace, for a while; the last argument is where."""
    subprocess.run(["mount", *map(str, arguments)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(arguments[-1])], check=True)


@contextlib.contextmanager
def rebooted(host):
    """As far as a boot id tells."""
    other, seen = host.folder / "boot_id", "/proc/sys/kernel/random/boot_id"
    other.write_text("00000000-1111-2222-3333-444444444444\n")
    # a container has one of its own there, a file that is deleted: nothing can be mounted over that
    while not subprocess.run(["umount", seen], stderr=subprocess.DEVNULL, check=False).returncode:
        pass
    with mounted("--bind", other, seen):
        yield


def enter_namespaces():
    """Starts this script again where its writes reach nobody, and sees that they did not."""
    if os.environ.get("FETTLE_TEST_NAMESPACE") == "1":
        return
    need_root()
    before = snapshot()
    environment = dict(os.environ, FETTLE_TEST_NAMESPACE="1")
    code = subprocess.run(["unshare", "--net", "--mount", sys.executable, *sys.argv],
                          env=environment, check=False).returncode
    expect_unchanged(before, "the host's own keys")
    sys.exit(code)


def in_a_host(test):
    before = snapshot()
    try:
        with Host() as host:
            test(host)
        expect_unchanged(before)
    finally:
        for path, value in before.items():
            with contextlib.suppress(OSError):
                if pathlib.Path(path).read_bytes() != value:
                    pathlib.Path(path).write_bytes(value)


def run(tests):
    common.run(tests, in_a_host)
