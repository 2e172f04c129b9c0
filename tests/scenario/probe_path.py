#!/usr/bin/env python3
"""`fettle probe path` over a chain of routers, healthy and broken in every way that has a name.

probe_path.py [TEST...] runs those alone.
"""
# Mostly waits: may run beside others.
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

from common import NOBODY, expect, expect_in, expect_true, run, skip
from path_chain import (CLIENT, HOPS, R1, R2, SERVER, FETTLE, TARGET, Chain, World, be_silent, command,
                        findings, ip, measure, measure_both, narrow, put, route, routers, unmeasured)
from sockets_common import enter_namespaces

OVERHEAD = {4: 40, 6: 60}
TIMESTAMPS = 12


def a_healthy_path():
    with Chain():
        for version, result in measure_both():
            expect(result["findings"] + result["unmeasured"], [], "findings")
            expect(routers(result), HOPS[version], "hops")
            expect((result["hops"]["reached"], result["hops"]["destination_ttl"]), (True, 3), "end")
            address = f"{TARGET[4]}:443" if version == 4 else f"[{TARGET[6]}]:443"
            expect((result["address"], result["connected"]), (address, True), "who answered")
            expect([(a["address"], a["family"], a["outcome"]) for a in result["addresses"]],
                   [(address, version, "answered")], "addresses")
            expect(result["from"], {4: "10.71.1.1", 6: "fd71:1::1"}[version], "from where")
            handshakes = result["handshakes"]
            times = sorted(h["connect_us"] for h in handshakes["list"])
            expect([handshakes["min_us"], handshakes["median_us"]], times[:2], "least and median of 3")
            for handshake in handshakes["list"]:
                expect_true(handshake["rtt_us"] > 0 < handshake["min_rtt_us"], str(handshake))
                expect(handshake["syn_retransmits"], 0, "SYNs sent again")
            tcp = result["tcp"]
            mss = 1500 - OVERHEAD[version] - TIMESTAMPS
            expect([tcp[n] for n in ("sack", "timestamps", "ecn")], [True, True, False], "options")
            expect((tcp["snd_mss_bytes"], tcp["advmss_bytes"]), (mss, mss), "MSS")
            expect((tcp["pmtu_bytes"], tcp["initial_cwnd"]), (1500, 10), "as it begins")
            algorithm = subprocess.run(
                ["ip", "netns", "exec", CLIENT, "sysctl", "-n", "net.ipv4.tcp_congestion_control"],
                check=True, capture_output=True, text=True).stdout.strip()
            expect(tcp["congestion"], algorithm, "congestion control")
            expect_true(min(tcp["window_scale"].values()) > 0, "window scale")
            expect((result["mtu"]["verdict"], result["mtu"]["exact"], result["mtu"]["by"],
                    result["mtu"]["interface_mtu_bytes"], result["mtu"]["path_mtu_bytes"]),
                   ("found", True, "udp", 1500, 1500), "path MTU")


def addresses_are_written_in_every_way():
    with Chain():
        for text in "fd71:3::2", "[fd71:3::2]", "[fd71:3::2]:443":
            expect(measure(text)["address"], "[fd71:3::2]:443", text)
        expect(measure("10.71.3.2:443", "--family", 4)["address"], "10.71.3.2:443", "IPv4")


def the_table_fits_80_columns():
    with Chain():
        narrow(1400)
        code, out, said = command(TARGET[6])
        expect((code, said), (0, ""), "exit code and standard error")
        for part in ("Addresses\n  [fd71:3::2]:443  answered in ", "\nTCP with [fd71:3::2]:443\n",
                     "  SACK              yes\n", "  interface         1500 bytes\n",
                     "  path              1400 bytes, by UDP\n",
                     "  refused by        fd71:1::2: 1500 bytes are too many, it takes 1400\n",
                     "\n   1  fd71:1::2  ", "\n   3  fd71:3::2  ",
                     "  info  path.pmtu-smaller-than-interface\n"):
            expect_in(part, out)
        table = out[:out.index("\nFindings")]
        expect([line for line in table.splitlines() if len(line) > 80], [], "lines that are too long")


