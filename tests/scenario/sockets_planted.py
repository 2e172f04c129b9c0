#!/usr/bin/env python3
"""Every built-in finding planted for real, and a healthy twin on which it stays silent.

sockets_planted.py [RULE...] runs those alone. Each runs in a process and a network namespace of its
own, first ill, then well.
"""
import collections
import concurrent.futures
import contextlib
import ctypes
import json
import os
import pathlib
import resource
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from common import Failure, expect, expect_true, need_root
from socket_farm import new_netns
from sockets_common import fettle

SAMPLE_S = 1.5
TCP, SOL = socket.IPPROTO_TCP, socket.SOL_SOCKET
KEYS = pathlib.Path("/proc/sys/net")
PLANTED = {}


def planted(*rules, sample=SAMPLE_S):
    """A generator function of `ill` that yields the pid to be named, or None, once it is planted; and
    evidence that the finding must have."""
    def enter(function):
        PLANTED[function.__name__] = (rules, contextlib.contextmanager(function), sample)
        return function
    return enter


def put(key, value):
    (KEYS / key).write_text(str(value))


def listener(backlog=128, reuse=True, address=("127.0.0.1", 0), family=socket.AF_INET):
    s = socket.socket(family)
    s.setsockopt(SOL, socket.SO_REUSEADDR, reuse)
    s.bind(address)
    s.listen(backlog)
    return s


def pair(server=None):
    """A connection's two ends."""
    server = server or listener()
    client = socket.create_connection(server.getsockname())
    return client, server.accept()[0]


@contextlib.contextmanager
def repeated(action, pause_s=0.01):
    """Does something again and again until the end, in a thread; its errors end the test."""
    stop, errors = threading.Event(), []

    def go():
        try:
            while not stop.wait(pause_s):
                action()
        except Exception as error:
            errors.append(error)
    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if errors:
        raise Failure(f"in the background: {errors[0]!r}")


def hurry(server):
    """A connect(2) that does not wait."""
    client = socket.socket(server.family)
    client.setblocking(False)
    client.connect_ex(server.getsockname())
    return client


@planted("socket.accept-queue-full")
def accept_queue(ill):
    """Which takes one more than the backlog: the healthy twin could take it yet."""
    server = listener(4)
    clients = [hurry(server) for _ in range(9 if ill else 4)]
    yield os.getpid(), {"recv_queue": "5", "backlog": "4"}
    del clients, server


@planted("net.listen-overflows")
def overflows(ill):
    server, clients = listener(2), []
    for _ in range(4 if ill else 2):
        clients.append(hurry(server))
    with repeated(lambda: clients.append(hurry(server)), 0.05) if ill else contextlib.nullcontext():
        yield os.getpid()


@planted("socket.backlog-cut")
def backlog(ill):
    put("core/somaxconn", 16)
    server = listener(1000 if ill else 8)
    clients = [hurry(server) for _ in range(12 if ill else 1)]
    yield os.getpid()
    del clients, server


@planted("socket.backlog-cut")
def backlog_of_a_unix_socket(ill):
    """Which asked for more, as systemd does for each of its; the twin still has half of it left."""
    put("core/somaxconn", 16)
    with tempfile.TemporaryDirectory(prefix="fettle-planted-") as folder:
        server = listener(4096, family=socket.AF_UNIX, address=f"{folder}/service", reuse=False)
        clients = [hurry(server) for _ in range(12 if ill else 8)]
        yield os.getpid(), {"backlog": "16", "recv_queue": "12", "net.core.somaxconn": "16"}
        server.close()
    del clients


@planted("socket.no-reuseaddr")
def no_reuseaddr(ill):
    """With another server at the port, at another address; the healthy twin's connections are that one's."""
    first = listener(reuse=False)
    second = listener(address=("127.0.0.2", first.getsockname()[1]))
    server = first if ill else second
    for _ in range(3):
        client, accepted = pair(server)
        accepted.close()
        client.recv(1)
        client.close()
    yield os.getpid()
    del first, second


@planted("process.close-wait-aged")
def close_wait_aged(ill):
    """A slow leak: the last connection is a new one."""
    server, kept = listener(), []

    def visit(forget):
        client, accepted = pair(server)
        kept.append((client, accepted))
        client.close()
        if not forget:
            accepted.close()
    for _ in range(7):
        visit(ill)
    # the rule's own threshold
    time.sleep(62 if ill else 0.1)
    visit(True)
    yield os.getpid(), {"close-wait": "8", "aged": "7"}
    del kept


