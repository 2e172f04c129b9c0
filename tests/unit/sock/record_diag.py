#!/usr/bin/env python3
"""Records what this kernel's sock_diag says of a few known sockets, for test_recorded.c.

record_diag.py FILE, as root: in a network namespace of its own, all five lists as fettle asks for them;
each datagram behind its length, 4 bytes in this host's order.
"""
import os
import socket
import struct
import subprocess
import sys
import time

TCP, SOL = socket.IPPROTO_TCP, socket.SOL_SOCKET
INFO, CONG, SKMEMINFO = 1 << 1, 1 << 3, 1 << 6
SHOWN = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6  # name, peer, queues, memory, uid
STATES = (1 << 13) - 2


def listener(family, address, backlog):
    s = socket.socket(family)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(address)
    s.listen(backlog)
    return s


def connection(server, port):
    client = socket.socket()
    client.setsockopt(TCP, socket.TCP_CONGESTION, b"cubic")
    client.bind(("127.0.0.1", port))
    client.connect(server.getsockname())
    return client, server.accept()[0]


def known_sockets():
    server = listener(socket.AF_INET, ("127.0.0.1", 8080), 7)
    yield server
    client, accepted = connection(server, 40001)  # 1000 bytes are not read
    client.setsockopt(SOL, socket.SO_MARK, 42)
    client.sendall(b"x" * 1000)
    yield client, accepted
    client, accepted = connection(server, 40002)  # one end is closed
    client.shutdown(socket.SHUT_WR)
    yield client, accepted
    client, accepted = connection(server, 40003)  # both are
    client.close()
    accepted.recv(1)
    accepted.close()
    yield listener(socket.AF_INET6, ("::1", 8081), 9)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(SOL, socket.SO_RCVBUF, 8192)
    udp.bind(("127.0.0.1", 5353))
    yield udp
    yield listener(socket.AF_UNIX, "\0example", 5)


def dump(sequence, request):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
    s.send(struct.pack("IHHII", 16 + len(request), 20, 0x301, sequence, 0) + request)
    while True:
        datagram = s.recv(1 << 20)
        yield datagram
        at = 0
        while at < len(datagram):
            length, kind = struct.unpack_from("IH", datagram, at)
            if kind == 3:
                return
            at += (length + 3) & ~3


def inet(family, protocol, extensions):
    return struct.pack("BBBBI48x", family, protocol, extensions, 0, STATES)


def main(path):
    if os.environ.get("RECORDING") != "1":
        sys.exit(subprocess.run(["unshare", "--net", sys.executable, *sys.argv], check=False,
                                env=dict(os.environ, RECORDING="1")).returncode)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    kept = list(known_sockets())
    time.sleep(0.5)  # for what is acknowledged late
    extensions, udp = INFO | CONG | SKMEMINFO, socket.IPPROTO_UDP
    with open(path, "wb") as out:
        for sequence, request in enumerate((
                inet(socket.AF_INET, TCP, extensions), inet(socket.AF_INET6, TCP, extensions),
                inet(socket.AF_INET, udp, SKMEMINFO), inet(socket.AF_INET6, udp, SKMEMINFO),
                struct.pack("BBHIIIII", socket.AF_UNIX, 0, 0, STATES, 0, SHOWN, 0, 0)), 1):
            for datagram in dump(sequence, request):
                out.write(struct.pack("I", len(datagram)) + datagram)
    del kept


if __name__ == "__main__":
    main(sys.argv[1])
