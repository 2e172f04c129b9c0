"""A path with a known truth between two network namespaces: tests/rigs/delay_line, and what runs at
its ends. Needs root, and a /run of the test's own: begin()."""
import contextlib
import json
import os
import pathlib
import subprocess

from common import BUILDDIR, Failure, skip
from sockets_common import enter_namespaces

NEAR, FAR = "10.77.0.1", "10.77.0.2"
NEAR6, FAR6 = "fd77::1", "fd77::2"


def begin():
    """Starts this script again where its namespaces are its own, and makes the delay line."""
    enter_namespaces("--mount")
    if not pathlib.Path("/dev/net/tun").exists():
        skip("kernel lacks TUN devices")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    # another test may be here at the same time
    subprocess.run(["flock", BUILDDIR, "make", "-s", "-C", BUILDDIR, "tests/rigs/delay_line"], check=True,
                   stdout=subprocess.DEVNULL)


def run_in(name, *command, **options):
    return subprocess.run(["ip", "netns", "exec", name, *map(str, command)], check=True, **options)


class Line:
    """rate and back are in bits a second of IP packets, rtt_ms both ways, queue in bytes, loss in
    millionths; `truth` is filled when it ends."""

    def __init__(self, rate, rtt_ms, queue=None, loss=0, back=None, seed=1, keys=None):
        self.rate, self.back, self.rtt_ms = rate, back or rate, rtt_ms
        self.bdp = max(rate, self.back) * rtt_ms / 8000
        self.settings = [f"up={rate}", f"down={self.back}", f"delay={int(rtt_ms * 500)}",
                         f"queue={int(queue or max(self.bdp, 30000))}", f"loss={loss}", f"seed={seed}"]
        self.keys = keys or {}
        self.near, self.far = (f"line-{end}-{os.getpid()}" for end in ("near", "far"))
        self.truth = None

    def __enter__(self):
        for name in self.near, self.far:
            subprocess.run(["ip", "netns", "add", name], check=True)
            run_in(name, "ip", "link", "set", "lo", "up")
        self.process = subprocess.Popen(
            [BUILDDIR / "tests/rigs/delay_line", f"/run/netns/{self.near}", f"/run/netns/{self.far}",
             *self.settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise Failure("the delay line does not start")
        for name, address, address6 in (self.near, NEAR, NEAR6), (self.far, FAR, FAR6):
            run_in(name, "ip", "address", "add", f"{address}/24", "dev", "path")
            run_in(name, "ip", "address", "add", f"{address6}/64", "dev", "path", "nodad")
            run_in(name, "ip", "link", "set", "path", "txqueuelen", "10000", "up")
        for (end, key), value in self.keys.items():
            self.set(end, key, value)
        return self

    def set(self, end, key, value):
        """`end` is "near" or "far"."""
        name = self.near if end == "near" else self.far
        run_in(name, "sysctl", "-qw", f"{key}={value}")

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError, ValueError):
            out, _ = self.process.communicate()
            self.truth = json.loads(out) if out else None
        for name in self.near, self.far:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def spawn(self, end, *command, **options):
        """A program at one end."""
        name = self.near if end == "near" else self.far
        return subprocess.Popen(["ip", "netns", "exec", name, *map(str, command)], text=True, **options)
