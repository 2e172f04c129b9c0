#!/usr/bin/env python3
"""`fettle probe survey`: live connections, and those that close while it listens, between two network
namespaces; as root and as nobody, for programs and for terminals."""
import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

from common import BUILDDIR, PATIENCE_S, Failure, expect, expect_in, expect_true, run
from sockets_common import enter_namespaces

FETTLE = BUILDDIR / "fettle"
NEAR, FAR = "fettle-survey-near", "fettle-survey-far"
FAR_ADDRESS, FAR_ADDRESS6, NEAR_ADDRESS = "10.76.1.2", "fd76:1:2::2", "10.76.1.1"
FAR_PREFIX, FAR_PREFIX6 = "10.76.1.0/24", "fd76:1:2::/48"
BURST = 60
PIDFD_GETFD = 438
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs",
          "--"]

# Serves every port it is given: answers as many bytes as it got when the client is done, and closes.
SERVER = r"""
import contextlib, socket, sys, threading
def serve(one):
    got = 0
    while True:
        piece = one.recv(1 << 16)
        if not piece:
            break
        got += len(piece)
    with contextlib.suppress(OSError):
        one.sendall(b"a" * got)
    one.close()
def accept(listener):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
for port in sys.argv[1:]:
    listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True,
                                    backlog=256)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""

# COUNT connections to ADDRESS PORT that carry SIZE bytes each way: kept until the input ends, or
# closed one after the other.
CLIENT = r"""
import socket, sys
address, port, count, size, keep = sys.argv[1], *map(int, sys.argv[2:6])
kept = []
for _ in range(count):
    one = socket.create_connection((address, port))
    one.sendall(b"q" * size)
    if keep:
        kept.append(one)
        continue
    one.shutdown(socket.SHUT_WR)
    while one.recv(1 << 16):
        pass
    one.close()
print("ready", flush=True)
sys.stdin.read()
"""


def inside(netns, *command):
    return ["ip", "netns", "exec", netns, *map(str, command)]


@contextlib.contextmanager
def playing(netns, program, *words):
    process = subprocess.Popen(inside(netns, sys.executable, "-c", program, *words),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise Failure("the other end did not start")
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(PATIENCE_S)


def survey(*words, netns=NEAR, code=0):
    ran = subprocess.run(inside(netns, FETTLE, "probe", "survey", "--format", "json", *words),
                         capture_output=True, text=True, timeout=3 * PATIENCE_S, check=False)
    expect(ran.returncode, code, f"exit of {words}: {ran.stdout[:2000]}{ran.stderr}")
    expect(ran.stderr, "", "standard error, which is no terminal")
    return json.loads(ran.stdout)


def listening(action, program=(FETTLE,), seconds=2):
    """What a survey tells, and its exit code, when `action` is done with its process beside it."""
    command = inside(NEAR, *program, "probe", "survey", "--format", "json", "--for", f"{seconds}s")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(0.7)
    action(process)
    out, _ = process.communicate(timeout=3 * PATIENCE_S)
    return json.loads(out), process.returncode


def one(found, destination, port, listens):
    matching = [d for d in found["destinations"]
                if (d["destination"], d["port"], d["listens"]) == (destination, port, listens)]
    expect(len(matching), 1, f"{destination} {port}, listening {listens}: {found['destinations']}")
    return matching[0]


def burst(netns, address, port, count=BURST, size=20000):
    with playing(netns, CLIENT, address, port, count, size, 0):
        pass


def live_connections():
    """By prefix and port, outgoing and served, with what each end knows."""
    with playing(FAR, SERVER, 8080), playing(NEAR, SERVER, 9090), \
            playing(NEAR, CLIENT, FAR_ADDRESS, 8080, 5, 300000, 1), \
            playing(NEAR, CLIENT, FAR_ADDRESS6, 8080, 3, 1000, 1), \
            playing(FAR, CLIENT, NEAR_ADDRESS, 9090, 2, 1000, 1), \
            playing(NEAR, CLIENT, "127.0.0.1", 9090, 1, 1000, 1):
        found = survey()
        out = one(found, FAR_PREFIX, 8080, "there")
        expect(out["connections"], 5, "connections")
        expect(out["closed"], 0, "closed")
        expect_true(0 < out["min_rtt_us"]["least"] <= out["min_rtt_us"]["median"] < 1000000, out)
        rates = [out["delivery_rate_Bps"], out["app_limited_delivery_rate_Bps"]]
        best = max(rate or 0 for rate in rates)
        expect_true(best > 0, f"rates: {out}")
        expect_true(abs(out["bdp_bytes"] - best * out["min_rtt_us"]["least"] / 1e6) <= 1, f"BDP: {out}")
        expect_true(out["best"]["sndbuf_bytes"] > 0 and out["best"]["rcvbuf_bytes"] > 0, f"buffers: {out}")
        expect_true(out["best"]["congestion"], f"congestion control: {out}")
        expect(one(found, FAR_PREFIX6, 8080, "there")["connections"], 3, "IPv6 connections")
        expect(one(found, FAR_PREFIX, 9090, "here")["connections"], 2, "served connections")
        for listens in "here", "there":
            expect(one(found, "loopback", 9090, listens)["connections"], 1, f"loopback, {listens}")
        expect(found["coverage"]["connections"], 12, "all of them")
        expect(found["coverage"]["shortfalls"], [], "shortfalls")
        counted = sum(b["connections"] for b in found["histograms"]["min_rtt_us"])
        expect(counted, 12, "connections in the histogram of round trips")
        counted = sum(b["destinations"] for b in found["histograms"]["bdp_bytes"])
        expect(counted, sum(d["bdp_bytes"] is not None for d in found["destinations"]), "destinations")


def closing_connections_are_in_the_list():
    """A burst each way while it listens, and connections that stay open count once."""
    with playing(FAR, SERVER, 8080), playing(NEAR, SERVER, 9090), \
            playing(NEAR, CLIENT, FAR_ADDRESS, 8080, 4, 1000, 1):
        found, code = listening(
            lambda _: (burst(NEAR, FAR_ADDRESS, 8080), burst(FAR, NEAR_ADDRESS, 9090)))
        expect(code, 0, f"exit: {found['coverage']}")
        out, served = one(found, FAR_PREFIX, 8080, "there"), one(found, FAR_PREFIX, 9090, "here")
        expect((out["connections"], out["closed"]), (BURST + 4, BURST), f"outgoing: {out}")
        expect((served["connections"], served["closed"]), (BURST, BURST), f"served: {served}")
        expect(found["coverage"]["closed"], 2 * BURST, "closed")
        expect(found["coverage"]["listened_ms"], 2000, "how long")
        expect(served["best"]["congestion"], None, "what a closing connection does not tell")
        expect(served["best"]["sndbuf_bytes"], None, "what a closing connection does not tell")
        expect_true(served["min_rtt_us"]["least"] > 0, f"but its round trip: {served}")


def a_service_that_starts_meanwhile():
    """Its clients' ports are not taken for services."""
    def act(_):
        with playing(NEAR, SERVER, 9191):
            time.sleep(1.3)
            burst(FAR, NEAR_ADDRESS, 9191, 20)
    found, code = listening(act, seconds=4)
    expect(code, 0, "exit")
    expect(one(found, FAR_PREFIX, 9191, "here")["closed"], 20, "served by what came later")
    expect(len(found["destinations"]), 1, f"destinations: {found['destinations']}")