def a_small_link_is_named_by_its_router():
    with Chain():
        narrow(1400)
        for version, result in measure_both():
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["exact"], mtu["path_mtu_bytes"], mtu["said_mtu_bytes"]),
                   ("found", True, 1400, 1400), "path MTU")
            expect(mtu["reports"], [{"from": HOPS[version][0], "size_bytes": 1500,
                                     "mtu_bytes": 1400}], "what the router says")
            expect(list(findings(result)), ["path.pmtu-smaller-than-interface"], "findings")
            expect(routers(result), HOPS[version], "hops")


def smaller_and_smaller():
    """Each router on the way refuses in its turn."""
    with Chain():
        narrow(1400)
        ip("-n", R2, "link", "set", "right", "mtu", 1350)
        for version, result in measure_both():
            mtu = result["mtu"]
            expect([(r["from"], r["size_bytes"], r["mtu_bytes"]) for r in mtu["reports"]],
                   [(HOPS[version][0], 1500, 1400), (HOPS[version][1], 1400, 1350)], "reports")
            expect((mtu["verdict"], mtu["path_mtu_bytes"]), ("found", 1350), "path MTU")


def a_black_hole():
    """The router with the small link says nothing."""
    with Chain():
        narrow(1400)
        be_silent(R1)
        for version, result in measure_both(code=1):
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["exact"], mtu["path_mtu_bytes"], mtu["lost_bytes"]),
                   ("black-hole", True, 1400, 1401), "path MTU")
            expect(mtu["lost_before"], {"ttl": 2, "address": HOPS[version][1]}, "where")
            expect_true("passes" not in mtu, "nobody before it answers")
            expect(routers(result), [None, *HOPS[version][1:]], "hops")
            finding = findings(result)["path.mtu-black-hole"]
            expect(finding["severity"], "critical", "severity")
            evidence = finding["evidence"]
            expect((evidence["by"], evidence["lost_bytes"]), ("udp", 1401), "evidence")
            expect_true(evidence["lost"] >= evidence["controls_answered"] >= 4, f"losses: {evidence}")


def a_black_hole_of_a_link():
    """No router is at fault: the link itself drops what its far end does not take, and veth allows
    four bytes more for a VLAN tag."""
    with Chain():
        narrow(1400, both=False)
        for version, result in measure_both(code=1):
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["exact"], mtu["path_mtu_bytes"], mtu["lost_bytes"]),
                   ("black-hole", True, 1404, 1405), "path MTU")
            expect((mtu["passes"], mtu["lost_before"]),
                   ({"ttl": 1, "address": HOPS[version][0]},
                    {"ttl": 2, "address": HOPS[version][1]}), "where")
            expect(routers(result), HOPS[version], "hops")


def a_black_hole_that_tcp_does_not_meet():
    """The server's own MTU keeps the MSS small."""
    with Chain():
        narrow(1400, both=False)
        ip("-n", SERVER, "link", "set", "left", "mtu", 1400)
        for _, result in measure_both(code=1):
            finding = findings(result)["path.mtu-black-hole"]
            expect(finding["severity"], "warning", "severity")
            expect_in("TCP is spared by its MSS", finding["text"])


def by_tcp(result):
    return [hop.get("by") == "tcp" for hop in result["hops"]["list"]]


def a_host_that_answers_no_udp():
    with Chain():
        be_silent(SERVER)
        for version, result in measure_both():
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["by"], mtu["exact"], mtu["path_mtu_bytes"]),
                   ("found", "tcp", True, 1500), "path MTU")
            expect((routers(result), by_tcp(result)), (HOPS[version], [False, False, True]), "hops")
            expect((result["hops"]["reached"], result["hops"]["destination_ttl"]), (True, 3), "reached")
            expect(unmeasured(result), {}, "not measured")