LEAK = """
import os, resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))
s = socket.create_server(("127.0.0.1", 0), backlog=4000)
print(s.getsockname()[1], flush=True)
kept = []
for turn in range(1 << 30):
    try:
        accepted = s.accept()[0]
    except OSError as error:
        print(os.strerror(error.errno), flush=True)
        sys.stdin.read()
    # half of them it closes first, and they go to TIME-WAIT here
    if sys.argv[1] == "leak" and turn % 2:
        kept.append(accepted)
    else:
        accepted.close()
"""


@contextlib.contextmanager
def leaking(ill):
    """A server that forgets to close half of its connections; and what a client of it does."""
    server = subprocess.Popen([sys.executable, "-c", LEAK, "leak" if ill else "well"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline())

    def visit():
        client = socket.create_connection(("127.0.0.1", port))
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            client.recv(1)
        client.close()
    try:
        yield server, visit
    finally:
        server.stdin.close()
        server.kill()
        server.wait()


@planted("process.close-wait-growing", "process.descriptors")
def leak(ill):
    """With more than a thousand in CLOSE-WAIT already, and clients that go on."""
    with leaking(ill) as (server, visit):
        for _ in range(3300):
            visit()
        with repeated(visit, 0.01):
            yield server.pid


@planted("process.descriptors", sample=0)
def leak_to_the_end(ill):
    """Until accept(2) fails for want of a descriptor."""
    with leaking(ill) as (server, visit):
        for _ in range(4100):
            visit()
        if ill:
            expect(server.stdout.readline(), "Too many open files\n", "what the server met")
        yield server.pid, {"descriptors": "2000", "soft-limit": "2000"}


@planted("process.descriptors", sample=0)
def descriptors(ill):
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(82 if ill else 20)]
    yield os.getpid()
    for fd in kept:
        os.close(fd)


@planted("socket.ephemeral-ports", sample=0)
def ephemeral_ports(ill):
    """Until connect(2) fails for want of a port; half of the clients have IPv6 sockets."""
    # for both ends of all of them, and far from the end of it, which would be a finding too
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    put("ipv4/ip_local_port_range", "20000 21999")
    server, kept = listener(address=("127.0.0.1", 5000)), []

    def connect():
        client = socket.socket(socket.AF_INET6 if len(kept) % 2 else socket.AF_INET)
        client.connect(("::ffff:127.0.0.1" if len(kept) % 2 else "127.0.0.1", 5000))
        kept.append((client, server.accept()[0]))
    for _ in range(1000):
        connect()
    with contextlib.suppress(OSError) if ill else contextlib.nullcontext():
        while ill:
            connect()
    expect(len(kept), 2000 if ill else 1000, "connections")
    yield os.getpid()
    del kept


@planted("socket.time-wait-ports", sample=0)
def time_wait_ports(ill):
    put("ipv4/ip_local_port_range", "20000 21999")
    put("ipv4/tcp_tw_reuse", 0)
    server = listener(address=("127.0.0.1", 5000))
    for _ in range(1900 if ill else 200):
        client, accepted = pair(server)
        client.shutdown(socket.SHUT_WR)
        accepted.recv(1)
        accepted.close()
        client.recv(1)
        client.close()
    yield None
    del server


@planted("net.time-wait-buckets", sample=0)
def time_wait_buckets(ill):
    put("ipv4/tcp_max_tw_buckets", 40 if ill else 400)
    server = listener()
    for _ in range(35):
        client, accepted = pair(server)
        client.close()
        accepted.close()
    yield None
    del server


@planted("net.time-wait-overflow")
def time_wait_overflow(ill):
    put("ipv4/tcp_max_tw_buckets", 5 if ill else 50000)
    server = listener()

    def visit():
        client, accepted = pair(server)
        client.close()
        accepted.close()
    with repeated(visit, 0.02):
        yield None


