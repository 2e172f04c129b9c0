#!/usr/bin/env python3
"""`probe bdp` and far ends that are not what they should be."""
# Mostly waits: may run beside others.
import concurrent.futures
import contextlib
import socket
import subprocess
import threading
import time

from common import expect, expect_in, run
from far_end import FarEnd, greet, read_all, until_data, until_go, until_granted
from path_line import FAR, Line, begin, run_in
from probe_common import PORT, bdp, bdp_table, make_token

MBIT = 1000000
RATE, RTT_MS = 50 * MBIT, 40


def says(text):
    def serve(server):
        connection = server.accept()[0]
        connection.sendall(text)
        read_all(connection)
    return serve


def silent(server):
    connection = server.accept()[0]
    read_all(connection)


def closes(server):
    server.accept()[0].close()


def refuses_without_a_word(server):
    control, file = greet(server)
    file.readline()
    file.write(b"no\n")
    read_all(control)


def other_version(server):
    read_all(greet(server, version=2)[0])


def stranger(server):
    """Knows no token, and says that all is well."""
    connection = server.accept()[0]
    connection.sendall(b"fettle-reflect 1 " + b"ab" * 16 + b"\n")
    connection.recv(1000)
    connection.sendall(b"ok " + b"0" * 64 + b"\n")
    read_all(connection)


def closes_in_the_middle(server):
    control, data = until_data(server, "up")
    data.recv(100000)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    data.close()
    control.close()


def received_line(count):
    return (f"received most_bytes=0 bytes={count} elapsed_us=1000000 burst_Bps=1000 rcvbuf_bytes=1000 "
            f"window_bytes=0\n").encode()


def receives(server, more):
    """All that comes, and says that it was that many more bytes."""
    control, data = until_data(server, "up")
    control.write(received_line(read_all(data) + more))
    time.sleep(1)


def nonsense_up(server):
    control, data = until_data(server, "up")
    read_all(data)
    control.write(b"received bytes=-1 and so on\n")
    time.sleep(1)


def sends(server, count=200000, **claims):
    """The first data with the word that they are coming; says that it was the bytes it sent, or what is
    claimed."""
    control, data = until_data(server, "down", b"x" * count)
    data.close()
    control.write(sent_line(count, **claims))
    time.sleep(1)


def sent_line(count, **claims):
    fields = dict(most_bytes=0, bytes=count, elapsed_us=2000000, rate_Bps=100000, min_rtt_us=40000,
                  rtt_us=40000, mss_bytes=1448, packet_bytes=1500, window_bytes=0, sndbuf_bytes=0,
                  flight_bytes=0, retransmits=0, segments=100, limited_by=1, confidence=3, converged=1)
    words = " ".join(f"{name}={value}" for name, value in {**fields, **claims}.items())
    return f"sent {words} congestion=cubic\n".encode()


def every_byte_counts():
    with Line(RATE, RTT_MS) as line, FarEnd(line, sends):
        _, result, said = bdp(line, "--direction", "down", code=0)
        expect(result["down"]["received_bytes"], 200000, f"what came: {said}")


def congestion_that_was_not_asked_for():
    """A far end of before, which sends as it likes."""
    words = ("--direction", "down", "--congestion", "reno")
    with Line(RATE, RTT_MS) as line:
        with FarEnd(line, sends):
            _, result, said = bdp(line, *words, code=0)
            expect((result["down"]["congestion"], result["down"]["congestion_asked"]), ("cubic", "reno"), said)
        with FarEnd(line, sends):
            _, shown, _ = bdp_table(line, *words)
            expect_in("cubic, and not as asked for reno", " ".join(shown.split()))


def lies(way, serve, claims, words):
    with Line(RATE, RTT_MS) as line, FarEnd(line, lambda server: serve(server, **claims)):
        got, result, said = bdp(line, "--direction", way)
        expect((got, result), (2, None), f"{way} {claims}: {said}")
        expect_in(words, said, f"{way} {claims}")


def lies_up():
    for more in 10 ** 9, 1, -1:
        lies("up", receives, {"more": more}, "the far end says it received")


def lies_down():
    huge = 10 ** 12
    for claims, words in [
            ({"rate_Bps": huge}, "says it sent at 1000000000000 bytes a second, and never more than"),
            ({"rate_Bps": huge, "elapsed_us": 900000}, "says it sent at"),
            ({"rate_Bps": huge, "elapsed_us": 1}, "says it sent at"),
            ({"rate_Bps": huge, "count": 1}, "says it sent at"),
            ({"bytes": huge}, "says it sent 1000000000000 bytes, and 200000 were received"),
            ({"bytes": 200001}, "says it sent 200001 bytes, and 200000 were received"),
            ({"bytes": 100000}, "says it sent 100000 bytes, and 200000 were received"),
            ({"min_rtt_us": 1000}, "says a round trip took 1000 us, which took 4"),
            ({"min_rtt_us": 4000000}, "says a round trip took 4000000 us, which took 4"),
            ({"mss_bytes": 1}, "packets of 1500 bytes with 1 of payload")]:
        lies("down", sends, claims, words)


