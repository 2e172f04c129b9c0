#!/usr/bin/env python3
"""Connections open, echo, linger and close by the thousand while their sockets are being read."""
import itertools
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time

from common import Failure, expect, expect_true, run
from sockets_common import FETTLE, enter_namespaces, sockets

CONNECTIONS, WALKS = 4000, 4
# what is run in turn: the list, and what is judged by it
LIST, FINDINGS = (), ("--findings", "--sample", "100ms")
# far above what a busy machine takes to wake a process, far below any retransmission's back-off
LATE_S = 5
LATER_S = 1  # than when nobody looks


class Echo:
    """A server that sends back what it gets and closes when the other end has."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.pid = os.fork()
        if not self.pid:
            self.serve()
        self.address = self.listener.getsockname()
        self.listener.close()

    def serve(self):
        selector = selectors.DefaultSelector()
        self.listener.setblocking(False)
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.listener:
                    selector.register(self.listener.accept()[0], selectors.EVENT_READ)
                    continue
                data = key.fileobj.recv(4096)
                if data:
                    key.fileobj.sendall(data)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()

    def end(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def one_connection(address, turn):
    """Opens, echoes and half-closes; returns how long the end of file took to come back."""
    with socket.create_connection(address, timeout=30) as s:
        if turn % 3 == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3))
        message = b"%d" % turn * 50
        s.sendall(message)
        got = b""
        while len(got) < len(message):
            piece = s.recv(4096)
            if not piece:
                raise Failure("closed in the middle of an echo")
            got += piece
        expect(got, message, "what came back")
        s.shutdown(socket.SHUT_WR)
        began = time.monotonic()
        expect(s.recv(1), b"", "the end")
        return time.monotonic() - began


def traffic(address, waits, errors, walks):
    """Until there were all connections, and walks beside them."""
    for turn in itertools.count():
        if turn >= CONNECTIONS // 2 and (len(walks) >= WALKS or errors):
            break
        try:
            waits.append(one_connection(address, turn))
        except (OSError, Failure) as error:
            errors.append(repr(error))


def connections(look, walks):
    """Traffic by two threads while look() goes round; the worst wait for an end of file."""
    echo, waits, errors = Echo(), [], []
    threads = [threading.Thread(target=traffic, args=(echo.address, waits, errors, walks))
               for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            look()
    except Failure as failure:
        errors.append(failure)  # which ends the traffic
        raise
    finally:
        for thread in threads:
            thread.join()
        echo.end()
    waits.sort()
    print(f"     {len(waits)} connections, {len(walks)} walks, end of file after "
          f"{waits[len(waits) // 2] * 1e6:.0f} us (median), {waits[-1] * 1e6:.0f} us (worst)")
    expect(errors, [], "errors")
    expect_true(len(waits) >= CONNECTIONS, "connections")
    return waits[-1]


def walk(source, what, *words):
    """Looks once; for how many seconds it says that it held a socket, None when it says nothing."""
    done = subprocess.run([FETTLE, "sockets", "--format", "json", "--options", source, *words, *what],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    expect_true(done.returncode in ((0, 1, 2) if what else (0, 2)), f"exit {done.returncode}: {done.stderr}")
    expect(re.findall(r'"options[_-](?:source|from)": ?"(\w+)"', done.stdout), [source], "where options are from")
    said = re.findall(r"held open by one more process .* the longest for ([0-9]+) us", done.stdout)
    return int(said[0]) / 1e6 if said else None


def looked_at(source, *words):
    """How much later than when nobody looks an end of file came at worst; what each walk said."""
    undisturbed, walks = connections(lambda: time.sleep(0.1), [None] * WALKS), []
    worst = connections(lambda: walks.append(walk(source, (LIST, FINDINGS)[len(walks) % 2], *words)), walks)
    expect_true(worst < LATE_S, f"an end of file took {worst:.1f} s")
    expect_true(len(walks) >= WALKS, f"only {len(walks)} walks")
    return worst - undisturbed, walks


def nothing_notices_bpf():
    later, walks = looked_at("bpf")
    expect(set(walks), {None}, "disturbances that are stated")
    expect_true(later < LATER_S, f"an end of file came {later:.1f} s later")


def duplicates_are_short():
    """Each walk says how long it held a socket; no end of file is later than that allows."""
    later, walks = looked_at("pidfd", "--most", "500")
    expect_true(None not in walks and min(walks) > 0, f"disturbances that are stated: {walks}")
    expect_true(max(walks) < LATE_S, f"a socket was held for {max(walks):.1f} s")
    expect_true(later < max(walks) + LATER_S, f"an end of file came {later:.1f} s later")


def what_lingers_is_read():
    """A peer that does not read, and the owner keeps the socket: no wait is ours. That the owner closes
    while a duplicate is held is in tests/unit/sock/test_duplicate.c."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 2))
    server = listener.accept()[0]
    client.setblocking(False)
    try:
        while True:
            client.send(b"x" * 65536)
    except BlockingIOError:
        pass
    found, coverage = sockets("--options", "pidfd", "--process", str(os.getpid()))
    expect({s["options"].get("SO_LINGER") for s in found if s["state"] == "established"}, {2, False},
           "linger of the two ends")
    expect(coverage["options_source"], "pidfd", "the source")
    client.close()
    server.close()
    listener.close()


if __name__ == "__main__":
    enter_namespaces()
    sys.stdout.reconfigure(line_buffering=True)
    run((nothing_notices_bpf, duplicates_are_short, what_lingers_is_read))
