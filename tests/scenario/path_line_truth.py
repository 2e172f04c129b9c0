#!/usr/bin/env python3
"""The delay line itself, against ping and iperf3: it is what the measurements of paths are held to."""
import json
import re
import subprocess
import time

from common import SANITIZED, expect, expect_true, run
from path_line import FAR, FAR6, Line, begin, run_in

MBIT = 1000000


def round_trips():
    for rtt_ms in 4, 40, 200:
        with Line(100 * MBIT, rtt_ms) as line:
            for address in FAR, FAR6:
                out = run_in(line.near, "ping", "-q", "-c", 10, "-i", 0.05, address, capture_output=True,
                             text=True).stdout
                least_ms = float(re.search(r"= ([0-9.]+)/", out)[1])
                expect_true(rtt_ms <= least_ms < rtt_ms + 1.5, f"{rtt_ms} ms: {out}")


def rates():
    """TCP's payload is 1448 of 1500 bytes; the first round trips are slow start."""
    for rate, rtt_ms in (2 * MBIT, 20), (20 * MBIT, 20), (100 * MBIT, 20):
        for _ in range(3):
            with Line(rate, rtt_ms, queue=rate * rtt_ms / 4000 + 30000) as line:
                server = line.spawn("far", "iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
                time.sleep(0.5)
                out = run_in(line.near, "iperf3", "-c", FAR, "-t", 5, "-O", 2, "-J", capture_output=True,
                             text=True).stdout
                server.wait(20)
            share = json.loads(out)["end"]["sum_received"]["bits_per_second"] / rate
            print(f"     {rate // MBIT} Mbit/s: iperf3 has {share:.1%}, at most {1448 / 1500:.1%}")
            if 0.93 < share < 0.98:
                break
        expect_true(0.93 < share < 0.98, f"{rate}: {share}")


def losses():
    """One in ten, by a seed: the same packets each time."""
    counts = []
    for _ in range(2):
        with Line(100 * MBIT, 4, loss=100000, seed=7) as line:
            subprocess.run(["ip", "netns", "exec", line.near, "ping", "-q", "-c", "300", "-i", "0.002",
                            "-W", "1", FAR], stdout=subprocess.DEVNULL, check=False)
        way = line.truth["up"]
        counts.append((way["in"], way["random_drops"]))
        expect_true(0.05 < way["random_drops"] / way["in"] < 0.15, f"lost: {way}")
        told = way["out"] + way["random_drops"] + way["queue_drops"]
        expect_true(0 <= way["in"] - told <= 3, f"every packet but those on their way is counted: {way}")
    expect(counts[0], counts[1], "the same seed")


def queues():
    """A queue of so many bytes holds that and drops the rest."""
    with Line(MBIT, 4, queue=10000) as line:
        subprocess.run(["ip", "netns", "exec", line.near, "ping", "-q", "-c", "30", "-l", "20", "-i", "0.002",
                        "-s", "1400", "-W", "1", FAR], stdout=subprocess.DEVNULL, check=False)
    way = line.truth["up"]
    expect_true(way["queue_drops"] > 5, f"dropped: {way}")
    expect_true(8000 < way["queue_most_bytes"] <= 10000, f"held: {way}")


if __name__ == "__main__":
    begin()
    run((round_trips, losses, queues) if SANITIZED else (round_trips, losses, queues, rates))
