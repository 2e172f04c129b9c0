#!/usr/bin/env python3
"""`probe bdp` and `reflect`: what limits a path that is limited on purpose, and what they say and refuse."""
import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

from common import PATIENCE_S, expect, expect_in, expect_true, run, wait_until
from far_end import begin_way, enter
from path_line import FAR, FAR6, Line, begin, run_in
from probe_common import (FETTLE, PORT, TOKEN, TOKEN_FILE, bdp, bdp_progress, bdp_table, make_token,
                          reflecting)

MBIT = 1000000
RATE, RTT_MS = 50 * MBIT, 40
CUBIC = ("--congestion", "cubic")
SMALL_READ = {("far", "net.ipv4.tcp_rmem"): "4096 131072 131072"}
SMALL_WRITE = {("near", "net.ipv4.tcp_wmem"): "4096 16384 65536"}


def limited(way, wanted, words=(), far_words=(), keys=None, loss=0):
    with Line(RATE, RTT_MS, keys=keys, loss=loss) as line, reflecting(line, *far_words):
        _, result, _ = bdp(line, "--direction", way, *words)
        expect(result[way]["limited_by"], wanted, f"{way}: {result[way]}")
        return result[way]


def profile_of(way):
    """The profile of the one that is advised, which lint takes."""
    host = way["advice"][0]["host"]
    profile = pathlib.Path(f"/run/path-{host}.yaml")
    profile.write_text(way["profiles"][host])
    subprocess.run([FETTLE, "profile", "lint", "--strict", profile], check=True, stdout=subprocess.DEVNULL)
    return profile


def advised(way, words, keys, key, end):
    """The advice, put in place by fettle itself, brings what the path has."""
    with Line(RATE, RTT_MS, keys=keys) as line, reflecting(line):
        code, result, _ = bdp(line, "--direction", way, *words, code=1)
        advice = result[way]["advice"]
        expect([one["key"] for one in advice], [key], "what is advised")
        profile = profile_of(result[way])
        name = line.near if end == "near" else line.far
        run_in(name, FETTLE, "apply", "--local", "--state-dir", f"/run/state-{end}", profile,
               stdout=subprocess.DEVNULL)
        for _ in range(3):  # a sender that gets no time to fill it is held back by its buffer again
            code, result, _ = bdp(line, "--direction", way, *words)
            if code == 0:
                break
        expect((code, result[way]["limited_by"]), (0, "path"), f"afterwards: {result[way]}")
        expect_true(abs(result[way]["rate_bps"] / RATE - 1) < 0.1, f"afterwards: {result[way]}")


def receive_window_up():
    advised("up", CUBIC, SMALL_READ, "net.ipv4.tcp_rmem", "far")


def receive_window_down():
    keys = {("near", "net.ipv4.tcp_rmem"): "4096 131072 131072"}
    advised("down", (), keys, "net.ipv4.tcp_rmem", "near")


def send_buffer_up():
    advised("up", CUBIC, SMALL_WRITE, "net.ipv4.tcp_wmem", "near")


def send_buffer_down():
    keys = {("far", "net.ipv4.tcp_wmem"): "4096 16384 65536"}
    advised("down", (), keys, "net.ipv4.tcp_wmem", "far")


def sender():
    measured = limited("up", "sender", words=("--max-rate", "10Mbit"))
    expect_true(0.9 < measured["goodput_bps"] / 10e6 <= 1, f"the rate asked for: {measured}")
    limited("down", "sender", words=("--max-rate", "10Mbit"))


@contextlib.contextmanager
def seldom(pid):
    """Gives a process a moment now and then: what it writes has arrived long before it writes again."""
    process, over = os.pidfd_open(pid), threading.Event()

    def hold():
        with contextlib.suppress(ProcessLookupError):
            while not over.is_set():
                signal.pidfd_send_signal(process, signal.SIGSTOP)
                time.sleep(0.2)
                signal.pidfd_send_signal(process, signal.SIGCONT)
                over.wait(0.005)
    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        os.close(process)