@planted("socket.congestion-differs", sample=0)
def congestion(ill):
    client, accepted = pair()
    now = (KEYS / "ipv4/tcp_congestion_control").read_text().strip()
    if ill:
        client.setsockopt(TCP, socket.TCP_CONGESTION, b"reno" if now != "reno" else b"cubic")
    yield os.getpid(), {"chosen-by": "setsockopt(2) of the application, or of a sock_ops program"}
    del client, accepted


@planted("socket.congestion-differs", sample=0)
def congestion_of_a_route(ill):
    lock = "lock" if ill else ""
    now = (KEYS / "ipv4/tcp_congestion_control").read_text().strip()
    other = ("reno" if now != "reno" else "cubic") if ill else now
    subprocess.run(f"ip route replace local 127.0.0.9 dev lo table local congctl {lock} {other}",
                   shell=True, check=True)
    server = listener(address=("127.0.0.9", 0))
    client, accepted = pair(server)
    yield os.getpid(), {"chosen-by": "congctl of the route, which locks it"}
    del client, accepted


@planted("socket.congestion-differs", sample=0)
def congestion_before_the_key(ill):
    """The key is changed after the connection was opened."""
    client, accepted = pair()
    if ill:
        put("ipv4/tcp_congestion_control", "reno")
    yield os.getpid(), {"chosen-by": "the sysctl as it was when the connection was opened, or congctl "
                                     "of the route"}
    del client, accepted


@planted("socket.linger-wait", sample=0)
def linger(ill):
    client, accepted = pair()
    client.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 5 if ill else 0))
    yield os.getpid()
    client.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 0, 0))
    del accepted


def answer(server, size):
    """The far end of a request: reads the whole of it before it says anything."""
    with contextlib.suppress(OSError):
        while True:
            got = b""
            while len(got) < size:
                piece = server.recv(size - len(got))
                if not piece:
                    return
                got += piece
            server.sendall(b"y" * 20)


@planted("socket.nagle-delay", sample=2)
def nagle(ill):
    """Header, then body, by two writes: the second waits for the first one's acknowledgement."""
    client, accepted = pair()
    client.setsockopt(TCP, socket.TCP_NODELAY, not ill)
    far = threading.Thread(target=answer, args=(accepted, 300))
    far.start()

    def request():
        client.sendall(b"h" * 100)
        client.sendall(b"b" * 200)
        client.recv(20)
    with repeated(request, 0.001):
        time.sleep(0.5)
        yield os.getpid()
    client.close()
    far.join()
    accepted.close()


def udp_server(ill, asked, size=None):
    """Whether the application asked for more is what tells one who drops datagrams from another."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    if size:
        server.setsockopt(SOL, socket.SO_RCVBUF, size)
    server.settimeout(5)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(server.getsockname())
    for _ in range(server.getsockopt(SOL, socket.SO_RCVBUF) // 32768 + 1 if ill else 0):
        client.send(b"z" * 32768)  # full before the first look

    def send():
        client.send(b"z" * 1000)
        if not ill:
            server.recv(2000)
    with repeated(send, 0.002):
        yield os.getpid(), {"asked": asked}


@planted("socket.udp-drops")
def udp_drops(ill):
    return udp_server(ill, "for less than net.core.rmem_max allows", 4096)


@planted("socket.udp-drops")
def udp_drops_never_asked(ill):
    return udp_server(ill, "never: the buffer is net.core.rmem_default")


@planted("socket.udp-drops")
def udp_drops_cut(ill):
    return udp_server(ill, "for at least net.core.rmem_max, and was cut to it", 2**30)


@planted("socket.unix-writable", sample=0)
def unix_writable(ill):
    with tempfile.TemporaryDirectory(prefix="fettle-planted-") as folder:
        os.chmod(folder, 0o755)
        path = f"{folder}/service"
        server = listener(family=socket.AF_UNIX, address=path, reuse=False)
        os.chmod(path, 0o777 if ill else 0o660)
        yield os.getpid()
        server.close()


@planted("socket.unix-writable", sample=0)
def unix_datagrams(ill):
    """Of which those that a peer sends are no matter, whatever the mode."""
    with tempfile.TemporaryDirectory(prefix="fettle-planted-") as folder:
        os.chmod(folder, 0o755)
        server, client = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
        server.bind(f"{folder}/service")
        client.bind(f"{folder}/client")
        client.connect(f"{folder}/service")
        os.chmod(f"{folder}/client", 0o666)
        os.chmod(f"{folder}/service", 0o666 if ill else 0o620)
        yield os.getpid(), {"path": f"{folder}/service"}
        server.close()
        client.close()


@planted("socket.unix-writable", sample=0)
def unix_abstract(ill):
    """The twin's is one that asks who connects; and it has a name to be answered at."""
    name = "thing" if ill else "ISCSIADM_ABSTRACT_NAMESPACE"
    server = listener(family=socket.AF_UNIX, address=f"\0{name}", reuse=False)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.bind("")
    yield os.getpid(), {"path": "@thing"}
    server.close()
    client.close()


