#!/usr/bin/env python3
"""`fettle probe transports`: what is compared, by whom, and what is said where it cannot be. What it
measures depends on the host: here it is only held against itself."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess

from common import NOBODY as NOBODY_UID
from common import PATIENCE_S, expect, expect_in, expect_true, open_files, wait_until
from common import run as run_tests
from probe_local import FETTLE, NOBODY, PROBE, fits, on_terminal, refuses, run, sysctl
from sockets_common import enter_namespaces

KINDS = ["unix-stream", "unix-seqpacket", "tcp-ipv4", "tcp-ipv6", "udp-ipv4"]
HOWS = ["write", "writev", "sendfile", "splice", "zerocopy"]
IP = ["tcp-ipv4", "tcp-ipv6", "udp-ipv4"]
CHUNK = 32768
COPIED = "SO_EE_CODE_ZEROCOPY_COPIED"
QUICK = ["measure-ms=20", "round-trips=200"]


def quick(*prefix, words=()):
    """The object of the probe itself, which can be told to be brief, by kind of transport."""
    ran = subprocess.run([*prefix, PROBE, "transports", *(words or QUICK)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
    lines = ran.stdout.splitlines()
    expect((ran.returncode, ran.stderr), (0, ""), f"fettle-probe: {lines[-1:]}")
    for line in lines[:-1]:
        expect(sorted(json.loads(line)["progress"]), ["transport", "what"], "progress")
    return by_kind(json.loads(lines[-1]))


def by_kind(answer):
    expect([one["transport"] for one in answer["transports"]], KINDS, "transports")
    expect((answer["chunk_bytes"], answer["message_bytes"]), (CHUNK, 64), "sizes")
    return {one["transport"]: one for one in answer["transports"]}


def check_measured(kind, row, base):
    expect(row["status"], "measured", f"{kind} {row}")
    expect_true(0 < row["bytes"] <= row["sent_bytes"] and row["seconds"] > 0, f"{kind} {row}")
    expect_true(abs(row["Bps"] * row["seconds"] / row["bytes"] - 1) < 0.01, f"{kind} {row}")
    # the mean of rounds that take as long, but for the last of each to arrive
    expect_true(row["low_Bps"] <= row["Bps"] + 1 <= row["high_Bps"] + 2, f"{kind} {row}")
    expect_true(abs(row["ratio"] * base / row["Bps"] - 1) < 0.01, f"{kind} {row}")
    if kind != "udp-ipv4":
        expect(row["bytes"], row["sent_bytes"], f"{kind} {row}: nothing is lost")
        expect_true(not row["note"] or row["how"] == "zerocopy", f"{kind} {row}")
    elif row["bytes"] < row["sent_bytes"]:
        lost = 100 * (1 - row["bytes"] / row["sent_bytes"])
        expect_in(f"{lost:.1f} % of what was sent was lost", row["note"])
    if kind in ("udp-ipv4", "unix-seqpacket"):
        expect(row["bytes"] % CHUNK, 0, f"{kind} {row}: whole messages")
    if row["how"] == "zerocopy":
        expect_in(COPIED, row["note"])


def check_trips(kind, row, round_trips):
    """Each way has made its own."""
    if row["how"] == "zerocopy" and kind not in IP:
        expect((row["latency_us"], row["round_trips"]), (None, 0), row)
        return
    us = row["latency_us"]
    expect(sorted(us), ["p50", "p90", "p99"], "percentiles")
    expect_true(0 < us["p50"] <= us["p90"] <= us["p99"], f"{kind} {row}")
    lost = round_trips - row["round_trips"]
    expect_true(0 <= lost <= (kind == "udp-ipv4"), f"{kind} {row}: of {round_trips}")


def check_kind(one, base, round_trips):
    kind = one["transport"]
    expect((one["status"], one["note"]), ("measured", None), one)
    expect(sorted(one["latency_us"]), ["p50", "p90", "p99"], "percentiles")
    expect_true(0 < one["latency_us"]["p50"] <= one["latency_us"]["p90"] <= one["latency_us"]["p99"], one)
    expect(one["round_trips"], round_trips, f"round trips of {kind}")
    expect([one["latency_us"], one["round_trips"]],
           [one["throughput"][0][member] for member in ("latency_us", "round_trips")], "of write")
    expect([row["how"] for row in one["throughput"]], HOWS, kind)
    for row in one["throughput"]:
        expect(list(row), ["how", "status", "sent_bytes", "bytes", "seconds", "Bps", "low_Bps", "high_Bps",
                           "ratio", "latency_us", "round_trips", "note"], "row")
        check_trips(kind, row, round_trips)
        if row["how"] == "zerocopy" and kind not in IP:
            check_unmeasured(row, "not-applicable")
            expect(row["note"], f"MSG_ZEROCOPY does not go with {kind}: Operation not supported", kind)
        else:
            check_measured(kind, row, base)


def check_unmeasured(row, status):
    expect(row["status"], status, row)
    for member in "sent_bytes", "bytes", "seconds", "Bps", "low_Bps", "high_Bps", "ratio":
        expect(row[member], None, f"{member} in {row}")


def check_all(found, round_trips):
    base = found["unix-stream"]["throughput"][0]
    expect(base["ratio"], 1.0, "of itself")
    for one in found.values():
        check_kind(one, base["Bps"], round_trips)


def all_of_it():
    check_all(quick(), 200)
    check_all(quick(*NOBODY), 200)
    check_all(quick(words=("measure-ms=5", "round-trips=1")), 1)


def the_command():
    ran = run("probe", "transports", "--format", "json")
    expect((ran.returncode, ran.stderr), (0, ""), "json")
    found = by_kind(json.loads(ran.stdout))
    trips = {kind: one["round_trips"] for kind, one in found.items()}
    for kind, one in found.items():
        expect_true(0 < trips[kind] <= 8000, f"round trips, fewer where each takes long: {trips}")
        check_kind(one, found["unix-stream"]["throughput"][0]["Bps"], trips[kind])


def tables():
    ran = run("probe", "transports")
    expect((ran.returncode, ran.stderr), (0, ""), "table")
    lines = ran.stdout.splitlines()
    expect(lines[0].split(), "transport how p50 us p90 p99 Gbit/s +-% ratio".split(), "titles")
    for kind in KINDS:
        row = [line.split() for line in lines if line.startswith(kind + " ")]
        expect((len(row), len(row[0]), row[0][1]), (1, 8, "write"), f"{kind}: {row}")
    expect(lines[1].split()[-1], "1.00", "the ratio of a Unix stream to itself")
    for how in HOWS:
        expect(sum(line.split()[:2].count(how) for line in lines[1:]), len(KINDS), f"rows of {how}")
    expect(ran.stdout.count(COPIED), len(IP), ran.stdout)
    for columns in 50, 80:
        shown = on_terminal(columns, "probe", "transports")
        fits(columns, shown, "transports")
        expect_in("Gbit/s", "".join(shown))
    refuses("probe", "transports", cases=((["--format", "yaml"], "--format is one of table, json"),
                                          (["--sample", "1s"], "no option --sample"),
                                          (["here"], "'here' is too much")))


def words():
    for word, said in (("measure-ms=0", "from 1 to 1000"), ("round-trips=x", "from 1 to 100000"),
                       ("what=1", "is not understood"), ("rubbish", "NAME=VALUE")):
        ran = subprocess.run([PROBE, "transports", word], capture_output=True, text=True, check=False,
                             timeout=PATIENCE_S)
        expect(ran.returncode, 1, word)
        expect(json.loads(ran.stdout)["error"]["code"], "EINVAL", word)
        expect_in(said, json.loads(ran.stdout)["error"]["text"])


def devices():
    """Packets that each device has carried."""
    found = {}
    for line in pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]:
        name, _, counts = line.partition(":")
        found[name.strip()] = int(counts.split()[1]) + int(counts.split()[9])
    return found


def only_over_loopback():
    subprocess.run(["ip", "link", "add", "other", "type", "veth", "peer", "name", "far"], check=True)
    subprocess.run(["ip", "address", "add", "192.0.2.1/24", "dev", "other"], check=True)
    sysctl(ipv6__conf__other__disable_ipv6=1, ipv6__conf__far__disable_ipv6=1)  # they announce themselves
    for name in "other", "far":
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
    before = devices()
    quick()
    after = devices()
    expect(after["other"], before["other"], "packets over another device")
    expect_true(after["lo"] > before["lo"] + 1000, "packets over lo")
    held = subprocess.run(["ss", "-Htan"], capture_output=True, text=True, check=True).stdout
    expect(held, "", "sockets that are left")


def without_ipv6():
    sysctl(ipv6__conf__all__disable_ipv6=1)
    found = quick()
    sysctl(ipv6__conf__all__disable_ipv6=0)
    gone = found.pop("tcp-ipv6")
    expect(gone, {"transport": "tcp-ipv6", "status": "not-applicable", "latency_us": None, "round_trips": 0,
                  "throughput": [],
                  "note": "nobody has ::1: lo is down, or net.ipv6.conf.lo.disable_ipv6 is set"}, "::1")
    check_all(found, 200)
    sysctl(ipv6__conf__all__disable_ipv6=1)
    ran = run("probe", "transports")
    sysctl(ipv6__conf__all__disable_ipv6=0)
    expect(ran.returncode, 0, "what is not there is no failure")
    row = [line for line in ran.stdout.splitlines() if line.startswith("tcp-ipv6")]
    expect(len(row), 1, ran.stdout)
    expect_in("nobody has ::1", row[0])


def without_loopback():
    """TCP cannot connect and so is not there; datagrams can be sent, and get lost."""
    subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
    try:
        found = quick()
        ran = run("probe", "transports", "--format", "json")
    finally:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for kind in "tcp-ipv4", "tcp-ipv6":
        expect((found[kind]["status"], found[kind]["throughput"]), ("not-applicable", []), kind)
        expect_in("lo is down" if kind == "tcp-ipv6" else "is lo down", found[kind]["note"])
    expect((found["udp-ipv4"]["status"], found["udp-ipv4"]["latency_us"]), ("failed", None), "udp")
    expect(found["udp-ipv4"]["note"], "round trips failed: Connection timed out", "udp")
    for kind in "unix-stream", "unix-seqpacket":
        check_kind(found[kind], found["unix-stream"]["throughput"][0]["Bps"], 200)
    expect((ran.returncode, ran.stderr), (2, ""), "what failed is a failure")


def without_locked_memory():
    found = quick("prlimit", "--memlock=4096")
    for kind in IP:
        row = found[kind]["throughput"][HOWS.index("zerocopy")]
        check_unmeasured(row, "not-applicable")
        expect(row["note"], f"MSG_ZEROCOPY does not go with {kind}: No buffer space available", kind)


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@contextlib.contextmanager
def running():
    """The probe and its second process, both at work."""
    process = subprocess.Popen([PROBE, "transports", "measure-ms=1000"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # progress
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    expect(len(children), 1, "second processes")
    try:
        yield process, int(children[0])
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def neither_has_rights():
    with running() as (process, second):
        for pid in process.pid, second:
            status = status_of(pid)
            for name in "CapInh", "CapPrm", "CapEff", "CapAmb":
                expect(int(status[name], 16), 0, f"{name} of {pid}")
            expect(status["Uid"].split(), [str(NOBODY_UID)] * 4, "uid")
            expect((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"), "confined")
        links = open_files(second)
        expect_true(any(link.startswith("socket:") for link in links), f"what it holds: {links}")
        output = os.readlink(f"/proc/{process.pid}/fd/1")
        expect_true(output not in links, f"the second process keeps the output open: {links}")


def is_gone(pid):
    """A zombie nobody waits for is gone too."""
    try:
        return status_of(pid)["State"].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def the_first_is_killed():
    with running() as (process, second):
        process.kill()
        wait_until(lambda: is_gone(second), "the second process to end")


def the_second_is_killed():
    with running() as (process, second):
        os.kill(second, signal.SIGKILL)
        lines = process.stdout.read().splitlines()
        expect(process.wait(timeout=PATIENCE_S), 0, "the probe ends")
    found = by_kind(json.loads(lines[-1]))
    for kind in KINDS[1:]:
        expect((found[kind]["status"], found[kind]["latency_us"]), ("failed", None), found[kind])
        expect_true(found[kind]["note"].startswith("round trips failed: "), found[kind])


def signals_do_no_harm():
    """Stopped and continued while it measures."""
    process = subprocess.Popen([PROBE, "transports", *QUICK], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True)
    for _ in range(20):
        line = process.stdout.readline()
        if "progress" not in line:
            break
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGCONT)
    rest = (line + process.stdout.read()).splitlines()
    expect(process.wait(timeout=PATIENCE_S), 0, "the probe ends")
    check_all(by_kind(json.loads(rest[-1])), 200)


def main():
    enter_namespaces()
    expect_true(FETTLE.exists() and PROBE.exists(), "what is tested")
    run_tests((all_of_it, words, the_command, tables, only_over_loopback, without_ipv6, without_loopback,
               without_locked_memory, neither_has_rights, the_first_is_killed, the_second_is_killed,
               signals_do_no_harm))


if __name__ == "__main__":
    main()
