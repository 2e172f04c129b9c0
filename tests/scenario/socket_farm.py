#!/usr/bin/env python3
"""A farm of sockets with options chosen by a seed, and what each of them really has.

    with Farm(seed=7, namespaces=3, rounds=4) as farm: ... farm.sockets() ...

Each namespace has a process that opens sockets of every kind, sets options on them, and answers on
its standard output what getsockopt(2) says of each: the truth, from the owner itself. Run as a
program it is that process: socket_farm.py SEED ROUNDS.
"""
import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile

SO_BUF_LOCK, SNDBUF_LOCK, RCVBUF_LOCK = 72, 1, 2
SO_PRIORITY, SO_MARK, SO_BUSY_POLL = 12, 36, 46
TCP, SOL = socket.IPPROTO_TCP, socket.SOL_SOCKET
CLONE_NEWNET = 0x40000000


def number(level, name):
    """A mark has 32 bits, a size may be 4 GiB: getsockopt(2) gives them as an int."""
    return lambda s: s.getsockopt(level, name) & 0xffffffff


def switch(level, name):
    return lambda s: bool(s.getsockopt(level, name))


def locked(bit):
    return lambda s: bool(s.getsockopt(SOL, SO_BUF_LOCK) & bit)


def linger(s):
    on, seconds = struct.unpack("ii", s.getsockopt(SOL, socket.SO_LINGER, 8))
    return seconds if on else False


def microseconds(name):
    def read(s):
        whole, part = struct.unpack("ll", s.getsockopt(SOL, name, 16))
        return whole * 1000000 + part
    return read


def congestion(s):
    return s.getsockopt(TCP, socket.TCP_CONGESTION, 16).split(b"\0")[0].decode()


OF_ALL = {
    "SO_RCVBUF": number(SOL, socket.SO_RCVBUF), "SO_RCVBUF_LOCKED": locked(RCVBUF_LOCK),
    "SO_SNDBUF": number(SOL, socket.SO_SNDBUF), "SO_SNDBUF_LOCKED": locked(SNDBUF_LOCK),
    "SO_RCVTIMEO": microseconds(socket.SO_RCVTIMEO), "SO_SNDTIMEO": microseconds(socket.SO_SNDTIMEO),
}
OF_IP = {
    **OF_ALL,
    "SO_REUSEADDR": switch(SOL, socket.SO_REUSEADDR), "SO_REUSEPORT": switch(SOL, socket.SO_REUSEPORT),
    "SO_MARK": number(SOL, SO_MARK), "SO_PRIORITY": number(SOL, SO_PRIORITY),
    "SO_BUSY_POLL": number(SOL, SO_BUSY_POLL),
}
OF_TCP = {
    **OF_IP,
    "SO_KEEPALIVE": switch(SOL, socket.SO_KEEPALIVE), "SO_LINGER": linger,
    "TCP_NODELAY": switch(TCP, socket.TCP_NODELAY), "TCP_KEEPIDLE": number(TCP, socket.TCP_KEEPIDLE),
    "TCP_KEEPINTVL": number(TCP, socket.TCP_KEEPINTVL), "TCP_KEEPCNT": number(TCP, socket.TCP_KEEPCNT),
    "TCP_USER_TIMEOUT": number(TCP, socket.TCP_USER_TIMEOUT),
    "TCP_DEFER_ACCEPT": number(TCP, socket.TCP_DEFER_ACCEPT),
    "TCP_FASTOPEN": number(TCP, socket.TCP_FASTOPEN),
    "TCP_NOTSENT_LOWAT": number(TCP, socket.TCP_NOTSENT_LOWAT),
    "TCP_MAXSEG": number(TCP, socket.TCP_MAXSEG), "TCP_QUICKACK": switch(TCP, socket.TCP_QUICKACK),
    "TCP_CONGESTION": congestion,
}
OPTIONS = {"tcp": OF_TCP, "udp": OF_IP, "unix": OF_ALL}