def a_sender_with_other_work():
    """Nothing says so: it is seen in how seldom the connection is busy."""
    keys = {("far", "net.ipv4.tcp_rmem"): "4096 4194304 4194304",
            ("near", "net.ipv4.tcp_wmem"): "4096 4194304 4194304"}
    with Line(400 * MBIT, 10, keys=keys) as line, reflecting(line):
        probe = line.spawn("near", FETTLE, "probe", "bdp", FAR, "--token-file", TOKEN_FILE, "--direction",
                           "up", *CUBIC, "--max-time", "3s", "--format", "json",
                           stdout=subprocess.PIPE)
        inner = wait_until(lambda: inner_of(probe), "fettle-probe")
        with seldom(int(inner)):
            out, _ = probe.communicate(timeout=PATIENCE_S)
    up = json.loads(out)["up"]
    expect((probe.returncode, up["limited_by"], up["advice"]), (0, "sender", []), up)


def the_far_ends_cap():
    for way in "up", "down":
        measured = limited(way, "far-end", far_words=("--max-rate", "10Mbit"))
        expect_true(abs(measured["goodput_bps"] / 10e6 - 1) < 0.1, f"the cap: {measured}")


def loss():
    measured = limited("up", "loss", words=CUBIC, loss=20000)
    expect_true(measured["confidence"] in ("low", "medium"), f"confidence: {measured}")
    expect([one["value"] for one in measured["advice"]], ["bbr"], "advice")
    expect_in("where the kernel has it", measured["advice"][0]["why"])
    expect_in("first-available: [bbr, cubic]", profile_of(measured).read_text())


def both_ways_and_ipv6():
    with Line(RATE, RTT_MS, back=5 * MBIT) as line, reflecting(line):
        for to in FAR, f"{FAR}:{PORT}", FAR6, f"[{FAR6}]:{PORT}":
            _, result, _ = bdp(line, to=to, code=0)
            for way, rate in ("up", RATE), ("down", 5 * MBIT):
                measured = result[way]
                expect((measured["converged"], measured["ended_by"]), (True, "converged"), way)
                expect_true(abs(measured["rate_bps"] / rate - 1) < 0.1, f"{to} {way}: {measured}")
                expect(measured["bytes"], measured["received_bytes"], f"{to} {way}: counts")
        expect(bdp(line, "--family", "6", to=FAR)[0], 65, "an IPv4 address as IPv6")


def congestion_of_either_end():
    """What either end sends with is what was asked for; a reflector without rights says what it may."""
    with Line(RATE, RTT_MS) as line:
        allowed = run_in(line.far, "sysctl", "-n", "net.ipv4.tcp_allowed_congestion_control",
                         capture_output=True, text=True).stdout.strip()
        available = run_in(line.near, "sysctl", "-n", "net.ipv4.tcp_available_congestion_control",
                           capture_output=True, text=True).stdout.split()
        with reflecting(line):
            for name in allowed.split():
                _, result, said = bdp(line, "--congestion", name, "--max-time", "1s")
                for way in "up", "down":
                    expect(result[way]["congestion"], name, f"{way}: {result} {said}")
                    expect(result[way]["congestion_asked"], name, way)
            for name in set(available) - set(allowed.split()):
                code, result, said = bdp(line, "--congestion", name, "--direction", "down")
                expect((code, result), (2, None), f"{name}: {said}")
                expect_in(f"the far end refuses: cannot choose the congestion control '{name}'", said)
                expect_in(f"it may choose {allowed}; there, list it in net.ipv4.tcp_allowed_congestion_control, "
                          f"or start fettle reflect --congestion {name} as root\n", said)
        for name in available:  # what the listener has was chosen with root's rights
            with reflecting(line, "--congestion", name):
                _, result, _ = bdp(line, "--direction", "down", "--congestion", name, "--max-time", "1s")
                expect(result["down"]["congestion"], name, "of the listener")


