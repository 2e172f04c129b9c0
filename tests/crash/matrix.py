#!/usr/bin/env python3
"""tests/crash/matrix.py - kill it everywhere, start it again, compare.

Runs tests/crash/subject, a build with numbered places where it can be stopped, on real keys in a
network namespace of its own. After every kill the next start must leave the state from before or the
one from after, or name what it could not put back. Then: calls that fail, disks that are full or
read-only, journals cut short and journals with flipped bits.

Needs root, or unprivileged user namespaces; exits 77 when it can have neither. Prints its seed.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

NET = pathlib.Path("/proc/sys/net")
SECRET = {"stable_secret"}  # cannot be read until it is set
WHOLE_KERNEL = {"nf_hooks_lwtunnel"}  # in every namespace, one for all, and never off again


def key_path(key):
    return pathlib.Path("/proc/sys") / key.replace(".", "/")


class Keys:
    """Every key below net/ that can be read and written, as the kernel prints it."""

    LEADERS = re.compile(r"/conf/(all|default)/|/ip_forward$")

    def __init__(self):
        self.paths, self.fds = [], {}
        for folder, _, files in os.walk(NET):
            for name in files:
                path = os.path.join(folder, name)
                if name not in SECRET | WHOLE_KERNEL and os.stat(path).st_mode & 0o200:
                    self.add(path)
        self.paths.sort()

    def add(self, path):
        try:
            self.fds[path] = os.open(path, os.O_RDONLY)
            self.read(path)
            self.paths.append(path)
        except OSError:
            pass

    def read(self, path):
        # below one tick, a negative time reads "-0"
        return re.sub(r"(?<!\S)-0(?!\S)", "0", os.pread(self.fds[path], 65536, 0).decode())

    @staticmethod
    def write(path, text):
        fd = os.open(path, os.O_WRONLY)
        try:
            os.write(fd, text.encode())
        except OSError:
            pass  # a pair of bounds: the next round
        finally:
            os.close(fd)

    def take(self):
        return {path: self.read(path) for path in self.paths}

    def restore(self, wanted):
        for _ in range(6):
            wrong = [p for p, text in self.take().items() if text != wanted[p]]
            if not wrong:
                return
            # an interface that is written to on its own no longer follows the defaults
            first = [p for p in wrong if self.LEADERS.search(p)]
            for path in first or wrong:
                self.write(path, wanted[path])
        raise SystemExit(f"matrix: cannot reset {wrong}")


class Rig:
    """The folders, the keys, and the program to kill."""

    def __init__(self, subject, folder, every):
        self.subject = subject
        self.every = every
        self.folder = pathlib.Path(folder)
        self.state, self.etc = self.folder / "state", self.folder / "etc"
        self.trace = self.folder / "trace"
        self.keys = Keys()
        self.clean = self.keys.take()
        self.runs = 0
        self.saved = None

    def files(self):
        return {str(p.relative_to(self.etc)): p.read_bytes()
                for p in self.etc.rglob("*") if p.is_file()}

    def observe(self):
        """What is to be old or new: keys, and files that a boot would read."""
        return self.keys.take(), {n: c for n, c in self.files().items() if n.endswith(".conf")}

    def reset(self):
        for path in (self.state, self.etc):
            shutil.rmtree(path, ignore_errors=True)
        self.etc.mkdir()
        self.keys.restore(self.clean)

    def save(self):
        """Keeps the present state, to start from again and again."""
        keep = self.folder / "saved"
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir()
        for path in (self.state, self.etc):
            if path.exists():
                shutil.copytree(path, keep / path.name)
        self.saved = self.keys.take()

    def load(self):
        for path in (self.state, self.etc):
            shutil.rmtree(path, ignore_errors=True)
            if (self.folder / "saved" / path.name).exists():
                shutil.copytree(self.folder / "saved" / path.name, path)
        self.keys.restore(self.saved)

    def run(self, *words, fault=None, fail=None, trace=False, boot=None):
        env = {"PATH": os.environ["PATH"], "FETTLE_FAULT_JOURNAL": str(self.state / "journal")}
        if fault:
            env["FETTLE_FAULT"] = str(fault)
        if fail:
            env["FETTLE_FAULT_ERRNO"] = fail
        if trace:
            self.trace.unlink(missing_ok=True)
            env["FETTLE_FAULT_TRACE"] = str(self.trace)
        command = [self.subject, "-s", self.state, "-e", self.etc]
        if boot:
            command += ["-b", boot]
        self.runs += 1
        run = subprocess.run(command + list(words), env=env, capture_output=True, text=True,
                             check=False, timeout=60)
        if run.returncode == -signal.SIGKILL and fault:
            return None
        if run.returncode not in (0, 1) or run.stderr:
            raise SystemExit(f"matrix: {words} died: {run.returncode}\n{run.stderr}")
        return json.loads(run.stdout)

    def count(self, kind, *words):
        """How many places, or calls, a run passes."""
        self.run(*words, trace=True)
        return sum(line.startswith(kind) for line in self.trace.read_text().splitlines())

    def transactions(self):
        return self.run("list")["transactions"]

    def last_undo(self):
        """What the journal says became of each key."""
        return [(step["key"], step["outcome"]) for step in self.transactions()[-1:]
                for step in step["undone_steps"]]


class Tally:
    def __init__(self, name):
        self.name = name
        self.tried = self.old = self.new = self.explained = 0
        self.other = []

    def add(self, label, state, old, new, explained):
        self.tried += 1
        if state == old:
            self.old += 1
        elif state == new:
            self.new += 1
        elif differences(state, old) <= explained or differences(state, new) <= explained:
            self.explained += 1
        else:
            self.other.append((label, sorted(differences(state, old))[:6],
                               sorted(differences(state, new))[:6], sorted(explained)))

    def show(self):
        print(f"{self.name + ':':34} steps tried {self.tried:4}, states old {self.old:4}, "
              f"states new {self.new:4}, states explained {self.explained:4}, "
              f"other {len(self.other)}", flush=True)
        for label, from_old, from_new, explained in self.other[:5]:
            print(f"    {label}: against old {from_old}, against new {from_new}, "
                  f"explained {explained}")
        return not self.other


def differences(a, b):
    names = {path[len("/proc/sys/"):].replace("/", ".")
             for path in a[0] if a[0][path] != b[0].get(path)}
    return names | {n for n in set(a[1]) | set(b[1]) if a[1].get(n) != b[1].get(n)}


def explained_by(transactions):
    """What the journal says could not be put back."""
    left = set()
    for txn in transactions:
        for step in txn["undone_steps"]:
            if step["outcome"] == "left":
                name = step["key"]
                left.add(name.split("/etc/")[-1] if name.startswith("/") else name)
    return left


# Bounds that move together, a switch that changes others, defaults that spread, a vector, a list.
CHANGES = [
    "net.ipv4.tcp_retries2=8",
    "net.ipv4.ipfrag_low_thresh=6000000",
    "net.ipv4.ipfrag_high_thresh=8000000",
    "net.ipv4.conf.default.rp_filter=2",
    "net.ipv4.conf.lo.rp_filter=1",
    "net.ipv4.conf.lo.forwarding=0",
    "net.ipv4.ip_forward=1",
    "net.ipv4.tcp_rmem=4096 131072 7000000",
    "net.ipv4.ip_local_reserved_ports=8080,9000-9010",
    "net.ipv6.conf.all.forwarding=1",
]
SMALL = ["net.ipv4.tcp_retries2=8", "net.ipv4.ip_forward=1"]  # for what goes through every byte
# Where turning forwarding on and off again leaves something else than it found.
ODD_HOST = {str(key_path("net.ipv4.conf.all.accept_redirects")): "0",
            str(key_path("net.ipv4.conf.lo.forwarding")): "1"}
REJECTED = CHANGES[:6] + ["net.ipv4.tcp_fin_timeout=31", "net.ipv4.tcp_syn_retries=999"] + CHANGES[6:]
CLAMPED = CHANGES[:3] + ["net.ipv4.icmp_ratelimit=5"] + CHANGES[3:]
IGNORED = CHANGES[:3] + ["net.ipv4.ping_group_range=9 5"] + CHANGES[3:]


def kill_everywhere(rig, name, words, prepare):
    """`prepare` makes the state before; each run then starts from there."""
    tally = Tally(name)
    rig.reset()
    prepare(rig)
    rig.save()
    old = rig.observe()
    places = rig.count("point", *words)
    kill_guards(rig)
    new = rig.observe()
    for place in range(1, places + 1, rig.every):
        rig.load()
        if rig.run(*words, fault=place) is not None:
            raise SystemExit(f"matrix: {name} passed place {place} of {places} alive")
        kill_guards(rig)
        rig.run("recover")
        left = explained_by(rig.transactions())
        tally.add(f"place {place}", rig.observe(), old, new, left)
        if any(t["state"] in ("open", "undoing") for t in rig.transactions()):
            tally.other.append((f"place {place}", ["a transaction is left open"], [], []))
    return tally.show()


def kill_recovery(rig, words, name, prepare, step=3):
    """Killed at a place, and the recovery killed at each of its own; then recovered in peace."""
    tally = Tally(name)
    rig.reset()
    prepare(rig)
    old = rig.observe()
    places = rig.count("point", *words)
    new = rig.observe()
    for place in range(1, places + 1, step * rig.every):
        rig.reset()
        prepare(rig)
        rig.run(*words, fault=place)
        rig.save()
        inner = rig.count("point", "recover")
        told = rig.last_undo()
        for second in range(1, inner + 1, rig.every):
            rig.load()
            rig.run("recover", fault=second)
            rig.run("recover")
            tally.add(f"places {place}, {second}", rig.observe(), old, new,
                      explained_by(rig.transactions()))
            if rig.last_undo() != told:
                tally.other.append((f"places {place}, {second}", told, rig.last_undo(), []))
    return tally.show()


def boot(rig):
    """What the kernel holds when a loader has read the drop-in, if there is one."""
    rig.keys.restore(rig.clean)
    for line in rig.files().get("sysctl.d/60-fettle.conf", b"").decode().splitlines():
        if not line.startswith("#"):
            name, value = line.split(" = ")
            slashes = "/" in name and ("." not in name or name.index("/") < name.index("."))
            path = pathlib.Path("/proc/sys") / name if slashes else key_path(name)
            path.write_text(value + "\n", encoding="ascii")
    return rig.keys.take()


def kill_and_reboot(rig, words, name):
    """Power loss: what was not synced is gone, and so is all that the kernel held."""
    tally = Tally(name)
    rig.reset()
    old = rig.observe()
    places = rig.count("point", *words)
    kill_guards(rig)
    new = boot(rig), rig.observe()[1]
    if "-c" in words:  # nobody confirmed it
        new = old
    other_boot = "00000000-0000-0000-0000-000000000000"
    for place in range(1, places + 1, rig.every):
        rig.reset()
        rig.run(*words, fault=place, trace=True)
        synced = [int(line.rsplit(" ", 1)[1]) for line in rig.trace.read_text().splitlines()
                  if "journal synced" in line]
        journal = rig.state / "journal"
        if journal.exists():
            os.truncate(journal, max(synced, default=min(journal.stat().st_size, 17)))
        kill_guards(rig)
        loaded = boot(rig)
        rig.run("recover", boot=other_boot)
        tally.add(f"place {place}", rig.observe(), old, new, explained_by(rig.transactions()))
        if rig.keys.take() not in (loaded, rig.clean):
            tally.other.append((f"place {place}", ["a key was written after a reboot"], [], []))
    return tally.show()


def fail_everywhere(rig, words, prepare, name):
    """Each call in turn fails: once, and from then on. The answer must be the truth."""
    tally = Tally(name)
    rig.reset()
    prepare(rig)
    rig.save()
    old = rig.observe()
    calls = rig.count("call", *words)
    new = rig.observe()
    for code in ("ENOSPC", "EIO", "EROFS"):
        for call in range(1, calls + 1, rig.every):
            for sticky in ("", "+"):
                rig.load()
                answer = rig.run(*words, fail=f"{call}{sticky}:{code}")
                said = {s["key"].split("/etc/")[-1] for s in answer["steps"]
                        if s["outcome"] == "left"}
                state = rig.observe()
                label = f"{code} at call {call}{sticky}: {answer.get('error')}"
                if answer["code"] == 0 and differences(state, new) - said:
                    tally.other.append((label, ["said it was done"], [], []))
                rig.run("recover")
                tally.add(label, rig.observe(), old, new,
                          said | explained_by(rig.transactions()))
    return tally.show()


def allowed_write(before, after, *earlier):
    """Only what was there, or what was there before one of the transactions."""
    return all(text == before[path] or any(text == state[path] for state in earlier)
               for path, text in after.items())


def damage_journal(rig, rng, most_flips):
    """A journal with a finished, an undone and an open transaction, cut and flipped."""
    rig.reset()
    rig.run("apply", "net.ipv4.tcp_retries1=4")
    rig.run("apply", "net.ipv4.tcp_retries1=5", "net.ipv4.tcp_syn_retries=999")
    old = rig.keys.take()
    places = rig.count("point", "apply", *SMALL)
    rig.run("rollback")
    rig.run("apply", *SMALL, fault=places - 3)
    rig.save()
    journal = rig.state / "journal"
    whole = journal.read_bytes()
    damaged = [("cut at", n, whole[:n]) for n in range(0, len(whole), rig.every)]
    cuts = len(damaged)
    bits = rng.sample(range(len(whole) * 8), min(most_flips, len(whole) * 8))
    damaged += [("bit", bit, flip(whole, bit)) for bit in sorted(bits)]
    wrong, refused, taken = [], 0, 0
    for what, where, data in damaged:
        if rig.keys.take() != rig.saved or not journal.exists():
            rig.load()
        journal.write_bytes(data)
        before = rig.keys.take()
        answer = rig.run("recover")
        after = rig.keys.take()
        refused += answer["code"] < 0
        taken += answer["code"] == 0
        if not allowed_write(before, after, old, rig.clean):
            wrong.append(f"{what} {where}: wrote what it should not")
        if answer["code"] < 0 and (after != before or journal.read_bytes() != data):
            wrong.append(f"{what} {where}: refused, and changed something")
        if answer["code"] < 0 and str(journal) not in answer["error"]:
            wrong.append(f"{what} {where}: refused without naming the file")
        if what == "bit" and answer["code"] == 0 and where // 8 != len(whole) - 1:
            wrong.append(f"{what} {where}: not noticed")
    print(f"damaged journals:                  {len(damaged)} tried ({cuts} cuts, {len(bits)} "
          f"flips), refused {refused}, taken {taken}, wrong {len(wrong)}", flush=True)
    for line in wrong[:10]:
        print(f"    {line}")
    return not wrong


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def dotted(path):
    return path[len("/proc/sys/"):].replace(".", "\0").replace("/", ".").replace("\0", "/")


def some_changes(rig, rng, most):
    """Random keys to neighbouring values: some are taken, some are rejected, some change others."""
    changes = {}
    for path in rng.sample(rig.keys.paths, min(most, len(rig.keys.paths))):
        words = rig.keys.read(path).split()
        if words and all(w.lstrip("-").isdigit() for w in words):
            at = rng.randrange(len(words))
            words[at] = str(rng.choice([int(words[at]) + 1, int(words[at]) - 1, 0, 1, 2]))
            changes[path] = " ".join(words)
    return changes


def round_trips(rig, rng, rounds):
    """From a random state, a random apply and its rollback: every key of net/ as it was."""
    wrong, applied_well = [], 0
    favourites = [p for p in rig.keys.paths if "/conf/" in p or "forward" in p or "redirects" in p]
    everything = rig.keys.paths
    for turn in range(rounds):
        rig.reset()
        rig.keys.paths = favourites if turn % 2 else everything
        start, changes = some_changes(rig, rng, 12), some_changes(rig, rng, 6)
        rig.keys.paths = everything
        if not turn:
            start, changes = ODD_HOST, {str(key_path("net.ipv4.ip_forward")): "1"}
        for path, text in start.items():
            rig.keys.write(path, text + "\n")
        old = rig.observe()
        words = [f"{dotted(path)}={text}" for path, text in changes.items()]
        answer = rig.run("apply", *words)
        if answer["outcome"] == "applied":
            applied_well += 1
            answer = rig.run("rollback")
        if differences(rig.observe(), old):
            wrong.append(f"{words}: {differences(rig.observe(), old)}, from {start}")
    print(f"random round trips:                {rounds} tried, {applied_well} applied and rolled "
          f"back, wrong {len(wrong)}", flush=True)
    for line in wrong[:5]:
        print(f"    {line}")
    return not wrong


def on_disk(rig, options, test):
    """Runs `test` with a small file system as the state folder; returns what it found wrong."""
    rig.reset()
    rig.state.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options + ",mode=0700", "tmpfs", rig.state],
                   check=True)
    try:
        return [f"{options}: {line}" for line in test(rig)]
    finally:
        subprocess.run(["umount", rig.state], check=True)


def refused(rig, reason):
    old = rig.observe()
    answer = rig.run("apply", *CHANGES)
    if answer["code"] == 0:
        yield "said it was done"
    elif reason not in answer["error"] or str(rig.state) not in answer["error"]:
        yield f"said {answer['error']}"
    if rig.observe() != old:
        yield f"changed {differences(rig.observe(), old)}"


def filled(pages):
    def test(rig):
        for i in range(pages):
            (rig.state / f"fill{i}").write_bytes(b"x" * 4096)
        yield from refused(rig, "No space left on device")
    return test


def never_written(rig):
    yield from refused(rig, "Read-only file system")


def remounted(rig):
    rig.run("apply", *SMALL)
    subprocess.run(["mount", "-o", "remount,ro", rig.state], check=True)
    rig.keys.restore(rig.clean)
    yield from refused(rig, "Read-only file system")


def remounted_half_way(rig):
    """What a crash left is put back, though that cannot be written down."""
    old = rig.observe()
    for _ in range(2):  # the first run also makes the journal
        places = rig.count("point", "apply", *SMALL)
        rig.run("rollback")
    rig.run("apply", *SMALL, fault=places - 3)
    if rig.observe() == old:
        yield "nothing was half done"
    subprocess.run(["mount", "-o", "remount,ro", rig.state], check=True)
    rig.run("recover")
    if rig.observe() != old:
        yield f"left {differences(rig.observe(), old)}"


def bad_disks(rig):
    """Full and read-only state folders."""
    tests = [("size=16k", filled(n)) for n in range(1, 5)]
    tests += [("ro", never_written), ("size=1m", remounted), ("size=1m", remounted_half_way)]
    wrong = [line for options, test in tests for line in on_disk(rig, options, test)]
    print(f"full and read-only disks:          {len(tests)} tried, wrong {len(wrong)}", flush=True)
    for line in wrong:
        print(f"    {line}")
    return not wrong


def nothing(_rig):
    pass


def applied(rig):
    rig.run("-p", "apply", *CHANGES)


def applied_and_touched(rig):
    applied(rig)
    key_path("net.ipv4.tcp_retries2").write_text("11\n", encoding="ascii")


def odd_and_applied(rig):
    for path, text in ODD_HOST.items():
        rig.keys.write(path, text)
    applied(rig)


def pending(rig):
    rig.run("-c", "3600", "apply", *CHANGES)
    kill_guards(rig)


def pending_with_files(rig):
    rig.run("-p", "-c", "3600", "apply", *CHANGES)
    kill_guards(rig)


def kill_guards(rig):
    """Its guards would undo behind our back: each is a process that names this folder."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and bytes(rig.state) in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            pass


