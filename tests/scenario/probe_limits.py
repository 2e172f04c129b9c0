#!/usr/bin/env python3
"""`fettle probe limits` against what sockets opened here get, with limits and lies planted."""
import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import tempfile

from common import NOBODY as NOBODY_UID
from common import expect, expect_in, expect_true
from common import run as run_tests
from probe_local import FETTLE, NOBODY, fits, on_terminal, refuses, run, sysctl
from sockets_common import enter_namespaces

TCP, SOL, IP = socket.IPPROTO_TCP, socket.SOL_SOCKET, socket.IPPROTO_IP
STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
TCPI_SACKED = 28  # of struct tcp_info: a listener's backlog
DEFAULTS = {
    "receive buffer of a new TCP socket": (STREAM, SOL, socket.SO_RCVBUF),
    "send buffer of a new TCP socket": (STREAM, SOL, socket.SO_SNDBUF),
    "receive buffer of a new UDP socket": (DATAGRAM, SOL, socket.SO_RCVBUF),
    "send buffer of a new UDP socket": (DATAGRAM, SOL, socket.SO_SNDBUF),
    "TCP_KEEPIDLE of a new socket": (STREAM, TCP, socket.TCP_KEEPIDLE),
    "TCP_KEEPINTVL of a new socket": (STREAM, TCP, socket.TCP_KEEPINTVL),
    "TCP_KEEPCNT of a new socket": (STREAM, TCP, socket.TCP_KEEPCNT),
    "TCP_SYNCNT of a new socket": (STREAM, TCP, socket.TCP_SYNCNT),
    "TCP_LINGER2 of a new socket": (STREAM, TCP, socket.TCP_LINGER2),
    "IP_TTL of a new socket": (STREAM, IP, socket.IP_TTL),
}
KEYS = {
    "net.core.rmem_max", "net.core.wmem_max", "net.core.rmem_default", "net.core.wmem_default",
    "net.core.somaxconn", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_allowed_congestion_control", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_notsent_lowat", "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
}
AVAILABLE = "net.ipv4.tcp_available_congestion_control"
# What each may be made to say that cannot be true here.
LIES = {
    "net.core.rmem_max": "100000", "net.core.wmem_max": "100000", "net.core.rmem_default": "4242",
    "net.core.wmem_default": "4242", "net.core.somaxconn": "17", "net.ipv4.tcp_rmem": "4096 4242 6291456",
    "net.ipv4.tcp_wmem": "4096 4242 6291456", "net.ipv4.tcp_congestion_control": "vegas",
    "net.ipv4.tcp_allowed_congestion_control": "vegas", "net.ipv4.tcp_keepalive_time": "42",
    "net.ipv4.tcp_keepalive_intvl": "42", "net.ipv4.tcp_keepalive_probes": "42",
    "net.ipv4.tcp_syn_retries": "42", "net.ipv4.tcp_fin_timeout": "42",
    "net.ipv4.tcp_notsent_lowat": "16384", "net.ipv4.ip_default_ttl": "42",
    "net.ipv4.ip_local_port_range": "2000 2001", "net.ipv4.ip_local_reserved_ports": "1-65535",
    "net.ipv4.ip_unprivileged_port_start": "80", AVAILABLE: "reno nosuch",
}


def path_of(key):
    return pathlib.Path("/proc/sys", key.replace(".", "/"))


def read(key):
    return " ".join(path_of(key).read_text().split())


def probe(code, *arguments, user=()):
    """The rows."""
    ran = run("probe", "limits", "--format", "json", *arguments, user=user)
    expect((ran.returncode, ran.stderr), (code, ""), f"fettle probe limits: {ran.stdout[-2000:]}")
    answer = json.loads(ran.stdout)
    expect(sorted(answer), ["findings", "kernel", "limits"], "members")
    expect(answer["kernel"], os.uname().release, "kernel")
    for row in answer["limits"]:
        expect(list(row), ["what", "asked", "got", "sysctl", "verdict", "text"], "members of a row")
        expect(list(row["sysctl"]), ["key", "value"], "members of a sysctl")
    check_findings(answer["findings"], [row for row in answer["limits"] if row["verdict"] == "contradiction"])
    return answer["limits"]