class Grower:
    """One process of the farm."""

    def __init__(self, seed, rounds):
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="fettle-farm-")
        self.kept = []
        for turn in range(rounds):
            for grow in (self.tcp4, self.tcp6, self.mapped, self.udp, self.unix):
                grow(turn)

    def keep(self, name, kind, state, s):
        self.dress(kind, state, s)
        self.kept.append((name, kind, state, s))
        return s

    def maybe(self, s, level, name, values, packed=None):
        if self.random.random() < 0.5:
            value = self.random.choice(values)
            s.setsockopt(level, name, packed(value) if packed else value)

    def dress(self, kind, state, s):
        """Options that go with the kind, some set and some left as they were."""
        time = lambda us: struct.pack("ll", us // 1000000, us % 1000000)
        self.maybe(s, SOL, socket.SO_RCVBUF, (4096, 65536, 131072))
        self.maybe(s, SOL, socket.SO_SNDBUF, (8192, 65536, 131072))
        self.maybe(s, SOL, socket.SO_RCVTIMEO, (4000, 1500000, 3600000000), time)
        self.maybe(s, SOL, socket.SO_SNDTIMEO, (8000, 30000000), time)
        if kind == "unix":
            return
        self.maybe(s, SOL, SO_PRIORITY, (1, 3, 6))
        self.maybe(s, SOL, SO_BUSY_POLL, (50, 200))
        if os.geteuid() == 0:
            self.maybe(s, SOL, SO_MARK, (1, 0x7fffffff, -0x7fffffff))
            self.maybe(s, SOL, SO_PRIORITY, (7, -0x7ffeffff))
        self.maybe(s, SOL, socket.SO_REUSEADDR, (0, 1))
        if kind == "tcp":
            self.dress_tcp(state, s)

    def dress_tcp(self, state, s):
        self.maybe(s, SOL, socket.SO_KEEPALIVE, (0, 1))
        self.maybe(s, SOL, socket.SO_LINGER, ((1, 0), (1, 7), (0, 9)), lambda v: struct.pack("ii", *v))
        self.maybe(s, TCP, socket.TCP_NODELAY, (0, 1))
        # long enough that no probe is sent while the lists are compared
        self.maybe(s, TCP, socket.TCP_KEEPIDLE, (60, 75, 7200, 32767))
        self.maybe(s, TCP, socket.TCP_KEEPINTVL, (1, 20, 75))
        self.maybe(s, TCP, socket.TCP_KEEPCNT, (1, 5, 127))
        self.maybe(s, TCP, socket.TCP_USER_TIMEOUT, (1, 30000, 86400000))
        self.maybe(s, TCP, socket.TCP_NOTSENT_LOWAT, (1, 16384, 131072, -1))
        self.maybe(s, TCP, socket.TCP_CONGESTION, (b"reno", b"cubic"))
        self.maybe(s, TCP, socket.TCP_DEFER_ACCEPT, (1, 3, 10, 100))
        if state == "listen":
            self.maybe(s, TCP, socket.TCP_FASTOPEN, (5, 1000))
        else:
            self.maybe(s, TCP, socket.TCP_QUICKACK, (0, 1))

    def listener(self, family, address, before=None):
        s = socket.socket(family, socket.SOCK_STREAM)
        if before:
            before(s)
        self.maybe(s, SOL, socket.SO_REUSEPORT, (1,))
        self.maybe(s, TCP, socket.TCP_MAXSEG, (536, 1200))
        s.bind(address)
        s.listen(self.random.choice((1, 7, 128)))
        return s

    def connect(self, family, server, name, address=None):
        """The listener is dressed last: a time-out or TCP_DEFER_ACCEPT of its would stop accept()."""
        client = socket.socket(family, socket.SOCK_STREAM)
        self.maybe(client, SOL, socket.SO_RCVBUF, (4096, 1 << 17))
        self.maybe(client, TCP, socket.TCP_MAXSEG, (600, 1400))
        client.connect(address or server.getsockname())
        self.keep(name + " client", "tcp", "established", client)
        self.keep(name + " server", "tcp", "established", server.accept()[0])
        self.keep(name + " listener", "tcp", "listen", server)

    def tcp4(self, turn):
        server = self.listener(socket.AF_INET, ("127.0.0.1", 0))
        self.connect(socket.AF_INET, server, f"tcp4 {turn}")

    def tcp6(self, turn):
        server = self.listener(socket.AF_INET6, ("::1", 0))
        self.connect(socket.AF_INET6, server, f"tcp6 {turn}")

    def mapped(self, turn):
        both = lambda s: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server = self.listener(socket.AF_INET6, ("::", 0), both)
        self.connect(socket.AF_INET, server, f"mapped {turn}", ("127.0.0.1", server.getsockname()[1]))

    def udp(self, turn):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            alone = socket.socket(family, socket.SOCK_DGRAM)
            alone.bind((host, 0))
            self.keep(f"udp {host} {turn}", "udp", "close", alone)
            tied = socket.socket(family, socket.SOCK_DGRAM)
            tied.connect(alone.getsockname())
            self.keep(f"udp connected {host} {turn}", "udp", "established", tied)

    def unix(self, turn):
        for kind, word in ((socket.SOCK_STREAM, "stream"), (socket.SOCK_SEQPACKET, "seqpacket")):
            name = f"\0farm-{os.getpid()}-{word}-{turn}" if turn % 2 else f"{self.folder}/{word}-{turn}"
            server = socket.socket(socket.AF_UNIX, kind)
            server.bind(name)
            server.listen(3)
            client = socket.socket(socket.AF_UNIX, kind)
            client.connect(name)
            self.keep(f"unix {word} client {turn}", "unix", "established", client)
            self.keep(f"unix {word} server {turn}", "unix", "established", server.accept()[0])
            self.keep(f"unix {word} listener {turn}", "unix", "listen", server)
        for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
            self.keep(f"unix dgram {turn}", "unix", "established", end)

    def truth(self):
        netns = os.stat("/proc/self/ns/net").st_ino
        return [{"name": name, "kind": kind, "state": state, "pid": os.getpid(), "fd": s.fileno(),
                 "inode": os.fstat(s.fileno()).st_ino, "netns": netns,
                 "options": {option: read(s) for option, read in OPTIONS[kind].items()}}
                for name, kind, state, s in self.kept]


class Farm:
    """Processes of this program, one in each of some new namespaces (0: one, in this one)."""

    def __init__(self, seed, namespaces=0, rounds=2):
        self.processes = []
        for i in range(max(namespaces, 1)):
            self.processes.append(subprocess.Popen(
                [sys.executable, os.path.abspath(__file__), str(seed + i), str(rounds)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                preexec_fn=new_netns if namespaces else None))
        for process in self.processes:
            if process.stdout.readline() != "grown\n":
                raise RuntimeError("a process of the farm did not start")

    def sockets(self):
        """What every socket has now, by its owner's word."""
        found = []
        for process in self.processes:
            process.stdin.write("truth\n")
            process.stdin.flush()
            found += json.loads(process.stdout.readline())
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.stdin.close()
            process.wait()
            process.stdout.close()


def new_netns():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")


def main():
    if "UP" not in subprocess.run(["ip", "link", "show", "lo"], check=True, capture_output=True,
                                  text=True).stdout.split(">")[0]:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    grower = Grower(int(sys.argv[1]), int(sys.argv[2]))
    print("grown", flush=True)
    for _ in sys.stdin:
        print(json.dumps(grower.truth()), flush=True)


if __name__ == "__main__":
    main()