def matrix(rig, rng, flips):
    fine = True
    for name, words, prepare in (
            ("apply", ("apply", *CHANGES), nothing),
            ("apply, one rejected", ("apply", *REJECTED), nothing),
            ("apply, one clamped", ("apply", *CLAMPED), nothing),
            ("apply, one ignored", ("apply", *IGNORED), nothing),
            ("apply and persist", ("-p", "apply", *CHANGES), nothing),
            ("apply over another", ("apply", *CHANGES[:4], "net.ipv4.ip_forward=0"), applied),
            ("rollback", ("rollback",), applied),
            ("rollback, a key changed since", ("rollback",), applied_and_touched),
            ("persist", ("persist", *CHANGES[:4]), nothing),
            ("persist over another", ("persist", *CHANGES[:4]), applied),
            ("unpersist", ("unpersist",), applied),
            ("rollback on an odd host", ("rollback",), odd_and_applied),
            ("apply and persist, unconfirmed", ("-p", "-c", "3600", "apply", *CHANGES), nothing),
            ("confirm", ("confirm",), pending),
            ("confirm what is to persist", ("confirm",), pending_with_files)):
        fine &= kill_everywhere(rig, name, words, prepare)
    fine &= kill_recovery(rig, ("-p", "apply", *CHANGES), "recovery of an apply", nothing)
    fine &= kill_recovery(rig, ("rollback",), "recovery of a rollback", applied, 6)
    fine &= kill_recovery(rig, ("unpersist",), "recovery of an unpersist", applied)
    fine &= kill_recovery(rig, ("confirm",), "recovery of a confirmation", pending_with_files, 2)
    fine &= kill_and_reboot(rig, ("-p", "apply", *CHANGES), "apply and persist, power loss")
    fine &= kill_and_reboot(rig, ("-p", "-c", "3600", "apply", *CHANGES), "unconfirmed, power loss")
    fine &= fail_everywhere(rig, ("-p", "apply", *CHANGES[:5]), nothing, "failing calls, apply")
    fine &= fail_everywhere(rig, ("rollback",), applied, "failing calls, rollback")
    fine &= fail_everywhere(rig, ("confirm",), pending_with_files, "failing calls, confirm")
    fine &= round_trips(rig, rng, 300 // rig.every)
    fine &= bad_disks(rig)
    fine &= damage_journal(rig, rng, flips)
    return fine


def enter_namespaces():
    """Runs this program again in network, mount and, without root, user namespaces of its own."""
    flags = ["--net", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    command = ["unshare", *flags]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        print("matrix: skipped: no network namespace to be had")
        sys.exit(77)
    os.environ["FETTLE_CRASH_INSIDE"] = "1"
    os.execvp("unshare", [*command, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--subject", default="tests/crash/subject", help="the program to kill")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--flips", type=int, default=400, help="how many single bits to flip")
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="only every Nth place, call and byte: a quick look")
    options = parser.parse_args()
    if "FETTLE_CRASH_INSIDE" not in os.environ:
        enter_namespaces()
    print(f"matrix: seed {options.seed}")
    # interfaces for defaults to spread to, where there is ip(8)
    subprocess.run(["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"], check=False)
    with tempfile.TemporaryDirectory(prefix="fettle-crash-") as folder:
        # what a sync costs is no matter here, and there are tens of thousands
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        try:
            rig = Rig(os.path.abspath(options.subject), folder, options.every)
            fine = matrix(rig, random.Random(options.seed), options.flips)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    print(f"matrix: {rig.runs} runs, " + ("passed" if fine else "FAILED"))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
