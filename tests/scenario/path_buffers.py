#!/usr/bin/env python3
"""path.buffers-below-bdp and `paths:` of a profile on a delay line whose truth is known: a window or a
send buffer that is too small for it, on either host, and a healthy twin."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time

from common import BUILDDIR, PATIENCE_S, Failure, expect, expect_in, expect_true, run
from path_line import FAR, Line, begin, run_in

FETTLE = BUILDDIR / "fettle"
RATE, RTT_MS = 50_000_000, 40
BDP = RATE * RTT_MS // 8000
SMALL = 65536
PORT = 4433
PROFILE = pathlib.Path("/run/paths.yaml")
RULES = f"""
schema: 1
name: paths
summary: A path whose truth is known
paths:
  - {{name: far, to: "{FAR}:{PORT}", expect: {{buffers: {{at-least: bdp}}}}}}
  - {{name: rtt, to: {FAR}, expect: {{rtt: {{between: [39ms, 60ms]}}}}}}
  - {{name: too-far, to: 10.77.0.0/24, expect: {{rtt: {{at-most: 39ms}}}}}}
  - {{name: rate, to: 10.77.0.0/24, expect: {{rate: {{at-least: 40Mbit}}}}}}
  - {{name: nowhere, to: 203.0.113.0/24, expect: {{buffers: {{at-least: bdp}}}}}}
"""

# Takes all that comes; with a buffer of its own when it is told a size.
SINK = r"""
import socket, sys, threading
listener = socket.socket()
if int(sys.argv[2]):
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(sys.argv[2]))
listener.bind(("", int(sys.argv[1])))
listener.listen(9)
print("ready", flush=True)
def take(one):
    while one.recv(1 << 18):
        pass
while True:
    threading.Thread(target=take, args=(listener.accept()[0],), daemon=True).start()
"""

# Sends to the end; pauses between pieces when it is told to. By the first congestion control of those
# it is given that there is: bbr may pace itself below a window, and on kernel 6.18 what does not pace
# itself puts six times SO_SNDBUF under way and is not bounded by it.
SOURCE = r"""
import contextlib, socket, sys, time
one = socket.socket()
for name in sys.argv[5].split(","):
    with contextlib.suppress(OSError):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
        break
