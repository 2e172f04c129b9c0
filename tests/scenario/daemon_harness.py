"""A real fettled on a private socket, and clients for it. The tests in daemon_*.py share this."""
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback

from common import BUILDDIR, Failure, NOBODY, PATIENCE_S, SRCDIR, expect, wait_until

FETTLED = BUILDDIR / "src/daemon/fettled"
PROBE = BUILDDIR / "fettle-probe"

PROFILE = """\
schema: 1
name: tiny
summary: One of each outcome
settings:
  net.core.somaxconn: {at-least: 4096, why: short queues drop, source: listen(2)}
  net.ipv4.tcp_syncookies: {equals: 1, why: floods, source: tcp(7)}
  net.ipv4.gone: {equals: 1, why: to be missed, source: none}
"""
MANY = """\
schema: 1
name: many
summary: So much that it takes a while
settings:
  net.ipv4.conf.*.rp_filter: {one-of: [1, 2], set: 2, why: spoofing, source: RFC 3704}
"""


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # prctl(2)


class Client:
    """One connection. Closed by the daemon shows as None from receive()."""

    def __init__(self, path, timeout_s=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout_s or PATIENCE_S)
        self.socket.connect(str(path))
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_call(self, method, parameters=None, **flags):
        self.send(json.dumps({"method": method, "parameters": parameters or {}, **flags}).encode()
                  + b"\0")

    def receive(self):
        while b"\0" not in self.held:
            try:
                data = self.socket.recv(1 << 16)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            if not data:
                expect(self.held, b"", "half an answer before the connection was closed")
                return None
            self.held += data
        message, _, self.held = self.held.partition(b"\0")
        return json.loads(message)

    def call(self, method, parameters=None):
        self.send_call(method, parameters)
        return self.receive()


def make_tree(root, interfaces):
    """What /proc/sys is to the daemon."""
    values = {"net/core/somaxconn": "4096", "net/ipv4/tcp_syncookies": "0"}
    values.update({f"net/ipv4/conf/if{i}/rp_filter": "1" for i in range(interfaces)})
    for name, value in values.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value + "\n")


