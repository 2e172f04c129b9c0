"""A chain of network namespaces, client - r1 - r2 - server, for what looks at a path."""
import concurrent.futures
import json
import socket
import subprocess
import sys

from common import BUILDDIR, PATIENCE_S, SRCDIR, expect, expect_true, wait_until

FETTLE = BUILDDIR / "fettle"
CLIENT, R1, R2, SERVER = NAMESPACES = [f"fpath-{name}" for name in ("client", "r1", "r2", "server")]
# Who is on the way, as the client meets them, by IP version.
HOPS = {4: ["10.71.1.2", "10.71.2.2", "10.71.3.2"], 6: ["fd71:1::2", "fd71:2::2", "fd71:3::2"]}
TARGET = {version: hops[-1] for version, hops in HOPS.items()}
NETS = {4: "10.71.{}.0/24", 6: "fd71:{}::/64"}
VIA = {4: "10.71.{}.{}", 6: "fd71:{}::{}"}

SERVE = """
import socket
server = socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
kept = []
while True:
    kept.append(server.accept())
"""


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


def put(namespace, *settings, flags="-qw"):
    """"tcp_sack=0" is net.ipv4.tcp_sack, "net.ipv6..." what it says."""
    names = [s if s.startswith("net.") else "net.ipv4." + s for s in settings]
    subprocess.run(["ip", "netns", "exec", namespace, "sysctl", flags, *names], check=True)


def route(namespace, version, target, via):
    """`target` is a network's number, "default" or a text; `via` the number and host of a router."""
    text = NETS[version].format(target) if isinstance(target, int) else target
    ip("-n", namespace, f"-{version}", "route", "replace", text, "via", VIA[version].format(*via))


def links_are_up():
    """Until the kernel has seen the carrier, which takes up to a second, it drops what is sent."""
    for namespace in NAMESPACES:
        out = subprocess.run(["ip", "-n", namespace, "-j", "link", "show", "type", "veth"], check=True,
                             capture_output=True).stdout
        if any(link["operstate"] != "UP" for link in json.loads(out)):
            return False
    return True


class Background:
    """A Python program in a namespace, from when it says that it is ready until it is ended."""

    def __init__(self, namespace, *arguments):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        expect(self.process.stdout.readline(), "ready\n", f"what {arguments[0]} says first")

    def end(self):
        self.process.kill()
        self.process.communicate()


class Chain:
    """`limited`: they limit their ICMP errors as they do by default: six, and then one a second."""

    def __init__(self, limited=False, serve=SERVE):
        self.limited, self.serve, self.server = limited, serve, None

    def __enter__(self):
        for namespace in NAMESPACES:
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
            # a router that is still looking for others with its address asks for no neighbour
            put(namespace, "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
            if not self.limited:
                put(namespace, "icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
                # one account for both versions; before Linux 6.12 the host has it, and keeps it
                put(namespace, "icmp_msgs_burst=10000", "icmp_msgs_per_sec=10000", flags="-qew")
        for number, (near, far) in enumerate(zip(NAMESPACES, NAMESPACES[1:]), 1):
            ip("-n", near, "link", "add", "right", "type", "veth", "peer", "name", "left", "netns",
               far)
            for namespace, device, host in (near, "right", 1), (far, "left", 2):
                ip("-n", namespace, "addr", "add", f"10.71.{number}.{host}/24", "dev", device)
                ip("-n", namespace, "addr", "add", f"fd71:{number}::{host}/64", "dev", device,
                   "nodad")
                ip("-n", namespace, "link", "set", device, "up")
        wait_until(links_are_up, "all links are up")
        for version in 4, 6:
            route(CLIENT, version, "default", (1, 2))
            route(R1, version, 3, (2, 2))
            route(R2, version, 1, (2, 1))
            route(SERVER, version, "default", (3, 1))
        for router in R1, R2:
            put(router, "ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        if self.serve:
            self.server = Background(SERVER, "-c", self.serve)
        return self

    def __exit__(self, *_):
        if self.server:
            self.server.end()
        for namespace in NAMESPACES:
            ip("netns", "del", namespace)


class World:
    """A path that is played by a program, see path_world.py for what it may be given."""

    NAMESPACE = "fpath-world"
    TARGET = {4: "10.72.9.9", 6: "fd72:9::9"}
    ROUTER = {4: "10.72.1.{}", 6: "fd72:1::{}"}

    def __init__(self, **given):
        self.given, self.program = given, None

    def __enter__(self):
        ip("netns", "add", self.NAMESPACE)
        self.program = Background(self.NAMESPACE, SRCDIR / "tests/scenario/path_world.py",
                                  json.dumps(self.given))
        return self

    def __exit__(self, *_):
        self.program.end()
        ip("netns", "del", self.NAMESPACE)

    def measure(self, *arguments):
        """Its TCP refuses, so nothing is whole."""
        return measure_both(*arguments, code=2, targets=self.TARGET, namespace=self.NAMESPACE)

    def hops(self, version, *numbers):
        """The addresses of those routers, and of the host."""
        return [n and self.ROUTER[version].format(n) for n in numbers] + [self.TARGET[version]]


def be_silent(namespace):
    """It sends no ICMP of its own any more, but for finding neighbours; what it forwards, it does."""
    for version, protocol in ("-4", socket.IPPROTO_ICMP), ("-6", socket.IPPROTO_ICMPV6):
        ip("-n", namespace, version, "rule", "add", "pref", 10, "iif", "lo", "ipproto", protocol,
           "blackhole")


def narrow(mtu, both=True):
    """The link between the routers; not `both`: r2's end alone, which then drops what r1 sends."""
    if both:
        ip("-n", R1, "link", "set", "right", "mtu", mtu)
    ip("-n", R2, "link", "set", "left", "mtu", mtu)


def command(*arguments, namespace=CLIENT):
    """Exit code, standard output and standard error of `fettle probe path`."""
    ran = subprocess.run(["ip", "netns", "exec", namespace, FETTLE, "probe", "path",
                          *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=4 * PATIENCE_S, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def measure(*arguments, code=0, namespace=CLIENT):
    """Its JSON; and standard error, where that is not to be empty, as the member "said"."""
    exited, out, said = command(*arguments, "--format", "json", namespace=namespace)
    expect(exited, code, f"exit code of {arguments}: {out[-2000:]}{said}")
    result = json.loads(out)
    result["said"] = said
    return result


def measure_both(*arguments, code=0, targets=None, namespace=CLIENT):
    """IPv4 and IPv6 at the same time: pairs of a version and its JSON."""
    targets = targets or TARGET
    with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
        running = {version: pool.submit(measure, target, *arguments, code=code, namespace=namespace)
                   for version, target in targets.items()}
        return [(version, future.result()) for version, future in running.items()]


def findings(result):
    return {finding["id"]: finding for finding in result["findings"]}


def unmeasured(result):
    return {missing["what"]: missing["reason"] for missing in result["unmeasured"]}


def routers(result):
    """Who answered, hop by hop: an address, or None."""
    for hop in result["hops"]["list"]:
        expect_true(len(hop["addresses"]) < 2, f"hop of two: {hop}")
        expect(len(hop["rtt_us"]), 1 if hop.get("by") == "tcp" else 3, f"probes of {hop}")
    return [hop["addresses"][0] if hop["addresses"] else None for hop in result["hops"]["list"]]