def caps():
    with Line(RATE, RTT_MS) as line, reflecting(line):
        _, result, _ = bdp(line, "--direction", "up", "--max-bytes", "500000", code=0)
        expect_true(result["up"]["bytes"] <= 500000 + 131072, f"bytes: {result['up']['bytes']}")
        expect((result["up"]["converged"], result["up"]["ended_by"]), (False, "max-bytes"), "what ended it")
        expect(result["up"]["confidence"], "low", "confidence")
    with Line(RATE, RTT_MS) as line, reflecting(line, "--max-bytes", "300000"):
        _, result, _ = bdp(line, code=0)
        for way in "up", "down":
            expect_true(result[way]["bytes"] <= 300000 + 131072, f"{way}: {result[way]['bytes']}")
            expect(result[way]["ended_by"], "far-max-bytes", way)
        _, shown, _ = bdp_table(line)
        expect(" ".join(shown.split()).count("; confidence low, as the far end's --max-bytes ended it: allow "
                                             "more; "), 2, shown)
    with Line(RATE, RTT_MS) as line, reflecting(line, "--max-time", "200ms"):
        _, result, _ = bdp(line, "--max-time", "100ms", "--direction", "up")
        expect(result["up"]["ended_by"], "max-time", f"{result}")
        _, result, _ = bdp(line, "--direction", "down")
        expect(result["down"]["ended_by"], "far-max-time", f"{result}")


def progress_on_a_terminal():
    with Line(RATE, RTT_MS) as line, reflecting(line):
        shown = bdp_progress(line, 80)
        narrow = bdp_progress(line, 40, "--direction", "down")
    for way in "up", "down":
        lines = [one for one in shown if one.startswith(f"{way}: ")]
        whole = re.compile(way + r": [0-9.]+ [kMG]bit/s, round trip [456][0-9.]+ ms, product [0-9.]+ [kM]?B, "
                                 r"[0-9.]+ [kM]?B in [0-9.]+ s")
        expect_true(whole.fullmatch(lines[-1]), f"{way}: {lines}")
        unknown = [one for one in lines if re.search("round trip 0.0|product 0 |: 0 bit", one)]
        expect(unknown, [], f"{way}: what is not known yet")
    expect_true(max(map(len, shown)) < 80 and max(map(len, narrow)) == 39, f"{shown} {narrow}")


def table_and_profile():
    """What a person is shown: what held it back, what to set, and the profile that does."""
    with Line(RATE, RTT_MS, keys=SMALL_READ) as line, reflecting(line):
        code, shown, said = bdp_table(line, *CUBIC, "--direction", "up")
        expect((code, said), (1, ""), shown)
        table, profile = shown.split("# a profile for the far end, such as path-there.yaml; ")
        words = " ".join(table.split())
        expect_in(f"path to {FAR}:{PORT} up ", words)
        expect_true(re.search(" limited by the receive window; confidence [a-z]+; cubic; ", words), words)
        expect_in(" fix there: raise the third field of net.ipv4.tcp_rmem to ", words)
        expect_in("The receive window was the limit", words)
        path = pathlib.Path("/run/path-there.yaml")
        path.write_text("#" + profile)
        subprocess.run([FETTLE, "profile", "lint", "--strict", path], check=True, stdout=subprocess.DEVNULL)
    with Line(RATE, RTT_MS, loss=20000) as line, reflecting(line):
        _, shown, _ = bdp_table(line, *CUBIC, "--direction", "up")
        expect_in("fix here: set net.ipv4.tcp_congestion_control to bbr", " ".join(shown.split()))
        expect_in("# a profile for this host, such as path-here.yaml", shown)
    with Line(RATE, RTT_MS) as line, reflecting(line):
        code, shown, _ = bdp_table(line, "--direction", "down", "--max-bytes", "2000")
        expect(code, 2, shown)
        expect_true(re.search(r"down no rate: --max-bytes ended it after [0-9.]+ m?s, too early to tell: allow "
                              r"more limited by what is not known; ", " ".join(shown.split())), shown)


def one_at_a_time():
    with Line(2 * MBIT, RTT_MS) as line, reflecting(line):
        first = line.spawn("near", FETTLE, "probe", "bdp", FAR, "--token-file", TOKEN_FILE,
                           stdout=subprocess.DEVNULL)
        time.sleep(0.7)
        code, result, said = bdp(line)
        expect((code, result), (75, None), f"the second: {said}")
        expect_in("busy with another probe", said)
        expect(first.wait(PATIENCE_S), 0, "the first")
        bdp(line, code=0)


