"""What sockets_planted.py cannot plant: its keys are the whole host's, or it takes netem or hours.

Runs in the guest, and nowhere else: guest_plants.py PLANT judges one, ill and then well.
guest_plants.py --tell tells what fettle says of one that the guest's kernel cannot tell in full.
"""
import contextlib
import errno
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from common import expect
from sockets_common import fettle, sockets
from sockets_planted import PLANTED, SOL, judge, listener, pair, planted, repeated

PLANTED.clear()  # those are for namespaces
KEYS = pathlib.Path("/proc/sys")
NEAR, FAR = "10.9.0.1", "10.9.0.2"  # both are this host's, and neither is loopback
NEIGHBOURS = 64
HOURS_S = 7300
IP_RECVERR, SO_MAX_PACING_RATE = 11, 47


def shell(lines):
    subprocess.run("set -e;" + lines, shell=True, check=True)


@contextlib.contextmanager
def during(before, after):
    """Two scripts of sh(1)."""
    shell(before)
    try:
        yield
    finally:
        shell(after)


@contextlib.contextmanager
def keys(values):
    before = {key: (KEYS / key).read_text() for key in values}
    try:
        for key, value in values.items():
            (KEYS / key).write_text(str(value))
        yield
    finally:
        for key, value in before.items():
            (KEYS / key).write_text(value)


def path(netem):
    """NEAR and FAR, and what netem(8) does to packets from either to the other."""
    return during(f"ip link set lo mtu 1500; ip address add {NEAR}/32 dev lo;"
                  f"ip address add {FAR}/32 dev lo; tc qdisc add dev lo root netem {netem}",
                  "tc qdisc del dev lo root; ip address flush dev lo scope global;"
                  "ip link set lo mtu 65536")


def ends(*options):
    """A connection from FAR to NEAR. The end at NEAR is the first, and has the options."""
    server = listener(address=(NEAR, 0))
    for name, value in options:
        server.setsockopt(SOL, name, value)
    client = socket.socket()
    client.bind((FAR, 0))
    client.connect(server.getsockname())
    return server.accept()[0], client


@contextlib.contextmanager
def elsewhere(near, far, action):
    """The far end is another process's, which does something with it again and again."""
    pid = os.fork()
    if pid == 0:
        near.close()
        with contextlib.suppress(OSError):
            while True:
                action(far)
        os._exit(0)
    far.close()
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def send(end):
    """2 MB/s, where nothing stops it."""
    end.sendall(b"x" * 200000)
    time.sleep(0.1)


def receive(end):
    end.recv(1 << 20)


@planted("net.neighbours-full", "net.neighbour-overflow")
def neighbours(ill):
    """A link on which more hosts are spoken to than the table may hold; no answer ever comes."""
    link = ("ip link add link0 arp on type dummy; ip link set link0 up;"
            "ip address add 10.8.0.1/16 dev link0", "ip link del link0")
    s, count, refused = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0, 0
    s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)  # without it, no error is told

    def speak():
        nonlocal count, refused
        count += 1
        try:
            s.sendto(b"x", (f"10.8.{count // 200 if ill else 1}.{count % (200 if ill else 9) + 1}", 9))
        except OSError as error:
            refused += error.errno == errno.ENOBUFS
    with keys({"net/ipv4/neigh/default/gc_thresh3": NEIGHBOURS}), during(*link):
        for _ in range(NEIGHBOURS):
            speak()
        with repeated(speak):
            yield None
        expect(refused > 0, ill, "datagrams that could not be sent")


@contextlib.contextmanager
def bursts():
    """Datagrams that come in by many at once, as one of netem's slots lets them go."""
    server, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    server.bind((NEAR, 0))
    client.connect(server.getsockname())
    with repeated(lambda: [client.send(b"x") for _ in range(60)], 0.05):
        yield
    server.close()


@planted("net.softnet-drops")
def softnet_drops(ill):
    with path("slot 20ms"), keys({"net/core/netdev_max_backlog": 16 if ill else 1000}), bursts():
        yield None, {"net.core.netdev_max_backlog": "16"}


@planted("net.softnet-squeezed")
def softnet_squeezed(ill):
    with path("slot 20ms"), keys({"net/core/netdev_budget": 1 if ill else 300}), bursts():
        yield None


def unread():
    """A connection that holds all it can of what nobody reads."""
    client, accepted = pair()
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.send(b"x" * 65536)
    return client, accepted