@contextlib.contextmanager
def by_nobody():
    """The command that runs a copy which nobody may execute."""
    with tempfile.TemporaryDirectory(prefix="fettle-survey-") as folder:
        os.chmod(folder, 0o755)
        yield [*NOBODY, shutil.copy(FETTLE, folder)]


def without_rights():
    """Nobody sees live connections; closing ones too, or it is said that they are not seen."""
    with by_nobody() as program, playing(FAR, SERVER, 8080), \
            playing(NEAR, CLIENT, FAR_ADDRESS, 8080, 2, 1000, 1):
        found, code = listening(lambda _: burst(NEAR, FAR_ADDRESS, 8080), program)
    out = one(found, FAR_PREFIX, 8080, "there")
    whys = [s["why"] for s in found["coverage"]["shortfalls"]]
    if code == 2:
        expect_in("CAP_NET_ADMIN", " ".join(whys), "why closing connections are not seen")
        expect((out["connections"], out["closed"]), (2, 0), "live ones alone")
    else:
        expect((code, whys), (0, []), "exit and shortfalls")
        expect((out["connections"], out["closed"]), (BURST + 2, BURST), "live and closed")


def namespaces_by_name():
    with playing(FAR, SERVER, 8080), playing(NEAR, CLIENT, FAR_ADDRESS, 8080, 2, 1000, 1):
        ran = subprocess.run([FETTLE, "probe", "survey", "--netns", NEAR, "--format", "json"],
                             capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        out = one(json.loads(ran.stdout), FAR_PREFIX, 8080, "there")
        expect((out["netns"], out["connections"]), (NEAR, 2), "of another namespace")
        ran = subprocess.run([FETTLE, "probe", "survey", "--netns", "all", "--format", "json"],
                             capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        expect_true(ran.returncode in (0, 2), f"exit {ran.returncode}: {ran.stderr}")
        found = json.loads(ran.stdout)
        expect({d["netns"] for d in found["destinations"] if d["port"] == 8080}, {NEAR, FAR}, "of all")
        expect(bool(found["coverage"]["shortfalls"]), ran.returncode == 2, "exit 2 has its reason")


def shrink_netlink_buffers(pid):
    """Makes the receive buffers of its netlink sockets as small as they can be."""
    libc, pidfd = ctypes.CDLL(None, use_errno=True), os.pidfd_open(pid)
    shrunk = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            continue
        copy = libc.syscall(PIDFD_GETFD, pidfd, int(fd), 0)
        if copy < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        with socket.socket(fileno=copy) as one_of_its:
            if one_of_its.family == socket.AF_NETLINK:
                one_of_its.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
                shrunk += 1
    os.close(pidfd)
    expect_true(shrunk, "it has a netlink socket")


def messages_that_are_lost():
    """A reader that is stopped, with a small buffer: the kernel drops what does not fit, and how many is
    said."""
    many = 300

    def act(process):
        shrink_netlink_buffers(process.pid)
        process.send_signal(signal.SIGSTOP)
        try:
            burst(NEAR, FAR_ADDRESS, 8080, many, 1)
        finally:
            process.send_signal(signal.SIGCONT)
    with playing(FAR, SERVER, 8080):
        found, code = listening(act)
    closed = found["coverage"]["closed"]
    lost = [s["count"] for s in found["coverage"]["shortfalls"] if "lost" in s["why"]]
    expect((code, len(lost)), (2, 1), f"exit and reasons: {closed} told, {found['coverage']}")
    expect_true(lost[0] > 0 and closed > 0, f"{closed} told, {lost} lost")
    expect(closed + lost[0], many, f"{closed} told, {lost} lost")


def on_a_terminal(locale, columns, *words):
    """What it writes to a terminal of so many columns, to its standard output and its error."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = dict(os.environ, LC_ALL=locale, TERM="xterm")
    environment.pop("COLUMNS", None)
    process = subprocess.Popen(inside(NEAR, FETTLE, "probe", "survey", *words), env=environment,
                               stdout=child, stderr=child)
    os.close(child)
    text = b""
    with contextlib.suppress(OSError):
        while piece := os.read(parent, 1 << 16):
            text += piece
    os.close(parent)
    expect(process.wait(PATIENCE_S), 0, text)
    return text.decode()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text).replace("\r\n", "\n")


def for_people():
    with playing(FAR, SERVER, 8080), playing(NEAR, CLIENT, FAR_ADDRESS, 8080, 7, 300000, 1), \
            playing(NEAR, CLIENT, FAR_ADDRESS6, 8080, 3, 1000, 1):
        for locale, bar in ("C.UTF-8", "\u2588"), ("C", "#"):
            for columns in 80, 40:
                text = plain(on_a_terminal(locale, columns))
                wide = [line for line in text.splitlines() if len(line) > columns]
                if columns == 80:
                    expect(wide, [], f"wider than 80 columns in {locale}")
                expect_in(bar, text, f"bars in {locale}")
                expect_in(f"to {FAR_PREFIX} ", text)
                expect_in("min RTT of connections", text)
                expect_in("BDP of destinations", text)
            if locale == "C":
                text.encode("ascii")
        text = on_a_terminal("C", 80, "--for", "900ms")
        expect_in("\rlistening for connections that close: 0 so far, 0 s of 0 s", text)
        expect_in("closed in 0.9 s", text)


def nothing_at_all():
    found = survey(netns=FAR)
    expect((found["destinations"], found["histograms"]), ([], {"min_rtt_us": [], "bdp_bytes": []}), "empty")
    ran = subprocess.run(inside(FAR, FETTLE, "probe", "survey"), capture_output=True, text=True, check=True)
    expect(ran.stdout.strip(), "0 connections, 0 destinations", "the table")


def words_that_make_no_sense():
    for words, code, said in ((["--for", "0s"], 64, "--for '0s': expected a time"),
                              (["--for", "soon"], 64, "soon"),
                              (["--netns", "nonesuch"], 65, "nonesuch"),
                              (["--format", "xml"], 64, "xml")):
        ran = subprocess.run([FETTLE, "probe", "survey", *words], capture_output=True, text=True, check=False)
        expect(ran.returncode, code, f"{words}: {ran.stderr}")
        expect_in(said, ran.stderr)


def main():
    enter_namespaces("--mount")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for name in NEAR, FAR:
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(inside(name, "ip", "link", "set", "lo", "up"), check=True)
    subprocess.run(["ip", "-n", NEAR, "link", "add", "near", "type", "veth", "peer", "name", "far",
                    "netns", FAR], check=True)
    for name, device, last in (NEAR, "near", 1), (FAR, "far", 2):
        subprocess.run(["ip", "-n", name, "address", "add", f"10.76.1.{last}/24", "dev", device], check=True)
        subprocess.run(["ip", "-n", name, "address", "add", f"fd76:1:2::{last}/64", "dev", device, "nodad"],
                       check=True)
        subprocess.run(["ip", "-n", name, "link", "set", device, "up"], check=True)
    run((nothing_at_all, live_connections, closing_connections_are_in_the_list,
         a_service_that_starts_meanwhile, without_rights, namespaces_by_name, messages_that_are_lost,
         for_people, words_that_make_no_sense))


if __name__ == "__main__":
    main()
