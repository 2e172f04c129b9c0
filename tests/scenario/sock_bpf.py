#!/usr/bin/env python3
"""What the BPF source says of sockets, against getsockopt(2) by the process that has them.

Processes in network namespaces of their own open sockets of each kind, set each option to something
by chance and ask the kernel what it made of that: the source must say the same, for every option of
every socket, and name each of the owners. SEED=N repeats a run.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILDDIR = pathlib.Path(os.environ.get("FETTLE_BUILDDIR", ".")).resolve()
LIST = BUILDDIR / "tests/unit/sock/list_source"
ROUNDS = 12
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_FILES, CLONE_NEWNET = 0x400, 0x40000000
SYS_EXIT = {"x86_64": 60}.get(os.uname().machine, 93)
NOT_PERMITTED = ("reading sockets with BPF: not permitted; it takes CAP_BPF and CAP_PERFMON, "
                 "or root\n")
NO_TYPES = ("reading sockets with BPF: this kernel does not describe its types "
            "(/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)\n")

SO, TCP = socket.SOL_SOCKET, socket.IPPROTO_TCP
SWITCH = [0, 1]
# name: level, number, values to set (None: leave alone)
INTS = {
    "SO_KEEPALIVE": (SO, 9, SWITCH), "SO_REUSEADDR": (SO, 2, SWITCH), "SO_REUSEPORT": (SO, 15, SWITCH),
    "SO_MARK": (SO, 36, [None, 1, 0x7fffffff, -1]),
    "SO_PRIORITY": (SO, 12, [None, 0, 3, 6, 7, -0x7ffeffff]),
    "SO_BUSY_POLL": (SO, 46, [None, 0, 50, 100000]),
    "TCP_NODELAY": (TCP, 1, SWITCH), "TCP_MAXSEG": (TCP, 2, [None, 536, 1000, 1400]),
    "TCP_KEEPIDLE": (TCP, 4, [None, 1, 60, 7201, 32767]),
    "TCP_KEEPINTVL": (TCP, 5, [None, 1, 33, 32767]), "TCP_KEEPCNT": (TCP, 6, [None, 1, 4, 127]),
    "TCP_DEFER_ACCEPT": (TCP, 9, [None, 0, 1, 5, 100, 1000, 100000]),
    "TCP_QUICKACK": (TCP, 12, [None, 0, 1]), "TCP_USER_TIMEOUT": (TCP, 18, [None, 0, 1, 30000]),
    "TCP_FASTOPEN": (TCP, 23, [None, 1, 16]), "TCP_NOTSENT_LOWAT": (TCP, 25, [None, 1, 16384, -1]),
}
TIMES = {"SO_RCVTIMEO": 20, "SO_SNDTIMEO": 21}
SO_LINGER, SO_BUF_LOCK, TCP_CONGESTION = 13, 72, 13
KEYS = {"tcp_keepalive_time": "4321", "tcp_keepalive_intvl": "21", "tcp_keepalive_probes": "3"}


def skip(why):
    print(why)
    sys.exit(77)


def expect(got, wanted, what):
    if got != wanted:
        print(f"{what}:\n  wanted {wanted!r}\n  got    {got!r}")
        sys.exit(1)


def list_source(*inodes, before=(), source="bpf"):
    return subprocess.run([*before, LIST, source, *map(str, inodes)], capture_output=True, text=True,
                          check=False)


def listed(*inodes, **how):
    """(inode, pid, fd) to options, and the last line."""
    run = list_source(*inodes, **how)
    expect((run.returncode, run.stderr), (0, ""), "list_source")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    owners = [(line["inode"], line["pid"], line["fd"]) for line in lines[:-1]]
    expect(len(set(owners)), len(owners), "each owner once")
    return dict(zip(owners, (line["options"] for line in lines))), lines[-1]


def set_by_chance(chance, sock):
    is_tcp = sock.family != socket.AF_UNIX and sock.type == socket.SOCK_STREAM
    for level, number, values in INTS.values():
        value = chance.choice(values)
        if value is not None and (level == SO or is_tcp):
            with contextlib.suppress(OSError):  # what the kernel will not have, it does not show
                sock.setsockopt(level, number, value)
    for number in TIMES.values():
        seconds, micros = chance.choice([(0, 0), (1, 500000), (0, 1), (86400, 999999), (3, 333333)])
        sock.setsockopt(SO, number, struct.pack("@ll", seconds, micros))
    sock.setsockopt(SO, SO_LINGER, struct.pack("ii", *chance.choice([(0, 0), (0, 7), (1, 0), (1, 5)])))
    for number in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        if chance.random() < .5:
            sock.setsockopt(SO, number, 100000)
    if is_tcp and chance.random() < .5:
        sock.setsockopt(TCP, TCP_CONGESTION, b"reno")


def truth(sock):
    """What getsockopt(2) gives, in the units of the source."""
    is_tcp = sock.family != socket.AF_UNIX and sock.type == socket.SOCK_STREAM
    options = {}
    for name, (level, number, _) in INTS.items():
        if level == SO or is_tcp:
            with contextlib.suppress(OSError):  # this kernel lacks it
                options[name] = sock.getsockopt(level, number) & 0xffffffff
    for name, number in TIMES.items():
        seconds, micros = struct.unpack("@ll", sock.getsockopt(SO, number, 16))
        options[name] = seconds * 1000000 + micros
    on, seconds = struct.unpack("ii", sock.getsockopt(SO, SO_LINGER, 8))
    options["SO_LINGER"] = seconds if on else -1
    locks = sock.getsockopt(SO, SO_BUF_LOCK)
    options["SO_SNDBUF_LOCKED"], options["SO_RCVBUF_LOCKED"] = locks & 1, locks >> 1 & 1
    if is_tcp:
        name = sock.getsockopt(TCP, TCP_CONGESTION, 16)
        options["TCP_CONGESTION"] = name.rstrip(b"\0").decode()
    return options


def tcp_pair(family, address):
    listener = socket.create_server((address, 0), family=family,
                                    dualstack_ipv6=family == socket.AF_INET6)
    port = listener.getsockname()[1]
    mapped = socket.socket(family, socket.SOCK_STREAM)
    mapped.connect(("::ffff:127.0.0.1" if family == socket.AF_INET6 else "127.0.0.1", port))
    return [listener, mapped, listener.accept()[0]]


def one_of_each(folder):
    """Sockets of every kind and of several states, still as the kernel made them."""
    inet, inet6, unix = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX
    stream, dgram, seqpacket = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
    made = [socket.socket(*kind) for kind in
            [(inet, stream), (inet6, stream), (inet, dgram), (inet6, dgram), (unix, stream),
             (unix, dgram), (unix, seqpacket)]]
    made += tcp_pair(inet, "127.0.0.1") + tcp_pair(inet6, "::")
    made += [*socket.socketpair(unix, stream), *socket.socketpair(unix, dgram),
             *socket.socketpair(unix, seqpacket)]
    bound = socket.socket(inet, dgram)
    bound.bind(("127.0.0.1", 0))
    connected = socket.socket(inet, dgram)
    connected.connect(bound.getsockname())
    waiting = socket.socket(unix, stream)
    waiting.bind(f"{folder}/{os.getpid()}-{len(os.listdir(folder))}")
    waiting.listen(5)
    return made + [bound, connected, waiting]


def talk(sockets):
    """Half of the connections in use, one of them half closed."""
    for one, other in ((sockets[8], sockets[9]), (sockets[11], sockets[12])):
        for _ in range(5):
            one.send(b"ask")
            other.recv(9)
            other.send(b"answer")
            one.recv(9)
    sockets[11].shutdown(socket.SHUT_WR)


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


def opener(chance, keys, folder):
    """In a child: opens and sets; what is returned says owners and truth."""
    if LIBC.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for key, value in keys.items():
        pathlib.Path("/proc/sys/net/ipv4", key).write_text(value)
    sockets = []
    for number in range(ROUNDS):
        batch = one_of_each(folder)
        if number % 2:
            talk(batch)
        if number:  # the first are left as they came
            for sock in batch:
                set_by_chance(chance, sock)
        sockets += batch
    return lambda: [[inode(s), os.getpid(), s.fileno(), truth(s)] for s in sockets]


class Child:
    """A process that does work(), and says what that returned says as often as it is asked."""

    def __init__(self, work):
        theirs, self.ask = os.pipe()
        self.answer, answer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.ask)
                say = work()
                while os.read(theirs, 1):
                    os.write(answer, json.dumps(say()).encode() + b"\n")
            except BaseException as error:  # the parent's code must not run twice
                print(f"child: {error!r}", flush=True)
            finally:
                os._exit(1)
        os.close(theirs)
        os.close(answer)
        self.lines = os.fdopen(self.answer)

    def say(self):
        os.write(self.ask, b"?")
        return json.loads(self.lines.readline())

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.ask)
        self.lines.close()


@contextlib.contextmanager
def children(*works):
    made = []
    try:
        for work in works:
            made.append(Child(work))
        yield made
    finally:
        for one in made:
            one.end()


def check_options(seed):
    """Timers may change TCP_MAXSEG and TCP_QUICKACK of a connection at any time: so the truth from
    before or that from after."""
    with tempfile.TemporaryDirectory() as folder, \
            children(lambda: opener(random.Random(seed), {}, folder),
                     lambda: opener(random.Random(seed + 1), KEYS, folder)) as both:
        before, after = {}, {}
        before.update((tuple(row[:3]), row[3]) for one in both for row in one.say())
        got, end = listed(*(owner[0] for owner in before))
        after.update((tuple(row[:3]), row[3]) for one in both for row in one.say())
    expect(len(before), 2 * ROUNDS * 22, "sockets")
    expect(sorted(got), sorted(before), "owners")
    for owner, options in got.items():
        expect(sorted(options), sorted(before[owner]), f"options of {owner}")
        for name, value in options.items():
            told = {before[owner][name], after[owner][name]}
            expect(value if value in told else (value, told), value, f"{name} of {owner}")
    expect(end["shortfalls"], [], "coverage")
    print(f"{len(got)} sockets, {sum(map(len, got.values()))} options as getsockopt(2)")


def shared():
    """One socket under two descriptors and in two processes, one in a thread's own file table."""
    one = socket.socket()
    again = os.dup(one.fileno())
    pid = os.fork()
    if pid == 0:
        LIBC.prctl(1, signal.SIGKILL)
        while True:
            signal.pause()
    ready, alone = threading.Event(), []

    def apart():
        LIBC.unshare(CLONE_FILES)
        alone.append(socket.socket())
        ready.set()
        threading.Event().wait()
    threading.Thread(target=apart, daemon=True).start()
    ready.wait()
    table = f"/proc/self/task/{threading.enumerate()[-1].native_id}/fd/{alone[0].fileno()}"
    return lambda: {"one": inode(one), "me": os.getpid(), "other": pid,
                    "fds": [one.fileno(), again],
                    "alone": os.stat(table).st_ino, "alone_fd": alone[0].fileno()}