def breaks_off(way):
    """A far end that breaks off that way, and knows the other."""
    def serve(server):
        control = until_granted(server)
        for direction in "up", "down":
            data = until_go(server, direction, b"x" * 100 if direction == "down" else b"")
            if way == direction:
                data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                data.close()
                control.write(b"failed on purpose\n")
            elif direction == "up":
                control.write(received_line(read_all(data)))
            else:
                data.close()
                control.write(sent_line(100, rate_Bps=100))
        time.sleep(1)
    return serve


def one_way_of_two():
    """What was measured stays, whatever became of the other way."""
    for way, other, words in ("up", "down", "broke off"), ("down", "up", "the far end says: on purpose"):
        with Line(RATE, RTT_MS) as line, FarEnd(line, breaks_off(way)):
            code, result, said = bdp(line)
        expect((code, said), (2, ""), f"{way}: {result}")
        expect(result[other]["bytes"], result[other]["received_bytes"], f"{way}: {result}")
        expect(list(result[way]), ["error"], f"{way}: {result}")
        expect_in(words, result[way]["error"]["text"], way)
        expect(result[way]["error"]["code"], {"up": "ECONNRESET", "down": "EIO"}[way], way)
        with Line(RATE, RTT_MS) as line, FarEnd(line, breaks_off(way)):
            code, shown, said = bdp_table(line)
        expect((code, said), (2, ""), shown)
        expect_in(words, next(row for row in shown.splitlines() if row.startswith(f"{way} ")))
        expect_in("round trip 4", next(row for row in shown.splitlines() if row.startswith(f"{other} ")))


def grants_nothing(server):
    _, control = greet(server)
    control.read()


def does_not_go(server):
    until_granted(server)
    data, _ = greet(server)
    read_all(data)


def stops_reading(server):
    control = until_granted(server, time_s=30, most=10 ** 9)
    data = until_go(server, "up")
    data.recv(100000)
    control.read()


def says_no_count_up(server):
    control, data = until_data(server, "up")
    read_all(data)
    control.read()


def stops_sending(server):
    control, _ = until_data(server, "down", b"x" * 100000)
    control.read()


def says_no_count_down(server):
    control, data = until_data(server, "down", b"x" * 100000)
    data.close()
    control.read()


def far_ends_that_stall():
    """Silent wherever something is to be said or done: each wait has an end. All at once, as that is long."""
    no_word = "waiting for what the far end measured: the far end says nothing"
    cases = [(grants_nothing, "up", "1s", "the far end says nothing"),
             (does_not_go, "up", "1s", "the far end says nothing"),
             (does_not_go, "down", "1s", "the far end says nothing"),
             (stops_reading, "up", "20s", no_word),
             (says_no_count_up, "up", "1s", no_word),
             (stops_sending, "down", "1s", "nothing comes any more: 100000 bytes did"),
             (says_no_count_down, "down", "1s", no_word)]
    with Line(RATE, RTT_MS) as line, contextlib.ExitStack() as far_ends:
        for i, (serve, *_) in enumerate(cases):
            far_ends.enter_context(FarEnd(line, serve, PORT + i))
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            probes = [pool.submit(bdp, line, "--direction", way, "--max-time", most, to=f"{FAR}:{PORT + i}")
                      for i, (_, way, most, _) in enumerate(cases)]
        for (serve, way, _, words), probe in zip(cases, probes):
            code, result, said = probe.result()
            expect((code, result), (2, None), f"{serve.__name__} {way}: {said}")
            expect_in(words, said, f"{serve.__name__} {way}")


def receiving_breaks_off():
    """The connection ends here, as when its address goes away or somebody has it destroyed."""
    with Line(RATE, RTT_MS) as line, FarEnd(line, stops_sending):
        cut = threading.Timer(2, lambda: run_in(line.near, "ss", "-K", "dport", "=", str(PORT),
                                                capture_output=True))
        cut.start()
        code, result, said = bdp(line, "--direction", "down")
        cut.join()
        expect((code, result), (2, None), said)
        expect_in("receiving broke off after 100000 bytes: ", said)


def strange_far_ends():
    for serve, code, words, way in [
            (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 2, "sent what is no line of text", "up"),
            (says(b"SSH-2.0-OpenSSH_9.2\n"), 2, "it says 'SSH-2.0-OpenSSH_9.2'", "up"),
            (says(b"\0\1\2\n"), 2, "no line of text", "up"),
            (says(b"x" * 5000), 2, "no line of text", "up"),
            (silent, 2, "says nothing: expected a `fettle reflect`", "up"),
            (closes, 2, "closed the connection", "up"),
            (other_version, 2, "of another version: its protocol is 2, this one's 1", "up"),
            (refuses_without_a_word, 75, "the far end refuses:\n", "up"),
            (stranger, 77, "does not know the token: it may be somebody else", "up"),
            (closes_in_the_middle, 2, "broke off", "up"),
            (nonsense_up, 2, "did not say what it received", "up")]:
        with Line(RATE, RTT_MS) as line, FarEnd(line, serve):
            got, result, said = bdp(line, "--direction", way)
            name = getattr(serve, "__name__", "?")
            expect((got, result), (code, None), f"{name} {words}: {said}")
            expect_in(words, said, name)


def main():
    begin()
    make_token()
    run([strange_far_ends, every_byte_counts, congestion_that_was_not_asked_for, lies_up, lies_down,
         one_way_of_two, far_ends_that_stall, receiving_breaks_off])


if __name__ == "__main__":
    main()
