#!/usr/bin/env python3
"""fettle sockets on sockets opened here, in a network namespace: with root, without, and filtered."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import traceback

from common import BUILDDIR, Failure, expect, expect_in, expect_true

FETTLE = BUILDDIR / "fettle"
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
          "--no-new-privs", "--"]

# root as under a bounding set without them: folders of others are closed to it
NO_SEARCH = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]

# Opens sockets with options of their own and says by inode what getsockopt(2) has to say of them.
FARM = r"""
import json, os, socket, struct, sys
S, T = socket.SOL_SOCKET, socket.IPPROTO_TCP
kept, truth = [], {}
SWITCHES = {"SO_KEEPALIVE": (S, socket.SO_KEEPALIVE), "SO_REUSEADDR": (S, socket.SO_REUSEADDR),
            "SO_REUSEPORT": (S, socket.SO_REUSEPORT), "TCP_NODELAY": (T, socket.TCP_NODELAY)}
NUMBERS = {"SO_RCVBUF": (S, socket.SO_RCVBUF), "SO_SNDBUF": (S, socket.SO_SNDBUF),
           "SO_MARK": (S, socket.SO_MARK), "SO_PRIORITY": (S, socket.SO_PRIORITY),
           "TCP_KEEPIDLE": (T, socket.TCP_KEEPIDLE), "TCP_KEEPINTVL": (T, socket.TCP_KEEPINTVL),
           "TCP_KEEPCNT": (T, socket.TCP_KEEPCNT), "TCP_USER_TIMEOUT": (T, socket.TCP_USER_TIMEOUT),
           "TCP_DEFER_ACCEPT": (T, socket.TCP_DEFER_ACCEPT), "TCP_NOTSENT_LOWAT": (T, 25),
           "TCP_MAXSEG": (T, socket.TCP_MAXSEG), "TCP_FASTOPEN": (T, socket.TCP_FASTOPEN)}

def note(name, one):
    options, tcp = {}, one.type == socket.SOCK_STREAM and one.family != socket.AF_UNIX
    for table, convert in ((SWITCHES, bool), (NUMBERS, int)):
        for option, (level, number) in table.items():
            of_unix = option in ("SO_RCVBUF", "SO_SNDBUF")
            if (level == S and option != "SO_KEEPALIVE" and
                    (one.family != socket.AF_UNIX or of_unix)) or tcp:
                options[option] = convert(one.getsockopt(level, number))
    on_off = one.getsockopt(S, 72)
    options |= {"SO_SNDBUF_LOCKED": bool(on_off & 1), "SO_RCVBUF_LOCKED": bool(on_off & 2)}
    for option, number in ("SO_RCVTIMEO", 20), ("SO_SNDTIMEO", 21):
        seconds, micros = struct.unpack("ll", one.getsockopt(S, number, 16))
        options[option] = seconds * 1000000 + micros
    if tcp:
        linger = struct.unpack("ii", one.getsockopt(S, socket.SO_LINGER, 8))
        options["SO_LINGER"] = linger[1] if linger[0] else False
        options["TCP_CONGESTION"] = one.getsockopt(T, socket.TCP_CONGESTION, 16).split(b"\0")[0].decode()
    kept.append(one)
    truth[name] = {"inode": os.fstat(one.fileno()).st_ino, "fd": one.fileno(), "options": options}

server = socket.create_server(("127.0.0.1", 0), backlog=7)
server.setsockopt(T, socket.TCP_DEFER_ACCEPT, 9)
server.setsockopt(T, socket.TCP_FASTOPEN, 5)
port = server.getsockname()[1]
client = socket.socket()
client.setsockopt(S, socket.SO_RCVBUF, 50000)
client.setsockopt(S, socket.SO_LINGER, struct.pack("ii", 1, 4))
client.setsockopt(S, socket.SO_SNDTIMEO, struct.pack("ll", 3, 500000))
client.connect(("127.0.0.1", port))
client.setsockopt(T, socket.TCP_NODELAY, 1)
client.setsockopt(S, socket.SO_KEEPALIVE, 1)
client.setsockopt(T, socket.TCP_KEEPIDLE, 111)
client.setsockopt(T, socket.TCP_KEEPCNT, 3)
client.setsockopt(T, socket.TCP_USER_TIMEOUT, 7000)
client.setsockopt(T, 25, 16384)
client.send(b"x" * 100)
accepted = server.accept()[0]
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.setsockopt(S, socket.SO_REUSEPORT, 1)
udp.setsockopt(S, socket.SO_PRIORITY, 5)
udp.bind(("::1", 0))
path = sys.argv[1] + "/so\xe9 cket"
named = socket.socket(socket.AF_UNIX)
named.bind(path)
named.listen(3)
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind(b"\0" + os.fsencode(os.path.basename(sys.argv[1])) + b"\0\xff\n")
for name in "server client accepted udp named abstract".split():
    note(name, globals()[name])