def reflector_ends_well():
    with Line(RATE, RTT_MS) as line:
        for number in signal.SIGTERM, signal.SIGINT:
            with reflecting(line) as process:
                os.kill(int(inner_of(process)), number)
                expect(process.wait(PATIENCE_S), 0, f"after signal {number}")
        with reflecting(line, "--once") as process:
            bdp(line, code=0)
            expect(process.wait(PATIENCE_S), 0, "after one probe")


def reflector_ends_with_its_parent():
    with Line(RATE, RTT_MS) as line, reflecting(line) as process:
        inner = os.pidfd_open(int(inner_of(process)))
        process.kill()
        process.wait(PATIENCE_S)
        ended, _, _ = select.select([inner], [], [], PATIENCE_S)
        os.close(inner)
        expect_true(ended, "it goes on")


def wrong_token():
    other = pathlib.Path("/run/other-token")
    other.write_text("f" * 32 + "\n")
    other.chmod(0o600)
    open_file = pathlib.Path("/run/open-token")
    open_file.write_text(TOKEN)
    open_file.chmod(0o644)
    short = pathlib.Path("/run/short-token")
    short.write_text("short\n")
    short.chmod(0o600)
    with Line(RATE, RTT_MS) as line, reflecting(line):
        for path, code, words in [(other, 77, "the token is another one"),
                                  (open_file, 77, "may be read or written by others"),
                                  (short, 64, "the token has 5 characters: expected 16 to 512"),
                                  ("/run/no-token", 65, "No such file")]:
            got, result, said = bdp(line, input_file=path)
            expect((got, result), (code, None), f"{path}: {said}")
            expect_in(words, said)
        bdp(line, code=0)  # it serves on


def make_as_told():
    """A token by what an error says makes one, with the programs alone that every system has; and it is
    taken for one."""
    bare = pathlib.Path("/run/bare")
    bare.mkdir()
    for name in "od", "tr":
        (bare / name).symlink_to(shutil.which(name))
    with Line(RATE, RTT_MS) as line, reflecting(line):
        _, _, said = bdp(line, input_file="/run/no-token")
        made, recipe = pathlib.Path("/run/made-token"), re.search(r"\(umask .*FILE\)", said)[0]
        subprocess.run(["/bin/sh", "-c", recipe.replace("FILE", str(made))], check=True,
                       env={"PATH": str(bare)})
        code, _, said = bdp(line, input_file=made)
        expect(code, 77, said)
        expect_in("the token is another one", said)


def from_near(line, function):
    """What it returns, called at the near end."""
    answers = []

    def call():
        enter(line.near)
        answers.append(function())

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    expect_true(answers, f"{function.__name__} does not come to an end")
    return answers[0]


def other_hello(said):
    """What the reflector answers to that greeting."""
    connection = socket.create_connection((FAR, PORT), PATIENCE_S)
    file = connection.makefile("rwb", buffering=0)
    expect_in("fettle-reflect 1 ", file.readline().decode())
    file.write(said)
    return file.readline().decode()


def hostile_clients():
    """Nothing but a greeting for who does not know the token, and probes go on."""
    script = """
import socket, sys, time
held = [socket.create_connection(("10.77.0.2", 4433)) for _ in range(40)]
total = 0
for s, what in zip(held, [b"", b"x" * 3000, b"\\0" * 100, b"hello 1 zz zz\\n", b"hello 9\\n", b"data id=1\\n",
                          b"control\\n", b"GET / HTTP/1.1\\r\\n\\r\\n"] * 5):
    try:
        s.sendall(what)
    except OSError:
        pass
time.sleep(1)
for s in held:
    s.settimeout(0.1)
    try:
        while True:
            got = s.recv(4096)
            if not got:
                break
            total += len(got)
    except OSError:
        pass
print(total)
"""
    with Line(RATE, RTT_MS) as line, reflecting(line):
        out = run_in(line.near, "python3", "-c", script, capture_output=True, text=True).stdout
        expect_true(int(out) < 40 * 200, f"it was told {out} bytes by 40 connections")
        told = from_near(line, lambda: other_hello(b"hello 2\n"))
        expect(told, "no another version of the protocol: this one's is 1\n", "one of another version")
        time.sleep(0.5)
        bdp(line, code=0)