def a_router_that_drops_udp():
    """What is behind it is met by TCP."""
    with Chain():
        for version in "-4", "-6":
            ip("-n", R1, version, "rule", "add", "pref", 10, "iif", "left", "ipproto", socket.IPPROTO_UDP,
               "blackhole")
        for version, result in measure_both("--max-time", "8s"):
            expect((routers(result), by_tcp(result)), (HOPS[version], [True, True, True]), "hops")
            expect(result["hops"]["destination_ttl"], 3, "how far it is")
            expect(unmeasured(result), {}, "not measured")
        expect_in("   3  10.71.3.2, by TCP  ", command(TARGET[4], "--max-time", "8s")[1], "table")
        # it ends no SYN of a TTL either, but what goes further is heard of
        be_silent(R2)
        for version, result in measure_both("--max-time", "8s"):
            expect([hop["addresses"] for hop in result["hops"]["list"]],
                   [[HOPS[version][0]], [], [HOPS[version][2]]], "with one that is silent")


def a_host_that_answers_no_udp_behind_a_small_link():
    with Chain():
        be_silent(SERVER)
        narrow(1400)
        for version, result in measure_both():
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["by"], mtu["exact"], mtu["path_mtu_bytes"]),
                   ("found", "tcp", True, 1400), "path MTU")
            expect(mtu["reports"], [{"from": HOPS[version][0], "size_bytes": 1500,
                                     "mtu_bytes": 1400}], "what the router says")


def a_host_that_answers_no_udp_behind_a_black_hole():
    with Chain():
        be_silent(SERVER)
        be_silent(R1)
        narrow(1400)
        for version, result in measure_both(code=1):
            mtu = result["mtu"]
            small = {4: 576, 6: 1280}[version]
            expect((mtu["verdict"], mtu["by"], mtu["exact"], mtu["path_mtu_bytes"], mtu["lost_bytes"]),
                   ("black-hole", "tcp", False, small, 1500), "path MTU")
            expect(mtu["lost_before"], {"ttl": 2, "address": HOPS[version][1]}, "where")
            expect_in("was sent 4 times and never acknowledged",
                      findings(result)["path.mtu-black-hole"]["text"])


def what_nobody_answers_is_unknown():
    """UDP vanishes and nobody serves: nothing is known of the MTU, and nothing is guessed."""
    with Chain(serve=None):
        be_silent(SERVER)
        for _, result in measure_both(code=2):
            expect(result["addresses"][0]["error"]["code"], "ECONNREFUSED", "TCP")
            expect((result["mtu"]["verdict"], result["mtu"]["exact"]), ("unknown", False), "path MTU")
            expect_true("path_mtu_bytes" not in result["mtu"], "no MTU is named")
            expect(sorted(unmeasured(result)), ["hops", "mtu", "tcp"], "not measured")
            expect(unmeasured(result)["mtu"], "the host answers neither UDP nor TCP", "why")


def what_is_not_negotiated():
    off = ("tcp_window_scaling=0", "tcp_sack=0", "tcp_timestamps=0")
    wanted = {"path.no-window-scaling": "warning", "path.no-sack": "warning",
              "path.no-timestamps": "info"}
    for namespace, whose in ((SERVER, "this host offers it"), (CLIENT, "this host does not offer it")):
        with Chain():
            put(namespace, *off)
            for version, result in measure_both(code=1):
                found = findings(result)
                expect({name: f["severity"] for name, f in found.items()}, wanted, "findings")
                for finding in found.values():
                    expect_in(whose, finding["text"])
                    expect(list(finding["evidence"].values()), [0 if namespace == CLIENT else 1],
                           "this host's setting")
                tcp = result["tcp"]
                expect((tcp["window_scale"], tcp["sack"], tcp["timestamps"]), (None, False, False),
                       "what was negotiated")
                expect(tcp["snd_mss_bytes"], 1500 - OVERHEAD[version], "MSS")


def ecn():
    with Chain():
        expect_true(not measure(TARGET[4])["tcp"]["ecn"], "not asked for")
        put(CLIENT, "tcp_ecn=1")
        for _, result in measure_both():
            expect((result["tcp"]["ecn"], result["findings"]), (True, []), "asked for and given")
        put(SERVER, "tcp_ecn=0")
        for _, result in measure_both():
            expect((result["tcp"]["ecn"], list(findings(result))),
                   (False, ["path.ecn-not-negotiated"]), "asked for and not given")