def check_findings(findings, contradictions):
    """One for each, with the numbers."""
    expect(len(findings), len(contradictions), "findings")
    for finding, row in zip(findings, contradictions):
        expect(finding, {"id": "limit.contradiction", "severity": "warning",
                         "text": f"{row['what']}, by {row['sysctl']['key']}: {row['text']}",
                         "evidence": {"what": row["what"], "asked": row["asked"], "got": row["got"],
                                      **row["sysctl"]}}, "a finding")


def fresh(kind):
    return contextlib.closing(socket.socket(socket.AF_INET, kind))


def truth(row):
    """What a socket gets that is opened here, for the rows that are the same each time."""
    what, asked = row["what"], row["asked"]
    kind, level, option = DEFAULTS.get(what, (STREAM, 0, 0))
    with fresh(kind) as one:
        if what in DEFAULTS:
            return one.getsockopt(level, option)
        if what in ("SO_RCVBUF", "SO_SNDBUF"):
            one.setsockopt(SOL, getattr(socket, what), asked)
            return one.getsockopt(SOL, getattr(socket, what))
        if what == "listen backlog":
            one.bind(("127.0.0.1", 0))
            one.listen(asked)
            return struct.unpack_from("I", one.getsockopt(TCP, socket.TCP_INFO, 192), TCPI_SACKED)[0]
        if what in ("TCP_CONGESTION", "congestion control of a new socket"):
            with contextlib.suppress(PermissionError):
                if asked:
                    one.setsockopt(TCP, socket.TCP_CONGESTION, asked.encode())
            return one.getsockopt(TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()
        if what == "bind to a port":
            try:
                one.bind(("127.0.0.1", asked))
            except PermissionError:
                return "refused"
            return "granted"
    return None


def truths(rows):
    """As nobody, who has no capability, in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(NOBODY_UID, NOBODY_UID, NOBODY_UID)
        os.setresuid(NOBODY_UID, NOBODY_UID, NOBODY_UID)
        with os.fdopen(writer, "w") as out:
            json.dump([truth(row) for row in rows], out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as source:
        text = source.read()
    os.waitpid(child, 0)
    return json.loads(text)


def check_ports(row):
    least, most = map(int, read("net.ipv4.ip_local_port_range").split())
    reserved = set()
    for part in filter(None, read("net.ipv4.ip_local_reserved_ports").split(",")):
        first, _, last = part.partition("-")
        reserved |= set(range(int(first), int(last or first) + 1))
    expect(len(row["got"]), 32, "ports")
    expect_true(set(row["got"]) <= set(range(least, most + 1)) - reserved, f"ports: {row}")


def check_all(rows):
    """Every row against what the kernel says here."""
    expect({row["sysctl"]["key"] for row in rows}, KEYS, "keys")
    for row, got in zip(rows, truths(rows)):
        expect(row["sysctl"]["value"], read(row["sysctl"]["key"]), f"value in {row}")
        if row["what"].startswith("ephemeral ports"):
            check_ports(row)
        elif not row["what"].startswith("unsent"):
            expect(row["got"], got, row)
        expect_true(row["text"], f"a sentence in {row}")
        expect_in(row["verdict"], ("as-expected", "cut"), row)
    asked = {row["asked"] for row in rows if row["what"] == "TCP_CONGESTION"}
    expect(asked, set(read(AVAILABLE).split()), "algorithms that were asked for")


def of(rows, what):
    return [(row["asked"], row["got"], row["verdict"]) for row in rows if row["what"] == what]


def settings():
    found = {}
    for path in sorted(pathlib.Path("/proc/sys/net").rglob("*")):
        with contextlib.suppress(OSError):
            found[str(path)] = path.read_text() if path.is_file() else ""
    return found


def as_it_is():
    before = settings()
    rows = probe(0)
    check_all(rows)
    check_all(probe(0, user=NOBODY))
    expect(settings(), before, "settings afterwards")
    most = int(read("net.core.rmem_max"))
    expect(of(rows, "SO_RCVBUF"), [(most // 2, most // 2 * 2, "as-expected"), (most, most * 2, "as-expected"),
                                   (most * 2, most * 2, "cut"), (2**31 - 1, most * 2, "cut")], "buffers")


def planted_limits():
    sysctl(core__somaxconn=7, ipv4__tcp_congestion_control="reno", ipv4__ip_local_port_range="40000 40019",
           ipv4__ip_local_reserved_ports="40000-40009,40011", ipv4__tcp_keepalive_time=77,
           ipv4__tcp_keepalive_intvl=7, ipv4__tcp_keepalive_probes=3, ipv4__tcp_syn_retries=2,
           ipv4__tcp_fin_timeout=33, ipv4__ip_default_ttl=99, ipv4__tcp_rmem="4096 87380 6291456",
           ipv4__tcp_wmem="4096 65536 4194304", ipv4__tcp_notsent_lowat=16384,
           ipv4__ip_unprivileged_port_start=80)
    rows = probe(0)
    check_all(rows)
    expect(of(rows, "listen backlog"), [(3, 3, "as-expected"), (7, 7, "as-expected"), (14, 7, "cut"),
                                        (2**31 - 1, 7, "cut")], "backlog")
    expect(of(rows, "congestion control of a new socket"), [(None, "reno", "as-expected")], "default")
    expect(of(rows, "bind to a port"), [(79, "refused", "cut"), (80, "granted", "as-expected")], "ports")
    expect(of(rows, "receive buffer of a new TCP socket"), [(None, 87380, "as-expected")], "tcp_rmem")
    expect(of(rows, "TCP_LINGER2 of a new socket"), [(None, 33, "as-expected")], "tcp_fin_timeout")
    unsent = of(rows, "unsent bytes until a new TCP socket is full")[0]
    expect_true(8192 <= unsent[1] <= 16384 + 2 * 65536, f"tcp_notsent_lowat: {unsent}")


def limits_at_their_ends():
    """Nothing is privileged, nothing is queued, two ports are left."""
    sysctl(ipv4__ip_unprivileged_port_start=0, core__somaxconn=0,
           ipv4__ip_local_reserved_ports="40000-40006,40009-40019", ipv4__tcp_notsent_lowat=2**32 - 1)
    rows = probe(0)
    check_all(rows)
    expect(of(rows, "bind to a port"), [(1, "granted", "as-expected")], "ports")
    expect(of(rows, "listen backlog"), [(0, 0, "as-expected"), (2**31 - 1, 0, "cut")], "backlog")
    ports = {port for row in rows if row["what"].startswith("ephemeral") for port in row["got"]}
    expect_true(ports and ports <= {40007, 40008}, f"the ports that are left: {ports}")
    sysctl(ipv4__ip_unprivileged_port_start=40000, core__somaxconn=2**31 - 1)
    rows = probe(0)
    check_all(rows)
    expect(of(rows, "bind to a port"), [(39999, "refused", "cut"), (40000, "granted", "as-expected")], "ports")
    expect(of(rows, "listen backlog"), [(2**30 - 1, 2**30 - 1, "as-expected"),
                                        (2**31 - 1, 2**31 - 1, "as-expected")], "backlog")


def no_port_is_left():
    """What could not be tried is unknown: not 0, not a finding, and not a pass."""
    sysctl(ipv4__ip_local_reserved_ports="40000-40019")
    rows = probe(2)
    unknown = [row for row in rows if row["verdict"] == "unknown"]
    for row in unknown:
        expect(row["got"], None, row)
        expect_in("Address already in use", row["text"])
    expect({row["what"] for row in unknown},
           {"ephemeral ports of TCP", "ephemeral ports of UDP", "listen backlog",
            "unsent bytes until a new TCP socket is full"}, "unknown rows")
    sysctl(ipv4__ip_local_reserved_ports="")


@contextlib.contextmanager
def lie(folder, key, text):
    path = pathlib.Path(folder, key)
    path.write_text(text + "\n")
    subprocess.run(["mount", "--bind", path, path_of(key)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", path_of(key)], check=True)


def every_lie_is_found():
    with tempfile.TemporaryDirectory() as folder:
        expect(set(LIES), KEYS | {AVAILABLE}, "a lie for each key")
        for key, text in LIES.items():
            with lie(folder, key, text):
                rows = probe(1)
            wrong = [row for row in rows if row["verdict"] == "contradiction"]
            expect({row["sysctl"]["key"] for row in wrong}, {key}, f"contradictions with {key} = {text}")
            for row in wrong:
                expect(row["sysctl"]["value"], text, row)
                if "ephemeral" not in row["what"]:
                    expect_in("although", row["text"])
                expect_in("/proc/sys that is seen here is not the one", row["text"])
            expect({row["verdict"] for row in rows} <= {"as-expected", "cut", "contradiction"}, True, rows)


def a_lie_is_red():
    with tempfile.TemporaryDirectory() as folder, lie(folder, "net.core.somaxconn", "17"):
        ran = run("probe", "limits", "--color", "always")
        expect(ran.returncode, 1, ran.stdout)
        plain = run("probe", "limits", "--color", "never").stdout
    rows = [line for line in ran.stdout.splitlines() if "contradiction" in line and "listen backlog" in line]
    expect(len(rows), 2, ran.stdout)
    for line in rows:
        parts = line.split("\033[1;31m")
        expect(len(parts), 4, f"all three cells are red: {line!r}")
        expect_in("net.core.somaxconn = 17", parts[3])
    expect_true("\033" not in plain, "no colour")
    expect_in("although the sysctl permits 17", " ".join(plain.split()))
    expect_in("2 in contradiction, 0 unknown; Linux", plain)
    expect(plain.count(" limit.contradiction: "), 2, plain)
    expect_in("what a socket gets is the proof", " ".join(run("explain", "limit.contradiction").stdout.split()))


def what_cannot_be_read():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "--bind", folder, "/proc/sys/net/core"], check=True)
        try:
            rows = probe(2)
            text = run("probe", "limits").stdout
            with lie(folder, "net.ipv4.tcp_fin_timeout", "42"):
                probe(1)
        finally:
            subprocess.run(["umount", "/proc/sys/net/core"], check=True)
    core = [row for row in rows if row["sysctl"]["key"].startswith("net.core.")]
    expect(len(core), 8, "rows of net.core")  # two sizes for each of three, and two defaults
    for row in rows:
        expect(row["verdict"] == "unknown", row in core, row)
    for row in core:
        expect(row["sysctl"]["value"], None, row)
        expect_true(row["got"], f"what it got is known: {row}")
        expect_in(f"{row['sysctl']['key']} is not known: cannot open /proc/sys/net/core/", row["text"])
        expect_in("No such file or directory", row["text"])
    expect_in("net.core.somaxconn = (not known)", text)
    expect_in("8 unknown", text)


def what_is_no_number():
    with tempfile.TemporaryDirectory() as folder:
        for key in "net.core.somaxconn", "net.ipv4.tcp_rmem", "net.ipv4.ip_local_port_range":
            with lie(folder, key, "7x"):
                rows = probe(2)
            for row in rows:
                expect(row["verdict"] == "unknown", row["sysctl"]["key"] == key, row)


def without_loopback():
    subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
    try:
        rows = probe(2)
    finally:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for row in rows:
        expect(row["verdict"] == "unknown", row["what"].startswith("unsent"), row)
    expect(rows[-1]["text"], "cannot fill a connection over 127.0.0.1: Connection timed out", "why")
    expect((rows[-1]["got"], rows[-1]["sysctl"]["value"]), (None, "4294967295"), "no guess")


def command_line():
    refuses("probe", "limits", cases=((["--format", "xml"], "--format is one of table, json"),
                                      (["--netns", "all"], "no option --netns"),
                                      (["--verbose"], "no option --verbose"),
                                      (["somewhere"], "'somewhere' is too much")))
    text = run("probe", "limits").stdout
    for row in probe(0):
        expect_in(row["sysctl"]["key"], text)
    expect_in("asked 2147483647, got ", text)
    expect_in("0 in contradiction, 0 unknown", text)
    for columns in 60, 80, 132:
        fits(columns, on_terminal(columns, "probe", "limits"), "limits")
    with open("/dev/full", "w", encoding="ascii") as full:
        ran = subprocess.run([FETTLE, "probe", "limits"], stdout=full, stderr=subprocess.PIPE, text=True,
                             check=False)
    expect(ran.returncode, 70, ran.stderr)


def main():
    enter_namespaces("--mount")
    run_tests((as_it_is, command_line, every_lie_is_found, a_lie_is_red, what_cannot_be_read,
               what_is_no_number, without_loopback, planted_limits, limits_at_their_ends, no_port_is_left))


if __name__ == "__main__":
    main()