def takes_no_more_bytes():
    """A probe that does not keep to what it was granted."""
    def send_much():
        control, data, answer = begin_way("up")
        expect(answer, "go\n", "the answer")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 10 ** 8:
                sent += data.send(b"x" * 65536)
        return sent, control.readline().decode()

    with Line(RATE, RTT_MS) as line, reflecting(line, "--max-bytes", "300000"):
        sent, said = from_near(line, send_much)
        expect_true(said.startswith("failed more came than was granted: "), f"{sent} bytes: {said}")
        expect_true(sent < 10 ** 7, f"it took {sent} bytes")
        bdp(line, "--direction", "up", code=0)


def takes_no_faster():
    rate_Bps, sent = MBIT, 3000000

    def send_fast():
        control, data, _ = begin_way("up")
        began = time.monotonic()
        data.sendall(b"x" * sent)
        data.shutdown(socket.SHUT_WR)
        said = control.readline().decode()
        return said, time.monotonic() - began

    with Line(RATE, RTT_MS) as line, reflecting(line, "--max-rate", "8Mbit"):
        said, took_s = from_near(line, send_fast)
        expect_in(f" bytes={sent} ", said)
        expect_true(took_s > (sent - 2 ** 18) / rate_Bps, f"{sent} bytes in {took_s:.2f} s")


def usage():
    with Line(RATE, RTT_MS) as line:
        for words, want in [(["probe", "bdp", FAR], "--token-file FILE is needed"),
                            (["reflect", "--token-file", TOKEN_FILE], "--listen ADDR[:PORT] says where"),
                            (["probe", "bdp", FAR, "--token-file", TOKEN_FILE, "--max-time", "5"],
                             "--max-time '5': expected a time"),
                            (["probe", "bdp", FAR, "--token-file", TOKEN_FILE, "--max-rate", "fast"],
                             "--max-rate"),
                            (["probe", "bdp", FAR, "--token-file", TOKEN_FILE, "--congestion", "nosuch"],
                             "no congestion control 'nosuch'"),
                            (["probe", "bdp"], "where to? HOST")]:
            ran = subprocess.run(["ip", "netns", "exec", line.near, FETTLE, *map(str, words)],
                                 capture_output=True, text=True, check=False)
            expect((ran.returncode, ran.stdout), (64, ""), f"{words}: {ran.stderr}")
            expect_in(want, ran.stderr, str(words))


def inner_of(process):
    """The process of a reflector or probe that talks to the network; "" while there is none."""
    return "".join(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[:1])


def no_rights_are_kept():
    """What talks to the network is nobody, without capabilities, under seccomp, with no file open."""
    with Line(RATE, RTT_MS) as line, reflecting(line) as process:
        inner = pathlib.Path("/proc", inner_of(process))
        fields = dict(part.split(":\t", 1) for part in (inner / "status").read_text().splitlines()
                      if ":\t" in part)
        expect(set(fields["Uid"].split()), {"65534"}, "uid")
        expect(fields["Groups"].strip(), "", "groups")
        for name in "CapInh", "CapPrm", "CapEff", "CapAmb":
            expect(int(fields[name], 16), 0, name)
        expect((fields["NoNewPrivs"], fields["Seccomp"]), ("1", "2"), "no_new_privs, seccomp")
        kinds = {os.readlink(fd).split(":")[0] for fd in (inner / "fd").iterdir() if int(fd.name) > 2}
        expect_true(kinds <= {"socket", "anon_inode"}, f"descriptors: {kinds}")
        expect_true(process.poll() is None, "it goes on")


def main():
    begin()
    make_token()
    run([usage, wrong_token, make_as_told, both_ways_and_ipv6, congestion_of_either_end, caps, sender,
         a_sender_with_other_work, the_far_ends_cap, loss, receive_window_up, receive_window_down,
         send_buffer_up, send_buffer_down, progress_on_a_terminal, table_and_profile, one_at_a_time,
         reflector_ends_well, reflector_ends_with_its_parent, hostile_clients, takes_no_more_bytes,
         takes_no_faster, no_rights_are_kept])


if __name__ == "__main__":
    main()
