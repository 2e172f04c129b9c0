#!/usr/bin/env python3
"""`probe bdp` on a grid of paths whose truth is known: rate, round trip and their product within 5 %
where nothing is lost and the queue holds a bandwidth-delay product; an honest confidence elsewhere.

probe_grid.py [--iperf] [N...]: those rows alone; with iperf3 for ten seconds on the same path beside it.
"""
import json
import random
import re
import subprocess
import sys
import time

from common import SANITIZED, Failure
from path_line import FAR, Line, begin, run_in
from probe_common import bdp, make_token, reflecting

MBIT = 1000000
WITHIN = 0.05
# a line that delivers packets later than this is no truth to compare with, nor one whose pings differ
LATE_SHARE, LATE_LEAST_US = 0.10, 3000
DIFFER_SHARE = WITHIN / 5
TRIES = 4

# Mbit/s up, Mbit/s down, round trip ms, queue in BDPs, loss in millionths, congestion control
GRID = [
    (2, 2, 2, 4, 0, "cubic"), (2, 2, 20, 4, 0, "bbr"), (2, 2, 100, 1, 0, "cubic"),
    (5, 5, 50, 1, 0, "bbr"), (10, 10, 5, 4, 0, "cubic"), (10, 10, 20, 1, 0, "cubic"),
    (10, 10, 100, 2, 0, "bbr"), (10, 10, 200, 1, 0, "cubic"), (20, 2, 30, 2, 0, "bbr"),
    (50, 5, 40, 1, 0, "cubic"), (50, 50, 10, 4, 0, "bbr"), (50, 50, 80, 1, 0, "cubic"),
    (50, 50, 200, 1, 0, "bbr"), (100, 100, 10, 2, 0, "cubic"), (100, 10, 20, 1, 0, "bbr"),
    (100, 100, 40, 1, 0, "cubic"), (100, 100, 40, 2, 0, "bbr"), (100, 100, 80, 1, 0, "bbr"),
    (200, 200, 20, 2, 0, "cubic"), (200, 200, 50, 1, 0, "bbr"), (400, 400, 10, 2, 0, "cubic"),
    (400, 400, 20, 1, 0, "bbr"),
    # where the truth is not to be had: a queue that is too short, and loss
    (20, 20, 40, 0.25, 0, "cubic"), (100, 100, 40, 0.25, 0, "cubic"), (100, 100, 20, 0.5, 0, "bbr"),
    (10, 10, 40, 1, 10000, "cubic"), (50, 50, 40, 1, 10000, "bbr"), (100, 100, 20, 1, 1000, "cubic"),
    (100, 100, 40, 1, 10000, "cubic"),
]
# the shortest queue that a path with the queue of a modem has: a few packets
QUEUE_LEAST = 10 * 1500


def line_of(row, seed):
    up, down, rtt_ms, queue, loss, _ = row
    bytes_of_bdp = up * MBIT * rtt_ms / 8000
    return Line(up * MBIT, rtt_ms, queue=max(queue * bytes_of_bdp, QUEUE_LEAST), loss=loss,
                back=down * MBIT, seed=seed)


def iperf(row, seed):
    """Megabytes of ten seconds."""
    with line_of(row, seed) as line:
        server = line.spawn("far", "iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        ran = run_in(line.near, "iperf3", "-c", FAR, "-t", 10, "-J", "-C", row[5], capture_output=True,
                     text=True)
        server.wait(20)
        return json.loads(ran.stdout)["end"]["sum_sent"]["bytes"] / 1e6


def measure(row, seed):
    """What was measured, what ping says, and by how much the line itself was late."""
    with line_of(row, seed) as line, reflecting(line, "--once", address="0.0.0.0"):
        truth = ping(line)
        _, result, said = bdp(line, "--direction", "up", "--congestion", row[5])
    if not result:
        raise Failure(f"{row}: {said}")
    return result["up"], truth, max(line.truth[way]["late_most_us"] for way in ("up", "down"))


def ping(line):
    """The least round trip of a packet as small as those that open a connection, in microseconds, and
    the share of it by which packets differ."""
    out = run_in(line.near, "ping", "-q", "-c", 10, "-i", 0.05, "-s", 32, FAR, capture_output=True,
                 text=True).stdout
    least, _, _, deviation = map(float, re.search(r"= ([0-9./]+) ms", out)[1].split("/"))
    return least * 1000, deviation / least


def judge(row, up, least_us):
    """What is wrong with it; None: nothing."""
    rate = row[0] * MBIT
    off = {"rate": (up["rate_bps"] or 0) / rate - 1,
           "rtt": up["min_rtt_us"] / least_us - 1,
           "bdp": (up["bdp_bytes"] or 0) / (rate * least_us / 8e6) - 1}
    clean = not row[4] and row[3] >= 1
    if row[4] and up["rate_bps"] < 0.5 * rate and up["limited_by"] != "loss":
        return f"limited by {up['limited_by']}, and packets are lost"
    if clean and up["limited_by"] != "path":
        return f"limited by {up['limited_by']}"
    if clean and up["confidence"] != "high":
        return f"confidence {up['confidence']}"
    if up["confidence"] != "high" and not clean:
        return None
    most = {"rate": WITHIN, "rtt": WITHIN, "bdp": WITHIN if clean else 2 * WITHIN}
    wrong = {name: f"{value:+.1%}" for name, value in off.items() if abs(value) > most[name]}
    return f"off by {wrong}" if wrong else None


def one(number, row, with_iperf):
    for attempt in range(TRIES):
        seed = random.randrange(1 << 31)
        up, (least_us, differ), late_us = measure(row, seed)
        wrong = judge(row, up, least_us)
        if not wrong:
            break
        print(f"     try {attempt + 1}, seed {seed}: {wrong}; the line was {late_us} us late at most, "
              f"and pings differed by {differ:.1%}", flush=True)
        is_truth = late_us < max(LATE_LEAST_US, LATE_SHARE * row[2] * 1000) and differ < DIFFER_SHARE
        if is_truth and attempt > 1:
            break
    beside = f"{up['bytes'] / 1e6 / iperf(row, seed):6.1%} of iperf3's bytes" if with_iperf else ""
    print(f"{'FAIL' if wrong else 'ok  '} {number:2} {row[0]:3}/{row[1]:<3} Mbit/s {row[2]:3} ms, queue "
          f"{row[3]:4} BDP, loss {row[4] / 10000:3.1f} %, {row[5]:5}: "
          f"{(up['rate_bps'] or 0) / MBIT:6.1f} Mbit/s {up['min_rtt_us'] / 1000:5.1f} ms, "
          f"{up['limited_by']:17} {up['confidence']:6} {up['bytes'] / 1e6:5.1f} MB in "
          f"{up['elapsed_s']:4.1f} s {beside}", flush=True)
    return wrong


def main():
    begin()
    make_token()
    with_iperf = "--iperf" in sys.argv
    # with sanitizers the programs are slower than the faster paths
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()] or \
        [number for number, row in enumerate(GRID) if row[0] <= 20 or not SANITIZED]
    failed = [number for number in numbers if one(number, GRID[number], with_iperf)]
    print(f"{len(numbers) - len(failed)} of {len(numbers)} paths as they are")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
