#!/usr/bin/env python3
"""`probe bdp` on paths that lead nowhere, die, lose everything, or are slower and longer than any."""
# Mostly waits: may run beside others.
import threading

from common import expect, expect_in, expect_true, run
from path_line import FAR, Line, begin, run_in
from probe_common import bdp, make_token, reflecting

MBIT = 1000000
RATE, RTT_MS = 50 * MBIT, 40


def nothing_there():
    with Line(RATE, RTT_MS) as line:
        for to, code, words in [("nowhere.invalid", None, "cannot look up 'nowhere.invalid'"),
                                (FAR, 2, "Connection refused"),
                                ("10.77.0.99", 2, "did not answer within"),
                                ("", 64, "names no host"), ("10.77.0.2:0", 64, "is no port"),
                                ("10.77.0.2:99999", 64, "is no port"), ("[::1", 64, "expected [ADDRESS]")]:
            got, result, said = bdp(line, to=to)
            expect(result, None, f"{to}: a result")
            expect_true(got == code if code else got in (2, 65), f"{to}: exit {got}: {said}")
            expect_in(words, said, to)


def the_path_dies():
    """Long before such a slow one is measured."""
    with Line(MBIT // 10, RTT_MS) as line, reflecting(line):
        cut = threading.Timer(2, lambda: run_in(line.far, "ip", "link", "set", "path", "down"))
        cut.start()
        code, result, said = bdp(line, "--direction", "up", "--max-time", "30s")
        cut.join()
        expect((code, result), (2, None), f"a path that dies: {said}")
        expect_in("nothing gets through any more", said)


def everything_is_lost():
    with Line(RATE, RTT_MS, loss=1000000) as line, reflecting(line):
        code, result, said = bdp(line)
        expect((code, result), (2, None), said)
        expect_in("did not answer within", said)


def a_very_slow_path():
    """1 kbit/s: a packet takes 12 s, and what cannot be measured in time is not made up."""
    with Line(1000, 20, queue=3000) as line, reflecting(line):
        code, result, said = bdp(line, "--direction", "up", "--max-time", "5s")
        expect_true(code == 2, f"exit {code}: {result} {said}")
        if result:
            expect(result["up"]["rate_bps"], None, "a rate")


def a_very_long_path():
    with Line(10 * MBIT, 2000) as line, reflecting(line):
        _, result, said = bdp(line, "--direction", "up", "--max-time", "15s")
        expect_true(result, said)
        up = result["up"]
        expect_true(abs(up["min_rtt_us"] / 2e6 - 1) < 0.05, f"round trip: {up}")
        expect_true(up["confidence"] != "high" or abs(up["rate_bps"] / 1e7 - 1) < 0.05, f"{up}")


def main():
    begin()
    make_token()
    run([nothing_there, the_path_dies, everything_is_lost, a_very_slow_path, a_very_long_path])


if __name__ == "__main__":
    main()
