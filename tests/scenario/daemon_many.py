#!/usr/bin/env python3
"""A thousand clients at once, and more than there may be."""
import itertools
import resource
import selectors
import time

from common import NOBODY, SANITIZED, expect, expect_true, need_root, run, skip, wait_until
from daemon_harness import Client, Daemon, as_uid

CALL = b'{"method":"org.fettle.GetStatus"}\0'
MANY = 1000


def answers_of(sockets):
    """What each said until its first NUL or its end."""
    selector = selectors.DefaultSelector()
    said = {s: b"" for s in sockets}
    for s in sockets:
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ)
    end = time.monotonic() + (120 if SANITIZED else 30)
    while selector.get_map() and time.monotonic() < end:
        for key, _ in selector.select(1):
            try:
                data = key.fileobj.recv(65536)
            except ConnectionResetError:
                data = b""
            said[key.fileobj] += data
            if not data or b"\0" in data:
                selector.unregister(key.fileobj)
    expect(len(selector.get_map() or {}), 0, "clients left hanging")
    return list(said.values())


def a_thousand_at_once():
    with Daemon() as daemon:
        daemon.call("org.fettle.Audit")
        fds, memory = daemon.fds_at_rest(), daemon.memory_kb()
        for _ in range(3):
            sockets = [Client(daemon.socket).socket for _ in range(MANY)]
            began = time.monotonic()
            for s in sockets:
                s.sendall(CALL)
            said = answers_of(sockets)
            took = time.monotonic() - began
            expect([s for s in said if not s.startswith(b'{"parameters":{"version"')], [], "refused")
            expect_true(b'"connections":1000,' in said[-1], "all are connected at once")
            if not SANITIZED:
                expect_true(daemon.memory_kb() < 6 * 1024, f"{daemon.memory_kb()} kB with {MANY} clients")
            for s in sockets:
                s.close()
        print(f"     {MANY} answers in {took * 1000:.0f} ms")
        daemon.settle(fds)
        grown = daemon.memory_kb() - memory
        expect_true(SANITIZED or grown < 1024, f"grew by {grown} kB")


def a_thousand_want_the_same_audit():
    with Daemon() as daemon:
        call = b'{"method":"org.fettle.Audit","parameters":{"profile":"server"}}\0'
        sockets = [Client(daemon.socket).socket for _ in range(MANY)]
        for s in sockets:
            s.sendall(call)
        expect_true("parameters" in daemon.call("org.fettle.GetStatus"), "status while they wait")
        # a report is larger than one read: take all of each
        for s in sockets:
            held = b""
            while not held.endswith(b"\0"):
                data = s.recv(1 << 16)
                expect_true(data, "a whole report")
                held += data
            expect_true(held.startswith(b'{"parameters":{"report":'), held[:100])
            s.close()


def over_the_limit_is_turned_away():
    with Daemon("profile: tiny\nmax-connections: 20\n") as daemon:
        fds = daemon.fds_at_rest()
        sockets = [Client(daemon.socket).socket for _ in range(20)]
        for s in sockets:
            s.sendall(CALL)
        answers_of(sockets)
        late = [Client(daemon.socket).socket for _ in range(500)]
        said = answers_of(late)
        expect(set(said), {b'{"error":"org.fettle.Busy","parameters":{"reason":'
                           b'"the daemon has as many connections as it may have"}}\0'}, "the late ones")
        sockets[0].sendall(CALL)
        sockets[0].setblocking(True)
        expect_true(b'"connections":20,' in sockets[0].recv(4096), "those that are in are served")
        for s in sockets + late:
            s.close()
        wait_until(lambda: "parameters" in daemon.call("org.fettle.GetStatus"), "room again")
        daemon.settle(fds)
        lines = daemon.log().count("turned away")
        expect_true(1 <= lines <= 40, f"{lines} lines about it in the log")


def each_user_has_a_limit():
    def connect_ten():
        sockets = [Client(path).socket for _ in range(10)]
        for s in sockets:
            try:
                s.sendall(CALL)
            except BrokenPipeError:
                pass
        return [s.decode()[:24] for s in answers_of(sockets)]

    with Daemon("profile: tiny\nmax-connections-per-user: 4\n") as daemon:
        path = daemon.socket
        said = as_uid(NOBODY, [], connect_ten)
        expect(sorted(said), ['{"error":"org.fettle.Bus'] * 6 + ['{"parameters":{"version"'] * 4,
               "ten of a user who may have four")
        sockets = [Client(path).socket for _ in range(10)]
        for s in sockets:
            s.sendall(CALL)
        expect([s for s in answers_of(sockets) if b'"error"' in s], [], "root's ten")
        for s in sockets:
            s.close()


def the_limit_fits_what_may_be_open():
    with Daemon("profile: tiny\nmax-connections: 60000\n") as daemon:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard > 60032:
            return
        expect_true(f"at most {hard - 32} connections instead of 60000" in daemon.log(), "it says so")


def a_change_does_not_wait_for_samples():
    """Of one user one audit that takes time runs and one waits; a change goes before that."""
    with Daemon() as daemon, daemon.client() as first, daemon.client() as second:
        first.send_call("org.fettle.Audit", {"profile": "tiny", "sample_ms": 1500})
        wait_until(lambda: any(pid != daemon.front() for pid in daemon.children()), "the first to run")
        asked = itertools.count(daemon.status()["requests"] + 1)  # each time by one more
        second.send_call("org.fettle.Audit", {"profile": "many", "sample_ms": 1500})
        wait_until(lambda: daemon.status()["requests"] > next(asked), "the second to be there")
        third = daemon.call("org.fettle.Audit", {"profile": "tiny", "sample_ms": 1})
        expect(third, {"error": "org.fettle.Busy", "parameters": {
            "reason": "another measurement, or audit with a sample, of this user is waiting already"}}, "a third")
        confirmed = daemon.call("org.fettle.Confirm")
        expect_true("error" in confirmed, "there is nothing to confirm")
        expect_true("report" in first.receive()["parameters"], "the first was before it")
        second.socket.setblocking(False)
        try:
            expect(second.socket.recv(1), b"nothing yet", "the second is after it")
        except BlockingIOError:
            pass
        second.socket.setblocking(True)
        expect_true("report" in second.receive()["parameters"], "and is answered")


need_root()
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard < MANY + 100:
    skip(f"RLIMIT_NOFILE allows {hard} files, {MANY} clients need more")
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
run([a_thousand_at_once, a_thousand_want_the_same_audit, over_the_limit_is_turned_away,
     each_user_has_a_limit, a_change_does_not_wait_for_samples,
     the_limit_fits_what_may_be_open])