def a_port_that_is_filtered():
    """The host answers; its TCP does not."""
    with World(tcp=False) as world:
        for version, result in world.measure("--max-time", "5s"):
            expect(result["addresses"][0]["error"]["code"], "ETIMEDOUT", "why")
            expect_in("does not answer, though the host does: a firewall", result["said"])
            expect((routers(result), result["mtu"]["path_mtu_bytes"]),
                   (world.hops(version, 1, 2, 3), 1500), "the path is known all the same")


def as_anybody():
    """Without root's rights, from the start."""
    with Chain():
        ran = subprocess.run(
            ["ip", "netns", "exec", CLIENT, "setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
             "--clear-groups", "--no-new-privs", FETTLE, "probe", "path", TARGET[4], "--format",
             "json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        result = json.loads(ran.stdout)
        expect((routers(result), result["mtu"]["path_mtu_bytes"]), (HOPS[4], 1500), "all of it")


def refused():
    with Chain():
        names = {4: f"{TARGET[4]}:444", 6: f"[{TARGET[6]}]:444"}
        for version, result in measure_both(code=2, targets=names):
            name = names[version]
            expect(result["addresses"][0]["error"]["code"], "ECONNREFUSED", "why")
            expect_in(f"{name} refuses: is the service up", result["said"])
            expect((routers(result), result["mtu"]["path_mtu_bytes"]), (HOPS[version], 1500),
                   "the path is known all the same")
            expect(list(unmeasured(result)), ["tcp"], "not measured")
            expect_true("tcp" not in result, "nothing was negotiated")


def filtered():
    """A router that drops all, and an address that nobody has."""
    with Chain():
        ip("-n", R2, "route", "add", "blackhole", "10.71.3.9/32")
        ip("-n", R2, "-6", "route", "add", "blackhole", "fd71:3::9/128")
        targets = {4: "10.71.3.9", 6: "fd71:3::9"}
        for version, result in measure_both("--max-time", "5s", code=2, targets=targets):
            expect(result["addresses"][0]["error"]["code"], "ETIMEDOUT", "why")
            expect_true(result["addresses"][0]["syn_retransmits"] > 0, "it was tried again")
            expect_in("does not answer: is it up? Else it is dropped behind " + HOPS[version][0],
                      result["said"])
            expect(routers(result), HOPS[version][:1], "hops")
            expect(result["mtu"]["verdict"], "unknown", "path MTU")
        result = measure("10.71.3.8", "--max-time", "12s", code=2)
        expect_true(result["addresses"][0]["error"]["code"] in ("ETIMEDOUT", "EHOSTUNREACH"),
                    f"nobody there: {result['addresses']}")
        expect(routers(result)[:2], HOPS[4][:2], "hops")


def a_dead_link_in_the_middle():
    with Chain():
        ip("-n", R1, "link", "set", "right", "down")
        for version, result in measure_both(code=2):
            address = result["addresses"][0]
            expect_true(address["error"]["code"] in ("EHOSTUNREACH", "ENETUNREACH"), str(address))
            expect(address["said_by"], HOPS[version][0], "who says so")
            expect_in(f"ask whoever runs {HOPS[version][0]}, which says so", result["said"])
            expect(routers(result), HOPS[version][:1], "hops")
            expect_in({4: "network unreachable", 6: "no route"}[version],
                      result["hops"]["list"][0]["error"])
            expect_in(f"{HOPS[version][0]} (hop 1) lets them go no further", unmeasured(result)["hops"])


def prohibited():
    with Chain():
        ip("-n", R2, "route", "add", "prohibit", "10.71.3.7/32")
        ip("-n", R2, "-6", "route", "add", "prohibit", "fd71:3::7/128")
        for version, result in measure_both(code=2, targets={4: "10.71.3.7", 6: "fd71:3::7"}):
            expect_in(f'{HOPS[version][1]} says "administratively prohibited"',
                      result["addresses"][0]["error"]["text"])
            expect(routers(result), HOPS[version][:2], "hops")
            expect(result["hops"]["list"][1]["error"], "administratively prohibited", "hop 2")


def nobody_on_the_link():
    """The kernel says so in an ICMP error of this host's own: no router is to blame."""
    with Chain():
        for _, result in measure_both(code=2, targets={4: "10.71.1.77", 6: "fd71:1::77"}):
            expect_in("nobody on the link answers for this address", result["addresses"][0]["error"]["text"])
            expect_true("said_by" not in result["addresses"][0], "who says so")
            expect(result.get("hops", {}).get("list", []), [], "hops")
            expect(unmeasured(result)["hops"], "nobody on the link has this address", "hops")
            expect_true("ask whoever runs" not in result["said"], result["said"])


def this_hosts_own_routes():
    with Chain():
        for kind, target, code in (("blackhole", "10.71.3.20", "EINVAL"),
                                   ("prohibit", "10.71.3.21", "EACCES"),
                                   ("unreachable", "10.71.3.22", "EHOSTUNREACH")):
            ip("-n", CLIENT, "route", "add", kind, target + "/32")
            result = measure(target, code=2)
            expect(result["addresses"][0]["error"]["code"], code, kind)
            expect_in("see this host's routes (ip route get)", result["said"])
            expect(unmeasured(result)["mtu"], "this host cannot send there", kind)
            expect(routers(result), [], kind)


def a_routing_loop():
    with Chain():
        for version, target in TARGET.items():
            route(R2, version, target, (2, 1))
        for version, result in measure_both(code=2):
            # IPv6 answers with the address of where the packet came in, IPv4 with that of the way back
            r1, r2 = HOPS[version][:2]
            r1_again, first = (r1, 1) if version == 4 else ("fd71:2::1", 2)
            seen, truth = routers(result), [r1, *([r2, r1_again] * 15)[:29]]
            # before Linux 6.12 not all of 90 answers come: net.ipv4.icmp_msgs_burst is 50
            expect_true(all(a in (b, None) for a, b in zip(seen, truth)), f"hops: {seen}")
            expect_true(len(seen) >= 8, f"hops: {seen}")
            loop = {"from_ttl": first, "routers": 2}
            expect(result["hops"]["loop"], loop, "loop")
            finding = findings(result)["path.routing-loop"]
            expect((finding["severity"], finding["evidence"]), ("critical", loop), "finding")
            expect_in("go round in a loop", unmeasured(result)["hops"])


def limits_of_icmp_hide_nothing():
    """Six errors and then one a second: run after run, the host is as far away as it is."""
    with Chain(limited=True):
        for _ in range(3):
            for version, result in measure_both():
                expect(routers(result), HOPS[version], "hops")
                expect(result["findings"], [], "no loss")
                expect(result["mtu"]["path_mtu_bytes"], 1500, "path MTU")


def a_dead_link_behind_limits():
    with Chain(limited=True):
        ip("-n", R1, "link", "set", "right", "down")
        for _ in range(2):
            for version, result in measure_both(code=2):
                expect(routers(result), HOPS[version][:1], "hops")
                expect_true("error" in result["hops"]["list"][0], "it goes no further")


def a_black_hole_behind_limits():
    with Chain(limited=True):
        narrow(1400)
        be_silent(R1)
        result = measure(TARGET[4], code=1)
        mtu = result["mtu"]
        expect((mtu["verdict"], mtu["path_mtu_bytes"]), ("black-hole", 1400), "path MTU")
        expect(routers(result), [None, *HOPS[4][1:]], "hops")


@contextlib.contextmanager
def names(sources, hosts=""):
    """An /etc that looks up names in these sources, no name server among them."""
    with tempfile.TemporaryDirectory(prefix="fettle-path-") as folder:
        os.chmod(folder, 0o755)
        pathlib.Path(folder, "nsswitch.conf").write_text(f"hosts: {sources}\n")
        pathlib.Path(folder, "host.conf").write_text("multi on\n")
        pathlib.Path(folder, "hosts").write_text(hosts)
        subprocess.run(["mount", "--bind", folder, "/etc"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "/etc"], check=True)


def a_name_of_several_addresses():
    hosts = ("10.71.3.9 several.test\n10.71.3.2 several.test\nfd71:3::2 several.test\n"
             "192.0.2.1 other.test\n")
    with Chain(), names("files dns", hosts):
        ip("-n", R2, "route", "add", "blackhole", "10.71.3.9/32")
        result = measure("several.test", "--max-time", "8s", code=1)
        outcome = {a["address"]: a.get("error", {}).get("code") for a in result["addresses"]}
        expect(outcome, {"10.71.3.9:443": "ETIMEDOUT", "10.71.3.2:443": None,
                         "[fd71:3::2]:443": None}, "addresses")
        expect_true(result["address"] != "10.71.3.9:443", "one that answers was chosen")
        finding = findings(result)["path.address-fails"]
        expect(finding["evidence"], {"address": "10.71.3.9:443", "error": "ETIMEDOUT"}, "evidence")
        for family, address in (4, "10.71.3.2:443"), (6, "[fd71:3::2]:443"):
            result = measure("several.test", "--family", family, "--max-time", "8s",
                             code=1 if family == 4 else 0)
            expect(result["address"], address, f"family {family}")
        code, out, said = command("no-such-host.test")
        expect((code, out), (2, ""), "no name server")
        expect_in("cannot look up 'no-such-host.test'", said)


def wrong_words():
    with Chain(), names("files"):
        for words, code, part in (
                ((), 64, "HOST"),
                (("10.71.3.2", "more"), 64, "more"),
                (("10.71.3.2", "--family", "5"), 64, "--family is one of 4, 6"),
                (("10.71.3.2", "--format", "xml"), 64, "--format is one of"),
                (("10.71.3.2", "--max-time", "0s"), 64, "a time from 1s to 5min"),
                (("10.71.3.2", "--max-time", "soon"), 64, "--max-time"),
                (("10.71.3.2:0", ), 64, "is no port"),
                (("10.71.3.2:66000", ), 64, "is no port"),
                (("10.71.3.2:", ), 64, "is no port"),
                ((":443", ), 64, "names no host"),
                (("[fd71:3::2", ), 64, "expected [ADDRESS]"),
                (("no-such-host.test", ), 65, "cannot look up 'no-such-host.test'"),
                (("fd71:3::2", "--family", "4"), 65, "cannot look up 'fd71:3::2'")):
            exited, out, said = command(*words)
            expect((exited, out), (code, ""), f"{words}: {said}")
            expect_in(part, said)


SERVE_LATE = """
import pathlib, socket
def overflows():
    names, values = [line.split() for line in
                     pathlib.Path("/proc/net/netstat").read_text().splitlines()[:2]]
    return int(values[names.index("ListenOverflows")])
server = socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True, backlog=0)
kept = [socket.create_connection(("::1", 443))]
print("ready", flush=True)
while not overflows():
    pass
server.listen(64)
while True:
    kept.append(server.accept())
"""


def a_slow_handshake():
    """The far end's queue is full when the first SYN arrives."""
    with Chain(serve=SERVE_LATE):
        result = measure(TARGET[4], code=1)
        finding = findings(result)["path.handshake-slow"]
        expect(finding["evidence"], {"handshakes": 3, "slow": 1, "syn_retransmits": 1}, "evidence")
        expect(result["handshakes"]["list"][0]["syn_retransmits"], 1, "the first")


def a_world_as_it_should_be():
    with World(silent=[2], twins=3) as world:
        for version, result in world.measure():
            names = world.hops(version, 1, None, 3)
            hops = result["hops"]["list"]
            twin = world.ROUTER[version].format(103)
            expect([sorted(hop["addresses"]) for hop in hops],
                   [[names[0]], [], sorted([names[2], twin]), [names[3]]], "hops")
            expect((hops[1]["rtt_us"], result["hops"]["destination_ttl"]), ([None] * 3, 4), "hops")
            expect(result["mtu"]["path_mtu_bytes"], 1500, "path MTU")
            expect(findings(result), {}, "findings")


def a_way_back_that_is_longer_or_shorter():
    """What the TTL of an answer tells of the distance is wrong, and found out to be."""
    for back in 5, -2:
        with World(routers=4, back=back) as world:
            for version, result in world.measure():
                expect(routers(result), world.hops(version, 1, 2, 3, 4), f"{back} more on the way back")
                expect(findings(result), {}, "findings")


def routers_that_do_not_say_how_much():
    """Before RFC 1191 they did not; others lie."""
    for says in 0, 1500, 9000, 40:
        with World(links={"2": 1300}, says=says) as world:
            for version, result in world.measure():
                mtu = result["mtu"]
                expect((mtu["verdict"], mtu["exact"], mtu["path_mtu_bytes"], mtu["refused_bytes"]),
                       ("found", True, 1300, 1301), f"IPv{version}, says {says}")
                expect_true("said_mtu_bytes" not in mtu, f"nothing of use was said: {mtu}")


def a_link_that_is_too_small_for_ipv6():
    for given in {"links": {"2": 1200}}, {"links": {"2": 1200}, "quiet": True}:
        with World(**given) as world:
            for version, result in world.measure():
                expect(result["mtu"]["path_mtu_bytes"], 1200, "path MTU")
                found = findings(result)
                expect("path.mtu-below-1280" in found, version == 6, f"IPv{version}: {list(found)}")
                expect("path.mtu-black-hole" in found, "quiet" in given, f"{given}")
    expect(found["path.mtu-below-1280"]["evidence"], {"mtu_bytes": 1200}, "evidence")


def loss_at_the_host():
    with World(drop_every=2) as world:
        for _, result in world.measure():
            finding = findings(result)["path.loss-at-destination"]
            expect(finding["evidence"], result["hops"]["paced"], "evidence")
            expect_true(finding["evidence"]["answered"] < finding["evidence"]["sent"], "some are lost")
            expect(result["mtu"]["path_mtu_bytes"], 1500, "loss is no black hole")
            expect_true(result["mtu"]["verdict"] == "found", "loss is no black hole")


def a_host_that_falls_silent():
    """It answers at first, and then no more: not enough to know, and so nothing is said."""
    with World(answers=4) as world:
        for _, result in world.measure("--max-time", "12s"):
            mtu = result["mtu"]
            expect((mtu["verdict"], mtu["exact"]), ("unknown", False), "path MTU")
            expect_in("too seldom", unmeasured(result)["mtu"])
            expect_true("path.mtu-black-hole" not in findings(result), "no black hole is claimed")


def a_router_that_prohibits():
    with World(prohibits=2) as world:
        for version, result in world.measure():
            # it ends those whose TTL is used up before it looks where they go
            expect(routers(result), world.hops(version, 1, 2, 2)[:3], "hops")
            expect(result["hops"]["list"][2]["error"], "administratively prohibited", "why")


def no_more_hops_than_30():
    with World(routers=35) as world:
        for version, result in world.measure():
            expect(routers(result), world.hops(version, *range(1, 31))[:30], "hops")
            expect_true("destination_ttl" not in result["hops"], "it is too far away")


TESTS = (a_healthy_path, addresses_are_written_in_every_way, the_table_fits_80_columns,
         a_small_link_is_named_by_its_router, smaller_and_smaller, a_black_hole,
         a_black_hole_of_a_link, a_black_hole_that_tcp_does_not_meet, a_host_that_answers_no_udp, a_router_that_drops_udp,
         a_host_that_answers_no_udp_behind_a_small_link,
         a_host_that_answers_no_udp_behind_a_black_hole, what_nobody_answers_is_unknown,
         what_is_not_negotiated, ecn, as_anybody, refused, a_port_that_is_filtered, filtered, a_dead_link_in_the_middle, prohibited, nobody_on_the_link,
         this_hosts_own_routes, a_routing_loop, a_slow_handshake, limits_of_icmp_hide_nothing,
         a_dead_link_behind_limits, a_black_hole_behind_limits, a_name_of_several_addresses, wrong_words, a_world_as_it_should_be,
         a_way_back_that_is_longer_or_shorter, routers_that_do_not_say_how_much,
         a_link_that_is_too_small_for_ipv6, loss_at_the_host, a_host_that_falls_silent,
         a_router_that_prohibits, no_more_hops_than_30)


def main():
    enter_namespaces("--mount")
    if not pathlib.Path("/dev/net/tun").exists():
        skip("kernel lacks TUN devices")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    chosen = sys.argv[1:]
    run([test for test in TESTS if not chosen or test.__name__ in chosen])


if __name__ == "__main__":
    main()