@planted("net.tcp-memory", sample=0)
def tcp_memory(ill):
    kept = [unread() for _ in range(4)]
    line = next(line for line in pathlib.Path("/proc/net/sockstat").open() if line.startswith("TCP:"))
    pages = int(line.split()[-1])
    limits = f"{pages} {pages * 5 // (4 if ill else 3)} {pages * 9}"
    with keys({"net/ipv4/tcp_mem": limits}):
        yield None, {"net.ipv4.tcp_mem": limits}
    del kept


@planted("net.tcp-memory-pressure")
def tcp_pressure(ill):
    """It comes and goes with connections whose data nobody reads."""
    def fill():
        for end in unread():
            end.close()
    limits = "300 400 90000" if ill else "60000 80000 90000"
    with keys({"net/ipv4/tcp_mem": limits}), repeated(fill, 0.1):
        yield None


@planted("process.file-table", sample=0)
def file_table(ill):
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(500)]
    used = int((KEYS / "fs/file-nr").read_text().split()[0])
    with keys({"fs/file-max": used * 10 // (8 if ill else 5)}):
        yield None
    del kept


@planted("socket.no-keepalive")
def no_keepalive(ill):
    with path("delay 1ms"):
        near, far = ends((socket.SO_KEEPALIVE, not ill))
        far.setsockopt(SOL, socket.SO_KEEPALIVE, 1)
        near.send(b"x")
        far.send(b"x")
        time.sleep(HOURS_S)
        yield os.getpid()
        del near, far


@planted("socket.recv-buffer-limited")
def recv_buffer(ill):
    most = 65536 if ill else 6291456
    with path("delay 20ms"), keys({"net/ipv4/tcp_rmem": f"4096 65536 {most}"}):
        near, far = ends()
        with elsewhere(near, far, send), repeated(lambda: receive(near), 0.001):
            time.sleep(1)
            yield os.getpid(), {"rcvbuf_bytes": "65536", "net.ipv4.tcp_rmem": "4096 65536 65536"}


@contextlib.contextmanager
def paced(ill, bytes_per_s):
    """As by fq: without, the kernel counts a full buffer only when a device holds packets back."""
    most = 32768 if ill else 4194304
    with path("delay 20ms"), keys({"net/ipv4/tcp_wmem": f"4096 16384 {most}"}):
        near, far = ends((SO_MAX_PACING_RATE, bytes_per_s))
        with elsewhere(near, far, receive), repeated(lambda: send(near), 0.001):
            time.sleep(1)
            yield


@planted("socket.send-buffer-limited")
def send_buffer(ill):
    """For an eighth of the time: from a fifth on it is told of the path instead."""
    with paced(ill, 700000):
        yield os.getpid(), {"sndbuf_bytes": "32768", "net.ipv4.tcp_wmem": "4096 16384 32768"}


@planted("path.buffers-below-bdp")
def send_buffer_of_a_path(ill):
    with paced(ill, 20000000):
        yield None, {"net.ipv4.tcp_wmem": "32768", "bound-on": "this host"}


@planted("socket.retransmits", sample=0)
def retransmits(ill):
    with path(f"delay 5ms loss {10 if ill else 0}%"):
        near, far = ends()
        with elsewhere(near, far, receive):
            near.sendall(b"x" * 1448 * 4000)
            yield os.getpid()


@contextlib.contextmanager
def rcvbuf_bdp():
    """Where the kernel tells the receive window, it is socket.rcvbuf-below-bdp."""
    with path("delay 20ms"):
        near, far = ends((socket.SO_RCVBUF, 32768))
        with elsewhere(near, far, send), repeated(lambda: receive(near), 0.001):
            time.sleep(1)
            yield


def tell():
    """What is told of one that this kernel cannot tell in full, by each source of options."""
    with rcvbuf_bdp():
        # 1: the far end, which is of this host too, is bounded by the window of this one
        report = json.loads(fettle("sockets", "--findings", "--sample", "2s", "--format", "json",
                                   codes=(1,)))
        lists = {source: [line for line in sockets("--options", source)[0]
                          if os.getpid() in {owner["pid"] for owner in line["owners"]}]
                 for source in ("bpf", "pidfd")}
    print(json.dumps({"findings": report["findings"], "lists": lists}))


if __name__ == "__main__":
    if sys.argv[1] == "--tell":
        tell()
    else:
        judge(sys.argv[1], True)
        judge(sys.argv[1], False)
