#!/usr/bin/env python3
"""What no client should send, and clients that do not behave: fettled says why, and serves on."""
import json
import socket
import time

from common import SANITIZED, expect, expect_true, need_root, run, wait_until
from daemon_harness import Daemon

SHORT = "profile: tiny\nidle-timeout: 1s\n"
CALL = b'{"method":"org.fettle.GetStatus"}'


def try_bytes(daemon, data):
    """Sends what may be refused half-way, and returns all that comes back."""
    with daemon.client() as client:
        try:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answers = []
        while True:
            answer = client.receive()
            if answer is None:
                return answers
            answers.append(answer)


def check_refused(daemon, data, reason):
    answers = try_bytes(daemon, data)
    expect(len(answers), 1, f"answers to {data[:40]!r}")
    expect(answers[0]["error"], "org.fettle.ProtocolError", f"the answer to {data[:40]!r}")
    actual = answers[0]["parameters"]["reason"]
    expect_true(reason in actual, f"the reason for {data[:40]!r}: {actual!r}, expected {reason!r}")


def hostile(config="profile: tiny\n"):
    """A test against one daemon, which must be there afterwards as it was before."""
    def wrap(test):
        def wrapped():
            with Daemon(config) as daemon:
                daemon.call("org.fettle.Audit")
                pids, fds, memory = daemon.children(), daemon.fds_at_rest(), daemon.memory_kb()
                test(daemon)
                daemon.settle(fds)
                expect(daemon.children(), pids, "the processes")
                grown = daemon.memory_kb() - memory
                # a sanitizer keeps what was freed for a while
                expect_true(SANITIZED or grown < 1024, f"grew by {grown} kB")
                expect(daemon.end(), 0, "exit code")
        wrapped.__name__ = test.__name__
        return wrapped
    return wrap


@hostile()
def garbage(daemon):
    check_refused(daemon, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\0", "not JSON")
    check_refused(daemon, b"\x7fELF\x02\x01\x01\0\0\0", "not JSON")
    check_refused(daemon, b"[1,2]\0", "not a JSON object")
    check_refused(daemon, b'"text"\0', "not JSON")
    check_refused(daemon, CALL + b"x\0", "not JSON")
    check_refused(daemon, b'{"method":"a.B","method":"a.C"}\0', "duplicate")
    check_refused(daemon, b'{"method":"a.B","parameters":{"n":1e999999}}\0', "not JSON")
    check_refused(daemon, b'{"method":"a\\u0000b"}\0', "not JSON")


@hostile()
def half_a_message_then_close(daemon):
    for cut in range(1, len(CALL) + 1):
        expect(try_bytes(daemon, CALL[:cut]), [], f"answers to the first {cut} bytes of a call")
    expect_true("hung up in mid-message" in daemon.log(), "it is logged")


@hostile()
def in_single_bytes(daemon):
    with daemon.client() as client:
        for byte in CALL + b"\0":
            client.send(bytes([byte]))
        expect_true("parameters" in client.receive(), "an answer")


@hostile()
def a_hundred_megabytes(daemon):
    check_refused(daemon, b'{"method":"' + b"x" * 100_000_000, "a message of more than 1048576 bytes")
    check_refused(daemon, b" " * 100_000_000, "a message of more than 1048576 bytes")


@hostile()
def one_megabyte_and_one_byte(daemon):
    frame = b'{"method":"org.fettle.GetStatus","x":"' + b"y" * (1048576 - 40) + b'"}'
    expect(len(frame), 1048576, "the length of the test's message")
    answers = try_bytes(daemon, frame + b"\0")
    expect(["parameters" in a for a in answers], [True], "as long as may be")
    check_refused(daemon, frame + b" \0", "a message of more than 1048576 bytes")


@hostile()
def a_flood_of_nuls(daemon):
    check_refused(daemon, b"\0", "not JSON")
    check_refused(daemon, b"\0" * 10_000_000, "not JSON")


@hostile()
def invalid_utf8(daemon):
    for bad in (b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
        check_refused(daemon, b'{"method":"' + bad + b'"}\0', "not JSON")
        check_refused(daemon, bad * 3 + b"\0", "not JSON")


@hostile()
def deep_json(daemon):
    deep = b'{"method":"org.fettle.GetStatus","x":' + b"[" * 31 + b"]" * 31 + b"}"
    expect(["parameters" in a for a in try_bytes(daemon, deep + b"\0")], [True], "32 levels")
    for brackets in (b"[" * 32 + b"]" * 32, b"[" * 500_000, b'{"a":' * 100_000):
        check_refused(daemon, b'{"method":"org.fettle.GetStatus","x":' + brackets + b"}\0",
                      "nested deeper than 32 levels")


@hostile(SHORT)
def one_that_never_reads(daemon):
    audit = json.dumps({"method": "org.fettle.Audit", "parameters": {"profile": "server"}}).encode()
    for calls in ((audit + b"\0") * 3000, (CALL + b"\0") * 30000):
        with daemon.client() as client:
            client.socket.settimeout(0.5)
            try:
                client.send(calls)
            except (TimeoutError, BrokenPipeError):
                pass
            for _ in range(10):
                expect_true("parameters" in daemon.call("org.fettle.GetStatus"), "others are served")
            wait_until(lambda: daemon.status()["connections"] == 1, "it to be dropped")
    wait_until(lambda: daemon.log().count("it does not take its answer") == 2, "it is logged")


@hostile(SHORT)
def one_that_never_writes(daemon):
    began = time.monotonic()
    with daemon.client() as silent, daemon.client() as slow:
        slow.send(CALL)
        # one that says something now and then stays; one that only trickles does not
        with daemon.client() as busy:
            for _ in range(8):
                expect_true("parameters" in busy.call("org.fettle.GetStatus"), "the busy one")
                try:
                    slow.send(b" ")
                except BrokenPipeError:
                    pass
                time.sleep(0.25)
        expect(silent.receive(), None, "the silent one")
        expect(slow.receive(), None, "the trickling one")
    expect_true(time.monotonic() - began < 20, "not much later than after a second")
    expect_true("it was idle" in daemon.log(), "idle is logged")
    expect_true("it did not end its message" in daemon.log(), "trickling is logged")


@hostile()
def one_that_leaves_before_the_answer(daemon):
    for _ in range(50):
        with daemon.client() as client:
            client.send_call("org.fettle.Audit")
    with daemon.client() as client:
        client.send_call("org.fettle.Audit")
        client.send(b"\0garbage\0")
        expect_true("parameters" in client.receive(), "the answer to what came before the garbage")
        expect(client.receive()["error"], "org.fettle.ProtocolError", "the garbage")
        expect(client.receive(), None, "the end")


@hostile()
def names_with_control_bytes_stay_out_of_the_log(daemon):
    with daemon.client() as client:
        answer = client.call("org.fettle.Audit", {"profile": "a\x1b[2J\nfettled: fake\x7f"})
    expect(answer["error"], "org.fettle.NoSuchProfile", "the answer")
    expect([c for c in daemon.log() if c < " " and c != "\n"], [], "control bytes in the log")
    expect_true("\nfettled: fake" not in daemon.log(), "a line that a client made")


need_root()
run([garbage, half_a_message_then_close, in_single_bytes, a_hundred_megabytes,
     one_megabyte_and_one_byte, a_flood_of_nuls, invalid_utf8, deep_json, one_that_never_reads,
     one_that_never_writes, one_that_leaves_before_the_answer,
     names_with_control_bytes_stay_out_of_the_log])