def check_headless():
    """A process whose first thread has ended: the kernel then shows its table at each other one."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        sock = socket.socket()
        for _ in range(4):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        os.write(write, f"{inode(sock)} {sock.fileno()}".encode())
        LIBC.syscall(SYS_EXIT, 0)
    try:
        number, fd = map(int, os.read(read, 999).split())
        state = pathlib.Path(f"/proc/{pid}/stat")
        end = time.monotonic() + 10
        while state.read_text().rpartition(") ")[2][0] != "Z" and time.monotonic() < end:
            time.sleep(0.01)
        got, _ = listed(number)
        expect(list(got), [(number, pid, fd)], "owner without its first thread")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def check_owners():
    with children(shared) as [one]:
        told = one.say()
        got, _ = listed(told["one"], told["alone"])
        # the thread's table began as a copy of its process's: what both have is named once
        wanted = {(told["one"], pid, fd) for pid in (told["me"], told["other"]) for fd in told["fds"]}
        expect(sorted(got), sorted(wanted | {(told["alone"], told["me"], told["alone_fd"])}), "owners")
    check_headless()


def check_namespace_of_processes():
    script = ("import os, socket, subprocess, sys; s = socket.socket();"
              "i = os.fstat(s.fileno()).st_ino;"
              "print(os.getpid(), s.fileno(), i, flush=True);"
              "sys.exit(subprocess.call([*sys.argv[1:], str(i)]))")
    run = subprocess.run(["unshare", "--pid", "--fork", sys.executable, "-c", script, LIST, "bpf"],
                         capture_output=True, text=True, check=False)
    expect((run.returncode, run.stderr), (0, ""), "in a pid namespace")
    first, *lines = run.stdout.splitlines()
    pid, fd, number = map(int, first.split())
    expect(pid, 1, "the first process of a namespace")
    lines = [json.loads(line) for line in lines]
    expect([(line["inode"], line["pid"], line["fd"]) for line in lines[:-1]], [(number, 1, fd)],
           "owner as the namespace numbers it")
    expect(lines[-1]["shortfalls"],
           ["owners outside this process namespace: the kernel shows only processes of the pid "
            "namespace fettle is in"], "coverage in a pid namespace")


def check_rights():
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    run = list_source(before=nobody)
    expect((run.returncode, run.stdout, run.stderr), (1, "", NOT_PERMITTED), "without rights")
    no_types = ["unshare", "--mount", "sh", "-c",
                'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$@"']
    run = list_source(before=no_types)
    expect((run.returncode, run.stdout, run.stderr), (1, "", NO_TYPES), "without BTF")
    bounded = [*nobody, "--inh-caps", "-all,+bpf,+perfmon", "--ambient-caps", "-all,+bpf,+perfmon"]
    sock = socket.socket()
    got, _ = listed(inode(sock), before=bounded)
    expect(list(got), [(inode(sock), os.getpid(), sock.fileno())], "with CAP_BPF and CAP_PERFMON")


def main():
    if os.geteuid() != 0:
        skip("needs root")
    subprocess.run(["make", "-s", "-C", BUILDDIR, "tests/unit/sock/list_source"], check=True)
    run = list_source()
    if "built without BPF" in run.stderr:
        skip("fettle was built without BPF: libbpf-dev, clang or bpftool is missing")
    if run.returncode and "this kernel" in run.stderr:
        skip(f"kernel lacks what BPF needs: {run.stderr.strip()}")
    expect((run.returncode, run.stderr), (0, ""), "the BPF source")
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed}", flush=True)
    check_options(seed)
    check_owners()
    check_namespace_of_processes()
    check_rights()


main()