if int(sys.argv[3]):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(sys.argv[3]))
one.connect((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    one.sendall(b"x" * (1 << 16 if not float(sys.argv[4]) else 1000))
    time.sleep(float(sys.argv[4]))
"""


@contextlib.contextmanager
def bulk(keys=None, sndbuf=0, rcvbuf=0, pause_s=0, congestion="cubic,reno"):
    """A transfer that has gone on for a while, over a line of 2 BDPs of queue."""
    with Line(RATE, RTT_MS, queue=2 * BDP, keys=keys) as line, contextlib.ExitStack() as stack:
        for end, program, words in (("far", SINK, (PORT, rcvbuf)),
                                    ("near", SOURCE, (FAR, PORT, sndbuf, pause_s, congestion))):
            process = line.spawn(end, sys.executable, "-c", program, *words, stdout=subprocess.PIPE)
            stack.callback(process.wait, PATIENCE_S)
            stack.callback(process.kill)
            stack.callback(process.stdout.close)
            if process.stdout.readline() != "ready\n":
                raise Failure("an end does not start")
        time.sleep(2.5)
        yield line


def fettle(line, *words, end="near"):
    netns = line.near if end == "near" else line.far
    ran = subprocess.run(["ip", "netns", "exec", netns, FETTLE, *map(str, words), "--format", "json"],
                         capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
    expect_true(ran.returncode in (0, 1, 2), f"{words}: {ran.returncode} {ran.stderr}")
    return json.loads(ran.stdout)


def findings(line, identity, sample="1500ms", **options):
    found = fettle(line, "sockets", "--findings", "--sample", sample, **options)["findings"]
    return [f for f in found if f["id"] == identity]


def rule(line, name):
    PROFILE.write_text(RULES)
    found = fettle(line, "audit", PROFILE)["findings"]
    matching = [f for f in found if f["id"] == f"paths.{name}"]
    expect(len(matching), 1, f"paths.{name}: {found}")
    return matching[0]


def failing(line, **options):
    """The one finding of the destination, which must be there."""
    found = [f for f in findings(line, "path.buffers-below-bdp", **options) if f["status"] == "fail"]
    expect(len(found), 1, f"findings: {found}")
    expect(found[0]["subject"], f"path bounded by a buffer: to 10.77.0.0/24 port {PORT}", "where to")
    expect_true("owner" not in found[0], "it is of the destination")
    expect_true(39000 <= int(found[0]["evidence"]["min_rtt_us"]) <= 60000, found[0])
    return found[0]


def destination(line):
    found = fettle(line, "probe", "survey")["destinations"]
    expect([(d["destination"], d["port"], d["listens"]) for d in found],
           [("10.77.0.0/24", PORT, "there")], "destinations")
    return found[0]


def healthy():
    """The path is full, and no buffer is the reason."""
    with bulk() as line:
        there = destination(line)
        expect_true(0.85 * BDP <= there["bdp_bytes"] <= 1.05 * BDP, f"BDP of {BDP}: {there}")
        expect_true(there["limited_by"] in ("path", "loss") and not there["bdp_is_lower_bound"], there)
        expect([f["status"] for f in findings(line, "path.buffers-below-bdp")], ["pass"], "the finding")
        expect([f["status"] for f in findings(line, "path.buffers-below-bdp", sample="0s")], ["pass"],
               "in one look")
        for name, status in (("far", "pass"), ("rtt", "pass"), ("too-far", "fail"), ("rate", "pass"),
                             ("nowhere", "not-applicable")):
            expect(rule(line, name)["status"], status, f"paths.{name}: {rule(line, name)}")


def window_of_the_far_end():
    for told in {"keys": {("far", "net.ipv4.tcp_rmem"): f"4096 {SMALL} {SMALL}"}}, {"rcvbuf": SMALL // 2}:
        with bulk(**told) as line:
            found = failing(line)
            expect_in("the far end's receive window of ", found["actual"])
            expect_in(f"on the far end, {FAR}: raise the third field of net.ipv4.tcp_rmem", found["remedy"])
            expect(found["evidence"]["bound-on"], "the far end", "which host")
            window = int(found["evidence"]["snd_wnd_bytes"])
            expect_true(SMALL // 4 < window < SMALL, f"its window: {window}")
            there = destination(line)
            expect((there["limited_by"], there["bdp_is_lower_bound"]), ("receive-window", True), "survey")
            failed = rule(line, "far")
            expect(failed["status"], "fail", f"paths.far: {failed}")
            expect_in("the far end's receive window", failed["actual"])
            expect(rule(line, "rate")["status"], "fail", "paths.rate")
            expect(rule(line, "rtt")["status"], "pass", "paths.rtt")


def received(line, seconds=1):
    """Bytes a second that arrive at the far end."""
    def count():
        ran = run_in(line.far, "ip", "-s", "-j", "link", "show", "path", capture_output=True, text=True)
        return json.loads(ran.stdout)[0]["stats64"]["rx"]["bytes"]
    before = count()
    time.sleep(seconds)
    return (count() - before) / seconds


def what_the_remedy_mends():
    """Raising what the finding names, on the host that it names, as far as it says, until it is content."""
    most, rates = str(SMALL), []
    for _ in range(5):
        with bulk({("far", "net.ipv4.tcp_rmem"): f"4096 {SMALL} {most}"}) as line:
            rates.append(received(line))
            failed = [f for f in findings(line, "path.buffers-below-bdp") if f["status"] == "fail"]
            if not failed:
                break
            most = failed[0]["remedy"].split("tcp_rmem to ")[1].split()[0]
    expect(failed, [], f"with {most}: {rates}")
    expect_true(len(rates) > 2 and rates[1] > 1.7 * rates[0], f"the first step: {rates}")
    expect_true(rates[-1] * 8 > 0.9 * RATE, f"in the end: {rates}")


def send_buffer_of_this_host():
    cases = (({"keys": {("near", "net.ipv4.tcp_wmem"): f"4096 16384 {SMALL}"}},
              "the maximum of net.ipv4.tcp_wmem, 65536 bytes,", "net.ipv4.tcp_wmem",
              "on this host: sysctl -w net.ipv4.tcp_wmem=\"4096 16384 "),
             ({"sndbuf": SMALL // 2}, "SO_SNDBUF of 65536 bytes, set by the application,", "SO_SNDBUF",
              "on this host, in python3: leave SO_SNDBUF alone"))
    for told, actual, name, remedy in cases:
        with bulk(**told, congestion="bbr") as line:
            found = failing(line)
            expect_in(actual, found["actual"])
            expect_in(remedy, found["remedy"])
            expect(found["evidence"][name], str(SMALL), name)
            expect(found["evidence"]["bound-on"], "this host", "which host")
            told_again = [f for f in findings(line, "socket.send-buffer-limited") if f["status"] == "fail"]
            expect(told_again, [], "one fault is told once")
            expect(destination(line)["limited_by"], "send-buffer", "survey")
            expect(rule(line, "far")["status"], "fail", "paths.far")


def both_ends_on_this_host():
    """With every namespace in view the end that receives says what bounds it, once."""
    with bulk({("far", "net.ipv4.tcp_rmem"): f"4096 {SMALL} {SMALL}"}) as line:
        found = fettle(line, "sockets", "--findings", "--sample", "1500ms", "--netns", "all")["findings"]
        # of this path: there may be others on the host
        failed = [(f["id"], f.get("netns")) for f in found if f["status"] == "fail" and
                  f.get("netns") in (line.near, line.far) and
                  f["id"] in ("path.buffers-below-bdp", "socket.recv-buffer-limited")]
        expect(failed, [("socket.recv-buffer-limited", line.far)], "findings")


def an_application_that_sends_little():
    with bulk(pause_s=0.05) as line:
        there = destination(line)
        expect((there["limited_by"], there["bdp_is_lower_bound"]), ("sender", True), f"survey: {there}")
        expect([f["status"] for f in findings(line, "path.buffers-below-bdp")], ["pass"], "the finding")
        unknown = rule(line, "far")
        expect(unknown["status"], "unknown", f"paths.far: {unknown}")
        expect_in("the application bounds what is sent to it", unknown["reason"])
        expect(rule(line, "rate")["status"], "unknown", "paths.rate")


def main():
    begin()
    run((healthy, window_of_the_far_end, what_the_remedy_mends, send_buffer_of_this_host,
         both_ends_on_this_host, an_application_that_sends_little))


if __name__ == "__main__":
    main()