class Daemon:
    def __init__(self, config="profile: tiny\n", arguments=(), environment=None, as_nobody=False,
                 user="nobody", pass_socket=None, leak=(), wait=True):
        # not below a home folder: the front's user has to get there
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fettled-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "s"
        self.config = self.folder / "fettle.yaml"
        self.config.write_text(config)
        self.profiles = self.folder / "profiles"
        self.profiles.mkdir()
        (self.profiles / "tiny.yaml").write_text(PROFILE)
        (self.profiles / "many.yaml").write_text(MANY)
        self.tree = self.folder / "sys"
        make_tree(self.tree, 2)
        program = self.folder / "fettled"
        shutil.copy(FETTLED, program)
        shutil.copy(PROBE, self.folder)  # nobody has to get there, too
        self.command = [str(program), "--socket", str(self.socket), "--config", str(self.config),
                        "--profile-path", f"{self.profiles}:{SRCDIR / 'profiles'}",
                        "--sysctl-root", str(self.tree),
                        "--probe", str(self.folder / PROBE.name), *arguments]
        if os.geteuid() == 0 and not as_nobody and user:
            self.command += ["--user", user]
        if as_nobody:
            os.chown(self.folder, NOBODY, NOBODY)
            self.command = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
                            "--clear-groups", "--inh-caps=-all", "--pdeathsig", "KILL",
                            "--"] + self.command
        self.environment = {k: v for k, v in os.environ.items()
                            if k not in ("JOURNAL_STREAM", "NOTIFY_SOCKET")}
        self.environment.update(environment or {})
        # the leak checker needs ptrace(2), which a process that changed its user is refused
        options = self.environment.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = options + ":detect_leaks=0"
        self.log_path = self.folder / "log"
        self.start(pass_socket, leak)
        if wait:
            wait_until(lambda: self.is_serving() or self.process.poll() is not None, "start")

    def start(self, pass_socket=None, leak=()):
        if pass_socket is not None:
            # the shell has the process id that LISTEN_PID must name, and keeps it
            command = ["sh", "-c", f"exec 3<&{pass_socket}; export LISTEN_PID=$$ LISTEN_FDS=1;"
                       ' exec "$@"', "sh", *self.command]
        else:
            command = self.command
        passed = [*leak] if pass_socket is None else [pass_socket, *leak]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=passed, start_new_session=True, preexec_fn=end_with_the_test)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            for pid in [*self.children(), self.pid]:
                kill(pid, signal.SIGKILL)
            self.process.wait()
        if kind:
            print("--- log of", self.command)
            print(self.log(), end="")
            print("---")
        shutil.rmtree(self.folder)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def is_serving(self):
        return " serves on " in self.log()

    def client(self, timeout_s=None):
        return Client(self.socket, timeout_s)

    def call(self, method, parameters=None):
        with self.client() as client:
            return client.call(method, parameters)

    def status(self):
        return self.call("org.fettle.GetStatus")["parameters"]

    def children(self):
        return children_of(self.pid)

    def front(self):
        def found():
            return [pid for pid in self.children() if comm_of(pid) == "fettled-front"]

        return wait_until(found, "the front")[0]

    def worker(self):
        """The process of the audit that runs, stopped; None when there is none.

        Not before it has let go of the engine's file descriptors, or it would keep them open."""
        for pid in self.children():
            if comm_of(pid) == "fettled" and not os.path.exists(f"/proc/{pid}/fd/4"):
                kill(pid, signal.SIGSTOP)
                return pid if os.path.exists(f"/proc/{pid}/fd/3") else None
        return None

    def stopped_audit(self, client):
        """The process of an audit of this client's. One that is over before it is seen is repeated."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            client.send_call("org.fettle.Audit")
            while not select.select([client.socket], [], [], 0)[0]:
                worker = self.worker()
                if worker:
                    return worker
            client.receive()
        raise Failure("no audit was slow enough to be seen")

    def fds(self):
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (self.pid, self.front())]

    def fds_at_rest(self):
        """The fewest in a while: the daemon may not have heard yet that a client closed."""
        seen = []
        for _ in range(10):
            seen.append(self.fds())
            time.sleep(0.02)
        return min(seen)

    def memory_kb(self, field="Pss"):
        total = 0
        for pid in (self.pid, self.front()):
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1])
        return total

    def settle(self, fds):
        """All clients of the test are gone, and what was opened for them too."""
        wait_until(lambda: self.status()["connections"] == 1, "clients to be forgotten")
        wait_until(lambda: self.fds() == fds, f"file descriptors to be {fds}, not {self.fds()}")

    def end(self, number=signal.SIGTERM):
        kill(self.pid, number)
        return self.process.wait(PATIENCE_S)


class Manager:
    """The service manager's end of sd_notify(3)."""

    def __init__(self, abstract):
        self.folder = tempfile.TemporaryDirectory(prefix="notify-", dir="/tmp")
        name = f"{self.folder.name}/n"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.bind("\0" + name if abstract else name)
        self.environment = {"NOTIFY_SOCKET": "@" + name if abstract else name}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.folder.cleanup()

    def next(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def forget(self):
        """How many messages were waiting, which are gone then."""
        count = 0
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(4096)
            count += 1
        return count


def end_with_the_test():
    """In the child: a test that is killed cannot end its daemon, so the kernel does. The front and
    what else there is end when the engine does."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def children_of(pid):
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def comm_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def as_uid(uid, groups, function):
    """Runs function in a process of that user and those groups; what it returns, by JSON."""
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(writable, json.dumps(function()).encode())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable, "rb") as pipe:
        data = pipe.read()
    expect(os.waitpid(pid, 0)[1], 0, f"process as uid {uid}")
    return json.loads(data)