print(json.dumps({"port": port, "udp_port": udp.getsockname()[1], "pid": os.getpid(),
                  "path": path, "sockets": truth}), flush=True)
sys.stdin.read()
"""


def run(*args, user=(), stdout=subprocess.PIPE, env=None):
    return subprocess.run([*user, FETTLE, "sockets", *map(str, args)], stdout=stdout,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=120, env=env)


def listed(*args, code=0, user=()):
    """Objects by inode, and the coverage. code None: 2 where a namespace could not be read, else 0."""
    ran = run("--format", "json", *args, user=user)
    if code is None:
        code = 2 if '"what":"network namespaces"' in ran.stdout or '"namespace ' in ran.stdout else 0
    expect((ran.returncode, ran.stderr), (code, ""), f"fettle sockets {args}")
    *sockets, last = map(json.loads, ran.stdout.splitlines())
    expect(list(last), ["coverage"], "the last line")
    expect(last["coverage"]["shown"], len(sockets), "what is shown")
    return {one["inode"]: one for one in sockets}, last["coverage"]


@contextlib.contextmanager
def farm(folder, user=()):
    process = subprocess.Popen(["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh",
                                *user, sys.executable, "-c", FARM, folder],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        expect_true(line, "the farm did not start")
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.wait(timeout=20)


def in_namespace(pid, user=()):
    return ["nsenter", "-t", str(pid), "-n", "--", *user]


def names(truth, sockets):
    return sorted(name for name, one in truth["sockets"].items() if one["inode"] in sockets)


def check_options(truth, how):
    """What getsockopt(2) says to the owner is what is listed, and nothing else is claimed."""
    sockets, coverage = listed("--netns", truth["pid"], "--options", how)
    expect(names(truth, sockets), sorted(truth["sockets"]), f"{how}: sockets found")
    for name, want in truth["sockets"].items():
        one = sockets[want["inode"]]
        owners = [(owner["pid"], owner["fd"]) for owner in one["owners"]]
        expect(owners, [(truth["pid"], want["fd"])], f"{how}: owner of {name}")
        got = {option: one["options"].get(option) for option in want["options"]}
        expect(got, want["options"], f"{how}: options of {name}")
        expect(one["unread"], [], f"{how}: nothing unread of {name}")
    expect(coverage["options_source"], how, "the source")
    expect(coverage["fully_read"], coverage["seen"], f"{how}: all fully read")


def check_without_options(truth):
    sockets, coverage = listed("--netns", truth["pid"], "--options", "none")
    expect(names(truth, sockets), sorted(truth["sockets"]), "none: sockets found")
    client = sockets[truth["sockets"]["client"]["inode"]]
    expect("TCP_NODELAY" in client["options"], False, "none: TCP_NODELAY is not known")
    unread = {name for gap in client["unread"] for name in gap["names"]}
    expect_true({"TCP_NODELAY", "SO_LINGER"} <= unread, f"none: unread is {unread}")
    expect((coverage["options_source"], coverage["fully_read"] < coverage["seen"]), ("none", True),
           "none: coverage")


def check_parts(truth):
    sockets, _ = listed("--netns", truth["pid"])
    by_name = {name: sockets[one["inode"]] for name, one in truth["sockets"].items()}
    server, client, udp = by_name["server"], by_name["client"], by_name["udp"]
    here = {"address": "127.0.0.1", "port": truth["port"]}
    expect((server["protocol"], server["family"], server["state"], server["local"],
            server["queues"]), ("tcp", "ipv4", "listen", here, {"recv": 0, "send": 7}), "server")
    expect((client["state"], client["remote"]), ("established", here), "client")
    expect_true(client["tcp"]["rtt_us"] > 0 and client["tcp"]["bytes_acked"] >= 100, "tcp_info")
    expect(by_name["accepted"]["queues"]["recv"], 100, "bytes that wait")
    expect((udp["protocol"], udp["family"], udp["local"]["address"], udp["local"]["port"]),
           ("udp", "ipv6", "::1", truth["udp_port"]), "udp")
    expect((by_name["named"]["path"], by_name["named"]["protocol"]), (truth["path"], "unix-stream"),
           "named")
    folder = os.path.basename(os.path.dirname(truth["path"]))
    expect(by_name["abstract"]["path"], f"@{folder}\\x00\\xff\\x0a", "abstract")
    expect(server["owners"][0]["comm"], "python3", "comm")


def check_filters(truth):
    inside = ["--netns", truth["pid"]]
    every = sorted(truth["sockets"])
    for args, want in [
            (["--listen"], ["abstract", "named", "server", "udp"]),
            (["--listen", "--kind", "tcp"], ["server"]),
            (["--state", "established"], ["accepted", "client"]),
            (["--state", "listening"], ["named", "server"]),
            (["--state", "connected", "--kind", "tcp,udp"], ["accepted", "client"]),
            (["--port", truth["port"]], ["accepted", "client", "server"]),
            (["--port", f"{truth['udp_port']},1"], ["udp"]),
            (["--kind", "unix"], ["abstract", "named"]),
            (["--kind", "unix-dgram,udp"], ["abstract", "udp"]),
            (["--process", truth["pid"]], every),
            (["--process", "python3"], every),
            (["--process", "python"], []),
            (["--process", "nobody-has-this,pyth*"], every),
            (["--process", f"1,{truth['pid']}"], every),
            (["--state", "ESTAB"], ["accepted", "client"]),
            (["--port", "1", "--port", truth["udp_port"], "--port", "2"], ["udp"]),
            (["--kind", "unix_dgram", "--kind", "UDP"], ["abstract", "udp"]),
            (["--netns", "self"], [])]:
        sockets, _ = listed(*inside, *args)
        expect(names(truth, sockets), want, str(args))
    sockets, _ = listed("--netns", "all", code=None)
    expect(names(truth, sockets), every, "--netns all")
    one = sockets[truth["sockets"]["udp"]["inode"]]
    expect_true(one["netns"] != "self", "the name of the namespace")


def check_sample(truth):
    sockets, coverage = listed("--netns", truth["pid"], "--options", "pidfd", "--most", "2")
    known = [one for one in sockets.values() if "SO_RCVTIMEO" in one["options"]]
    expect_true(len(known) <= 2, f"{len(known)} were read")
    expect_in("first 2", json.dumps(coverage), "the sample is told")


def check_table(truth):
    ran = run("--kind", "tcp,udp", "--options", "pidfd", user=in_namespace(truth["pid"]))
    expect((ran.returncode, ran.stderr), (0, ""), "table")
    lines = ran.stdout.splitlines()
    expect(lines[0].split(), "PROTO STATE RECV-Q SEND-Q OPT LOCAL REMOTE PROCESS".split(), "heading")
    client = next(i for i, line in enumerate(lines)
                  if line.split()[-2:-1] and line.split()[6:7] == [f"127.0.0.1:{truth['port']}"])
    expect_in(f"python3[{truth['pid']}]", lines[client], "the client's row")
    expect(lines[client + 1].split(),
           ["TCP_NODELAY=on", "SO_KEEPALIVE=on", "TCP_KEEPIDLE=111s", "TCP_KEEPINTVL=75s",
            "TCP_KEEPCNT=3", "SO_RCVBUF=100000", "SO_LINGER=4s", "TCP_USER_TIMEOUT=7s",
            "TCP_NOTSENT_LOWAT=16384", "SO_SNDTIMEO=3.5s"], "what the client chose")
    expect_in("4 sockets; 4 of 4 read fully; options by pidfd", ran.stdout, "the summary")
    expect("\033" in ran.stdout, False, "no colour where there is no terminal")
    ran = run("--kind", "tcp", "--color", "always", "--verbose", user=in_namespace(truth["pid"]))
    expect_in("\033[1mPROTO", ran.stdout, "colour")
    expect_in("rtt_us=", ran.stdout, "verbose")


def check_bad_input(truth):
    for args, code, words in [
            (["--state", "lissen"], 64, "did you mean 'listen'?"),
            (["--kind", "upd"], 64, "did you mean 'udp'?"),
            (["--port", "0"], 64, "--port is a number from 1 to 65535, not '0'"),
            (["--port", "80", "--kind", "unix"], 64, "Unix sockets have no port"),
            (["--process", ""], 64, "--process is a name, a pattern or a pid"),
            (["--process", "4194304"], 65, "--process 4194304: there is no such process"),
            (["--options", "ebpf"], 64, "did you mean bpf?"),
            (["--most", "3"], 64, "--options pidfd"),
            (["--most", "0", "--options", "pidfd"], 64, "--most is a number"),
            (["--sample", "3s"], 64, "--sample goes with --findings"),
            (["--findings", "--port", "80"], 64, "--port chooses what is listed"),
            (["--findings", "--sample", "31s"], 64, "a time up to 30s"),
            (["--format", "jsno"], 64, "did you mean json?"),
            (["--socket", "/x"], 64, "leave out --socket"),
            (["--netns", "no-such-namespace"], 65, "no-such-namespace"),
            (["--listen", "80"], 64, "'80' is too much")]:
        ran = run(*args)
        expect((ran.returncode, ran.stdout), (code, ""), f"{args}: {ran.stderr}")
        expect_in(words, ran.stderr, str(args))
    with open("/dev/full", "w", encoding="ascii") as full:
        ran = run("--netns", truth["pid"], "--format", "json", stdout=full)
    expect(ran.returncode, 70, "a full disk")


def check_without_root(truth, own):
    """Of others: that they are there. Of one's own: who, and with pidfd every option."""
    user = in_namespace(own["pid"], NOBODY)
    sockets, coverage = listed(user=user)
    expect(names(own, sockets), sorted(own["sockets"]), "nobody: sockets found")
    for name, one in own["sockets"].items():
        owners = [owner["pid"] for owner in sockets[one["inode"]]["owners"]]
        expect(owners, [own["pid"]], f"nobody: owner of {name}")
    why = json.dumps(coverage)
    expect((coverage["options_source"], "BPF" in why), ("none", True), f"nobody: {why}")
    ran = run(user=user)
    expect(ran.returncode, 0, "nobody: table")
    expect_in("options by none; not known:", ran.stdout, "nobody: table")
    ran = run("--options", "bpf", "--format", "json", user=user)
    expect(ran.returncode, 77, f"nobody: BPF alone: {ran.stderr}")
    expect_in('"shown":0', ran.stdout, "nobody: BPF alone")
    expect_in("the rest of the list", ran.stdout, "nobody: BPF alone")
    sockets, coverage = listed(user=in_namespace(truth["pid"], NOBODY))
    expect(names(truth, sockets), sorted(truth["sockets"]), "nobody: sockets of root")
    expect_true(all(not one["owners"] and one.get("owners_unknown") for one in sockets.values()
                    if one["inode"]), "nobody: root's owners are not known")
    expect_true(coverage["without_owner"] >= len(truth["sockets"]), "nobody: without owner")
    sockets, coverage = listed("--process", "python3", user=in_namespace(truth["pid"], NOBODY))
    expect(sockets, {}, "nobody: --process")
    expect_in("left out by --process", json.dumps(coverage), "nobody: --process")
    ran = run("--netns", truth["pid"], "--format", "json", user=NOBODY)
    expect_true(ran.returncode in (65, 77), f"nobody: --netns: {ran.returncode} {ran.stderr}")


