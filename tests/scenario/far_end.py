"""Ends of a test's own, that speak as `fettle reflect` or `fettle probe bdp` do for as long as the test
wants."""
import contextlib
import ctypes
import hashlib
import hmac
import socket
import threading

from common import PATIENCE_S, expect, expect_true
from path_line import FAR
from probe_common import PORT, TOKEN


def enter(name):
    """A network namespace, for this thread alone."""
    with open(f"/run/netns/{name}", "rb") as namespace:
        ctypes.CDLL(None).setns(namespace.fileno(), 0)


class FarEnd:
    """A far end of the test's own, in a thread that is in the far namespace."""

    def __init__(self, line, serve, port=PORT):
        self.line, self.serve, self.port, self.ready = line, serve, port, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.ready.wait(10)
        return self

    def __exit__(self, *_):
        self.thread.join(PATIENCE_S)

    def run(self):
        enter(self.line.far)
        with socket.create_server((FAR, self.port)) as server:
            self.ready.set()
            server.settimeout(20)
            with contextlib.suppress(OSError):
                self.serve(server)


def proof(part, theirs, ours):
    return hmac.new(TOKEN.encode(), f"fettle {part} {theirs} {ours}".encode(), hashlib.sha256).hexdigest()


def greet(server, version=1):
    """Accepts one that knows the token, as a reflector does."""
    connection = server.accept()[0]
    nonce = "ab" * 16
    connection.sendall(f"fettle-reflect {version} {nonce}\n".encode())
    file = connection.makefile("rwb", buffering=0)
    hello = file.readline().decode().split()
    if len(hello) == 4:
        expect(hello[3], proof("probe", hello[2], nonce), "what the probe shows")
        file.write(f"ok {proof('reflect', hello[2], nonce)}\n".encode())
    return connection, file


def until_granted(server, time_s=5, most=10 ** 6):
    _, control = greet(server)
    expect(control.readline(), b"control\n", "what it is for")
    control.write(f"granted id={'0' * 32} time_us={time_s * 10 ** 6} bytes={most} rate_Bps=0\n".encode())
    return control


def until_go(server, way, behind=b""):
    data, file = greet(server)
    expect_true(f"way={way}".encode() in file.readline(), "the way")
    data.sendall(b"go\n" + behind)
    return data


def until_data(server, way, behind=b""):
    control = until_granted(server)
    return control, until_go(server, way, behind)


def read_all(connection):
    count = 0
    while True:
        piece = connection.recv(65536)
        if not piece:
            return count
        count += len(piece)


def say_hello():
    """Connects to the reflector as one that knows the token."""
    connection = socket.create_connection((FAR, PORT), PATIENCE_S)
    file = connection.makefile("rwb", buffering=0)
    theirs, ours = file.readline().decode().split()[2], "cd" * 16
    file.write(f"hello 1 {ours} {proof('probe', ours, theirs)}\n".encode())
    expect(file.readline().decode().split(), ["ok", proof("reflect", ours, theirs)], "the answer")
    return connection, file


def begin_way(way, words="time_us=5000000 bytes=1000000000 rate_Bps=0"):
    """Control, and the connection whose data may flow."""
    _, control = say_hello()
    control.write(b"control\n")
    granted = control.readline().decode()
    identity = granted.split()[1]
    data, file = say_hello()
    file.write(f"data {identity} way={way} {words}\n".encode())
    return control, data, file.readline().decode()