class Tun:
    """A device of which the test is the far end: it injects what no host would send."""

    def __init__(self, address="10.9.0.1"):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        request = struct.pack("16sH22x", b"tun0", 0x1001)  # IFF_TUN | IFF_NO_PI
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ioctl(self.fd, 0x400454ca, request):
            raise OSError(ctypes.get_errno(), "TUNSETIFF")
        subprocess.run(f"ip address add {address}/16 dev tun0 && ip link set tun0 up", shell=True,
                       check=True)

    @staticmethod
    def checksum(data):
        total = sum(struct.unpack(f"!{len(data) // 2}H", data + b"\0" * 0))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        return ~total & 0xffff

    def ip(self, source, protocol, payload, identity=0, fragment=0):
        address = struct.pack("!BBBB", 10, 9, 1 + source // 250, 1 + source % 250)
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), identity, fragment, 64, protocol, 0)
        head += address + bytes((10, 9, 0, 1))
        return head[:10] + struct.pack("!H", self.checksum(head)) + head[12:] + payload

    def tcp(self, source, port, flags, sequence=1, acknowledged=0):
        segment = struct.pack("!HHIIBBHHH", 1024 + source % 60000, port, sequence, acknowledged,
                              0x50, flags, 1024, 0, 0)
        address = struct.pack("!BBBB", 10, 9, 1 + source // 250, 1 + source % 250)
        pseudo = address + bytes((10, 9, 0, 1)) + struct.pack("!BBH", 0, 6, len(segment))
        total = self.checksum(pseudo + segment)
        os.write(self.fd, self.ip(source, 6, segment[:16] + struct.pack("!H", total) + segment[18:]))

    def syn(self, source, port):
        self.tcp(source, port, 0x02)

    def half_datagram(self, identity):
        """A first fragment whose rest never comes."""
        os.write(self.fd, self.ip(identity % 200, 17, b"q" * 1000, identity, 0x2000))


@planted("net.syn-backlog", sample=0)
def syn_backlog(ill):
    put("ipv4/tcp_max_syn_backlog", 64)
    tun, server = Tun(), listener(256, address=("10.9.0.1", 0))
    for source in range(55 if ill else 5):
        tun.syn(source, server.getsockname()[1])
    yield None
    os.close(tun.fd)


@planted("net.syn-queue-full")
def syn_queue(ill):
    put("ipv4/tcp_max_syn_backlog", 16)
    tun, server = Tun(), listener(8 if ill else 4096, address=("10.9.0.1", 0))
    sources = iter(range(50000))
    port = server.getsockname()[1]
    for _ in range(20 if ill else 2):
        tun.syn(next(sources), port)
    with repeated(lambda: tun.syn(next(sources), port), 0.02 if ill else 1):
        yield None
    os.close(tun.fd)


@planted("net.syncookies-ineffective", sample=0)
def syncookies(ill):
    """A flood, and then acknowledgements of what was never sent."""
    put("ipv4/tcp_max_syn_backlog", 16)
    tun, server = Tun(), listener(8, address=("10.9.0.1", 0))
    port = server.getsockname()[1]
    for source in range(40):
        tun.syn(source, port)
    for source in range(1100 if ill else 100):
        tun.tcp(1000 + source, port, 0x10, 7, 12345)
    yield None
    os.close(tun.fd)


@planted("net.fragment-memory", sample=0)
def fragment_memory(ill):
    put("ipv4/ipfrag_low_thresh", 30000)
    put("ipv4/ipfrag_high_thresh", 60000 if ill else 4000000)
    tun = Tun()
    for identity in range(1, 60):
        tun.half_datagram(identity)
    yield None
    os.close(tun.fd)


@planted("net.fragment-failures")
def fragment_failures(ill):
    put("ipv4/ipfrag_time", 1)
    tun, identities = Tun(), iter(range(1, 60000))
    inject = lambda: tun.half_datagram(next(identities))
    if ill:
        for _ in range(100):
            inject()
    with repeated(inject, 0.01) if ill else contextlib.nullcontext():
        yield None
    os.close(tun.fd)


@contextlib.contextmanager
def another_host(delay_s):
    """A namespace with 10.9.0.2, behind a path with a delay either way; what runs a function there."""
    here = Tun()
    with concurrent.futures.ThreadPoolExecutor(1, initializer=new_netns) as there:
        far = there.submit(Tun, "10.9.0.2").result()
        other, waiting = {here.fd: far.fd, far.fd: here.fd}, collections.deque()

        def carry():
            for fd in select.select(list(other), [], [], 0.001)[0]:
                waiting.append((time.monotonic() + delay_s, other[fd], os.read(fd, 65536)))
            while waiting and waiting[0][0] <= time.monotonic():
                os.write(*waiting.popleft()[1:])
        with repeated(carry, 0):
            yield lambda *call: there.submit(*call).result()


@planted("socket.rcvbuf-below-bdp", sample=3)
def rcvbuf_bdp(ill):
    """400 kB/s over 200 ms are 80 kB a round trip."""
    with another_host(0.1) as at:
        server = at(listener, 1, True, ("10.9.0.2", 0))
        client = socket.socket()
        client.setsockopt(SOL, socket.SO_RCVBUF, 30000 if ill else 200000)
        client.connect(server.getsockname())
        far = server.accept()[0]
        with repeated(lambda: client.recv(1 << 20)):
            with repeated(lambda: far.sendall(b"x" * 20000), 0.05):
                time.sleep(1)
                yield os.getpid()
            far.close()


def judge(name, ill):
    rules, plant, sample = PLANTED[name]
    with plant(ill) as told:
        pid, evidence = told if isinstance(told, tuple) else (told, {})
        words = ["--sample", f"{int(sample * 1000)}ms"]
        report = json.loads(fettle("sockets", "--findings", "--format", "json", *words, codes=(0, 1, 2)))
    for rule in rules:
        found = [f for f in report["findings"] if f["id"] == rule]
        broken = [f for f in found if f["status"] == "fail"]
        if not ill:
            expect([f["status"] for f in found if f.get("owner", {}).get("pid") in (None, pid)],
                   ["pass"], f"{rule}, the healthy twin: {broken}")
            continue
        expect_true(broken, f"{rule} was not found: {found}")
        if pid:
            expect_true(pid in {f["owner"]["pid"] for f in broken if "owner" in f},
                        f"{rule}: process {pid} is not named: {broken}")
        expect_true(any(evidence.items() <= f["evidence"].items() for f in broken),
                    f"{rule}: not {evidence}: {broken}")
        expect_true(all(f.get("evidence") and f.get("why") for f in broken),
                    f"{rule}: without evidence: {broken}")


def in_process(name):
    """One of them, ill and then well, each in a new process and namespace; what went wrong."""
    for ill in (True, False):
        ran = subprocess.run(["unshare", "--net", sys.executable, os.path.abspath(__file__), "--one",
                              name, str(int(ill))], capture_output=True, text=True, check=False)
        if ran.returncode:
            return f"{'ill' if ill else 'well'}:\n{ran.stdout}{ran.stderr}"
    return None


def run_one(name, ill):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    judge(name, ill)


def main(names):
    need_root()
    unknown = [name for name in names if name not in PLANTED]
    if unknown:
        sys.exit(f"no such plant: {unknown}; there are {sorted(PLANTED)}")
    # the slow one first, the rest beside it
    chosen = sorted(names or PLANTED, key=lambda name: name != "close_wait_aged")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for name, wrong in zip(chosen, pool.map(in_process, chosen)):
            print(f"{'FAIL' if wrong else 'ok  '} {', '.join(PLANTED[name][0])} ({name})")
            if wrong:
                print(wrong)
                failed += 1
    sys.exit(failed != 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        try:
            run_one(sys.argv[2], sys.argv[3] == "1")
        except Exception:
            traceback.print_exc(file=sys.stdout)
            sys.exit(1)
    else:
        main(sys.argv[1:])