def check_without_search(own):
    """Where /proc/PID/fd is closed, /proc/PID/fdinfo tells who holds a socket."""
    ran = subprocess.run([*NO_SEARCH, "ls", f"/proc/{own['pid']}/fd"], capture_output=True, check=False)
    expect(ran.returncode, 2, "what root may list")
    for how in "none", "pidfd":
        sockets, _ = listed("--netns", own["pid"], "--options", how, user=NO_SEARCH)
        for name, one in own["sockets"].items():
            owners = [(owner["pid"], owner["fd"]) for owner in sockets[one["inode"]]["owners"]]
            expect(owners, [(own["pid"], one["fd"])], f"without search: owner of {name}")


def has_bpf():
    ran = run("--options", "bpf", "--format", "json")
    if ran.returncode:
        print("BPF does not load here:", ran.stderr.strip())
    return ran.returncode == 0


def check_all(folder):
    for name in "root", "nobody":
        os.mkdir(f"{folder}/{name}")
    shutil.chown(f"{folder}/nobody", "nobody", "nogroup")
    with farm(f"{folder}/root") as truth, farm(f"{folder}/nobody", NOBODY) as own:
        for how in ["bpf"] * has_bpf() + ["pidfd"]:
            check_options(truth, how)
        check_without_options(truth)
        check_parts(truth)
        check_filters(truth)
        check_sample(truth)
        check_table(truth)
        check_bad_input(truth)
        check_without_root(truth, own)
        check_without_search(own)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root to make network namespaces")
        return 77
    folder = f"/tmp/fettle-sockets-{os.getpid()}"
    os.mkdir(folder, 0o755)
    try:
        check_all(folder)
    except Failure as failure:
        print(failure)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        shutil.rmtree(folder)
    print("fettle sockets tells what the owners of sockets say of them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
