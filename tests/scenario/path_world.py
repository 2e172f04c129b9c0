#!/usr/bin/env python3
"""A whole path behind a TUN device, with routers that misbehave as asked: path_world.py JSON.

Run in a network namespace. Makes the device, says "ready", and answers for the routers 10.72.1.N and
fd72:1::N and the hosts 10.72.9.9 and fd72:9::9 behind them. Routers quote no more of an IPv4 packet
than RFC 792 asks for: its header and eight bytes.
"""
import fcntl
import ipaddress
import json
import os
import struct
import subprocess
import sys

DEVICE = "world"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
HOST = {4: "10.72.9.9", 6: "fd72:9::9"}
ROUTER = {4: "10.72.1.{}", 6: "fd72:1::{}"}
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
RST_ACK = 0x14
EXPIRED, NO_PORT, PROHIBITED, TOO_BIG = range(4)
TYPES = {4: {EXPIRED: (11, 0), NO_PORT: (3, 3), PROHIBITED: (3, 13), TOO_BIG: (3, 4)},
         6: {EXPIRED: (3, 0), NO_PORT: (1, 4), PROHIBITED: (1, 1), TOO_BIG: (2, 0)}}

DEFAULTS = {
    "routers": 3,
    "links": {},         # MTU of the link behind router N; "0": the client's own
    "silent": [],        # routers that say nothing at all
    "quiet": False,      # no router says that a packet is too big
    "says": None,        # the MTU that routers tell instead of the truth
    "prohibits": 0,      # the router that lets nothing pass, and says so
    "back": 0,           # routers on the way back beside those on the way there
    "drop_every": 0,     # the host loses each N-th datagram
    "answers": None,     # how many datagrams the host answers at all
    "tcp": True,         # the host refuses connections; else it does not answer them
    "twins": 0,          # the router that answers with another address every other time
}


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    def __init__(self, data):
        self.data, self.version, self.size = data, data[0] >> 4, len(data)
        if self.version == 4:
            self.head, self.ttl, self.protocol = (data[0] & 15) * 4, data[8], data[9]
            self.source, self.target = data[12:16], data[16:20]
        else:
            self.head, self.ttl, self.protocol = 40, data[7], data[6]
            self.source, self.target = data[8:24], data[24:40]
        self.body = data[self.head:]

    def answer(self, source, ttl, protocol, body):
        """`body` has a checksum of 0, which goes where the protocol has it."""
        source = ipaddress.ip_address(source).packed
        if protocol != ICMP:
            pseudo = source + self.source + (
                struct.pack("!BBH", 0, protocol, len(body)) if self.version == 4 else
                struct.pack("!II", len(body), protocol))
        else:
            pseudo = b""
        at = 16 if protocol == TCP else 2
        body = body[:at] + struct.pack("!H", checksum(pseudo + body)) + body[at + 2:]
        if self.version == 6:
            return struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl) + source + self.source + body
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, ttl, protocol,
                             0) + source + self.source
        return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body

    def error(self, source, ttl, kind, mtu=0):
        quote = self.data[:self.head + 8] if self.version == 4 else self.data[:1232]
        icmp = struct.pack("!BBHI", *TYPES[self.version][kind], 0, mtu) + quote
        return self.answer(source, ttl, ICMP if self.version == 4 else ICMP6, icmp)

    def reset(self):
        near, far, sequence = struct.unpack("!HHI", self.body[:8])
        tcp = struct.pack("!HHIIBBHHH", far, near, 0, sequence + 1 & 0xFFFFFFFF, 5 << 4, RST_ACK, 0, 0,
                          0)
        return self.answer(HOST[self.version], 64, TCP, tcp)


class World:
    def __init__(self, given):
        self.__dict__.update(DEFAULTS, **given)
        self.heard, self.answered, self.twin = ({4: 0, 6: 0} for _ in range(3))

    def link(self, number):
        return self.links.get(str(number), 1 << 16)

    def at_host(self, packet):
        if packet.protocol == TCP:
            return packet.reset() if self.tcp else None
        self.heard[packet.version] += 1
        if self.drop_every and self.heard[packet.version] % self.drop_every == 0:
            return None
        if self.answers is not None and self.answered[packet.version] == self.answers:
            return None
        self.answered[packet.version] += 1
        return packet.error(HOST[packet.version], 64 - self.routers - self.back, NO_PORT)

    def at_router(self, packet, number, left):
        """What it sends back; False: it passes the packet on."""
        kind = (EXPIRED if left == 0 else PROHIBITED if number == self.prohibits else
                TOO_BIG if packet.size > self.link(number) else None)
        if kind is None:
            return False
        if number in self.silent or (kind == TOO_BIG and self.quiet):
            return None
        self.twin[packet.version] += number == self.twins
        odd = number == self.twins and self.twin[packet.version] % 2
        name = number + 100 if odd else number
        mtu = 0 if kind != TOO_BIG else self.link(number) if self.says is None else self.says
        return packet.error(ROUTER[packet.version].format(name), 65 - number, kind, mtu)

    def answer(self, packet):
        if packet.target != ipaddress.ip_address(HOST[packet.version]).packed:
            return None
        if packet.size > self.link(0):
            return None
        for number in range(1, self.routers + 1):
            answer = self.at_router(packet, number, packet.ttl - number)
            if answer is not False:
                return answer
        return self.at_host(packet)


def main():
    world = World(json.loads(sys.argv[1]))
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    for words in ("link set lo up", f"addr add 10.72.0.1/24 dev {DEVICE}",
                  f"addr add fd72::1/64 dev {DEVICE} nodad", f"link set {DEVICE} up",
                  f"route add 10.72.0.0/16 dev {DEVICE}", f"-6 route add fd72::/16 dev {DEVICE}"):
        subprocess.run(["ip", *words.split()], check=True)
    print("ready", flush=True)
    while True:
        answer = world.answer(Packet(os.read(device, 1 << 17)))
        if answer:
            os.write(device, answer)


if __name__ == "__main__":
    main()
