#!/usr/bin/env python3
"""plan, apply, rollback and transactions: what works, what the kernel refuses, who is in the way."""
import os
import shutil
import subprocess

from apply_common import KEYS, enter_namespaces, get, mounted, put, rebooted, run, snapshot
from common import expect, expect_in, expect_true

FIN, ECN, COOKIES = "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_ecn", "net.ipv4.tcp_syncookies"
PLAN_CODES = {"plan": 1, "apply": 2}
REACHABLE = "net.ipv4.neigh.lo.base_reachable_time_ms"


def raised():
    """Thirty keys, each to one more than it holds, which this kernel takes as it is."""
    values = {}
    for path in sorted(KEYS.glob("net/ipv4/tcp_*")):
        key = ".".join(path.relative_to(KEYS).parts)
        if key in (ECN, FIN, COOKIES) or "congestion" in key or "fastopen" in key:
            continue
        try:
            old = int(get(key))
            put(key, str(old + 1))
            if int(get(key)) == old + 1:
                values[key] = old + 1
            put(key, str(old))
        except (OSError, ValueError):
            continue
    expect_true(len(values) >= 30, f"only {values} can be raised")
    # some before and some after tcp_ecn, whichever way they are sorted
    chosen = list(values.items())
    return dict(chosen[:8] + chosen[-22:])


def plans(host):
    host.profile("web", {FIN: 30, COOKIES: 1, "net.ipv4.no_such": 1, "net.core.rmem_max": 4096})
    ran = host.run("plan", "web", code=1)
    expect(ran.out.splitlines()[0], "profile web", "the heading")
    expect_in(f"{FIN}: 60 -> 30", ran.out)
    expect_in("this kernel has no such key", ran.out)
    expect_in("can be changed only in the first network namespace", ran.out)
    expect(ran.out.splitlines()[-1], "1 key to change, 2 blocked", "the last line")
    plan = host.run_json("plan", "web", code=1)
    expect(plan["changes"], [{"key": FIN, "from": "60", "to": "30",
                              "origin": f"{host.folder}/web.yaml:5", "severity": "warning",
                              "expected": "30", "module": None}], "changes")
    expect({b["key"]: b["obstacle"] for b in plan["blocked"]},
           {"net.ipv4.no_such": "absent", "net.core.rmem_max": "read-only"}, "blocked")
    expect_true(not host.state.exists(), "a plan leaves nothing behind")
    host.profile("fine", {FIN: 60})
    expect(host.run("plan", "fine").out.splitlines()[-1], "Nothing to change", "the last line")
    host.profile("missing", {"net.ipv4.no_such": 1})
    host.run("plan", "missing", code=2)
    host.profile("minor", {"net.ipv4.no_such": "{equals: 1, severity: info}"})
    host.run("plan", "minor")


def applies_and_undoes(host):
    before = snapshot()
    wanted = raised()
    host.profile("web", wanted)
    dry = host.run_json("apply", "web", "--dry-run")
    expect((dry["outcome"], dry["transaction"], len(dry["steps"])), ("planned", None, 30), "dry run")
    expect(snapshot(), before, "after a dry run")
    expect_true(not host.state.exists(), "a dry run leaves nothing behind")
    ran = host.run("apply", "web")
    expect(ran.out.splitlines()[-1],
           f"transaction 1: 30 keys applied; undo with: fettle rollback 1 --state-dir '{host.state}'", "the last line")
    expect({key: int(get(key)) for key in wanted}, wanted, "applied")
    again = host.run_json("apply", "web")
    expect((again["outcome"], again["transaction"]), ("unchanged", None), "again")
    host.run("plan", "web")
    expect_in("1  web: 30 keys; done", host.run("transactions").out)
    back = host.run_json("rollback")
    expect((back["outcome"], back["transaction"]), ("undone", 1), "rollback")
    expect(set(host.outcomes(back).values()), {"restored"}, "rollback")
    expect(snapshot(), before, "after the rollback")
    expect_in("already", host.run("rollback", "1").err)
    again = host.run_json("rollback", "1")
    expect((again["outcome"], again["transaction"], again["steps"], again["reason"]),
           ("undone", 1, [], "transaction 1 is undone already (rollback)"), "again")
    expect_in("there is no transaction to roll back", host.run("rollback", code=65).err)
    expect_in("holds no transaction 9", host.run("rollback", "9", code=65).err)
    expect_in("'x' is no transaction's number", host.run("rollback", "x", code=64).err)
    listed = host.run_json("transactions")["transactions"]
    expect([(t["transaction"], t["state"], t["undone_why"]) for t in listed],
           [(1, "undone", "rollback")], "transactions")


def out_of_range(host):
    """What the catalogue says the kernel does not take is not tried, and the rest is done."""
    retries = "net.ipv4.tcp_syn_retries"
    why = ("the kernel takes 1 to 127, not 300 (kernel Documentation/networking/ip-sysctl.rst; "
           "tcp(7))")
    host.profile("far", {FIN: 30, retries: 300})
    plan = host.run_json("plan", "far", code=1)
    expect([(b["key"], b["obstacle"], b["why"]) for b in plan["blocked"]],
           [(retries, "out-of-range", why)], "blocked")
    expect_in(f"out-of-range  {retries}", host.run("apply", "far", code=2).out)
    expect((get(FIN), get(retries)), ("30", "6"), "keys")
    ran = subprocess.run([str(host.program), "audit", "far", "--profile-path", str(host.folder)],
                         capture_output=True, text=True, check=False)
    expect_in("no fix: the kernel takes 1 to 127, not 300", " ".join(ran.stdout.split()))
    expect_true("sysctl -w" not in ran.stdout, ran.stdout)
    host.run("plan", "far", code=2)
    host.run("rollback")
    host.profile("minor", {retries: "{equals: 300, severity: info}"})
    host.run("plan", "minor")
    host.run("apply", "minor")


def one_transaction_in_full(host):
    host.profile("web", {FIN: 30, COOKIES: 2})
    host.run("apply", "web", "--persist", code=0)
    host.run("unpersist")
    put(FIN, "31")
    host.run("rollback", "1", code=2)
    put(FIN, "60")
    listed = host.run("transactions").out.splitlines()
    expect_in("2  unpersist: 1 file; done", listed[0])
    expect_in("1  web: 2 keys, 1 file; undone (rollback), 1 left", listed[1])
    shown = host.run("transactions", "1").out
    expect_in("transaction 1: web: 2 keys, 1 file; undone (rollback), 1 left\napply at ", shown)
    expect_in(f"set   {COOKIES}: 1 -> 2\n", shown)
    expect_in("file  sysctl.d/60-fettle.conf\n", shown)
    expect_in(f"left      {FIN}: 31\n", shown)
    expect_in(f"restored  {COOKIES}: 1\n", shown)
    whole = host.run_json("transactions")["transactions"]
    expect(host.run_json("transactions", "1"), whole[1], "the one as JSON")
    expect([(t["command"], t["left"], t["confirm_left_s"]) for t in whole],
           [("unpersist", 0, 0), ("apply", 1, 0)], "members")
    expect_in("holds no transaction 9", host.run("transactions", "9", code=65).err)
    expect_in("is no transaction's number", host.run("transactions", "x", code=64).err)


def a_rejected_value_undoes_the_rest(host):
    before = snapshot()
    values = list(raised().items())
    host.profile("bad", dict([*values[:8], (ECN, 99), *values[8:]]))
    result = host.run("apply", "bad", code=1)
    expect_in(ECN, result.err)
    expect(snapshot(), before, "after the undo")
    result = host.run_json("apply", "bad", code=1)
    outcomes = host.outcomes(result)
    expect((result["outcome"], outcomes[ECN]), ("undone", "rejected"), "outcome")
    expect_in("Invalid argument", result["reason"])
    expect(set(outcomes.values()), {"rejected", "restored", "not-tried"}, "steps")
    expect(snapshot(), before, "after the second undo")


def a_clamped_value_must_do(host):
    host.profile("exact", {REACHABLE: 1001, FIN: 30})
    before = snapshot()
    result = host.run_json("apply", "exact", code=1)
    expect(result["outcome"], "undone", "outcome")
    expect_in(f'{REACHABLE}: wrote "1001", the kernel kept "1004"', result["reason"])
    expect(snapshot(), before, "after the undo")
    step = next(s for s in result["steps"] if s["key"] == REACHABLE)
    expect((step["outcome"], step["got"], step["undone"]), ("clamped", "1004", "restored"), "cause")
    shown = host.run("apply", "exact", code=1).out
    expect_in("restored: it holds 30000 again", shown)
    host.profile("bound", {REACHABLE: "{between: [1001, 1010], set: 1001}", FIN: 30})
    result = host.run_json("apply", "bound")
    expect(host.outcomes(result), {REACHABLE: "clamped", FIN: "applied"}, "steps")
    step = next(s for s in result["steps"] if s["key"] == REACHABLE)
    expect((step["wanted"], step["got"]), ("1001", "1004"), "what was asked, and came")
    host.run("rollback")
    expect(snapshot(), before, "after the rollback")


def an_ignored_value_is_seen(host):
    """inet_frag keeps the old high threshold when one below the low one is written, and says 0."""
    key = "net.ipv4.ipfrag_high_thresh"
    before = snapshot()
    host.profile("low", {key: 100, FIN: 30})
    result = host.run("apply", "low", "--format", "json", code=1).json()
    expect(result["outcome"], "undone", "outcome")
    expect_in(key, result["reason"])
    expect(snapshot(), before, "after the undo")


def side_effects_are_undone(host):
    """ip_forward changes other keys of every interface along with it."""
    before = snapshot()
    host.profile("router", {"net.ipv4.ip_forward": 1})
    host.run("apply", "router")
    changed = {path for path, value in snapshot().items() if before[path] != value}
    expect_true("/proc/sys/net/ipv4/conf/all/accept_redirects" in changed, changed)
    host.run("rollback")
    expect(snapshot(), before, "after the rollback")


def what_changes_along_is_kept(host):
    """ip_forward resets accept_redirects: what the profile asks of it is written after that."""
    forward, redirects = "net.ipv4.ip_forward", "net.ipv4.conf.all.accept_redirects"
    before = snapshot()
    host.profile("both", {redirects: 1, forward: 1})
    expect([(c["key"], c["from"], c["to"], c.get("reset_by"))
            for c in host.run_json("plan", "both", code=1)["changes"]],
           [(forward, "0", "1", None), (redirects, "1", "1", forward)], "changes, in order")
    expect_in(f"keep    {redirects}: 1, which {forward} would change", host.run("plan", "both", code=1).out)
    expect(host.outcomes(host.run_json("apply", "both")), {forward: "applied", redirects: "applied"}, "steps")
    expect(host.run_json("plan", "both")["changes"], [], "what is left to change")
    put(redirects, "0")
    result = host.run_json("rollback", code=2)
    expect(host.outcomes(result), {forward: "restored", redirects: "left"}, "three ways")
    expect(get(redirects), "0", "what somebody else set since")
    put(redirects, "1")
    expect(snapshot(), before, "after the rollback")
    host.profile("alone", {redirects: 1, "net.ipv4.conf.all.forwarding": 0})
    expect(host.run_json("plan", "alone")["changes"], [], "nothing changes it")
    martians = "net.ipv4.conf.{}.log_martians"
    host.profile("default", {martians.format("default"): 1, martians.format("all"): 0,
                             martians.format("lo"): 0})
    expect([(c["key"], c["to"], c.get("reset_by"))
            for c in host.run_json("plan", "default", code=1)["changes"]],
           [(martians.format("default"), "1", None),
            (martians.format("lo"), "0", martians.format("default"))], "what a default may reach")
    host.profile("same", {martians.format("default"): 1, martians.format("lo"): 1})
    put(martians.format("lo"), "1")
    expect(len(host.run_json("plan", "same", code=1)["changes"]), 1, "what it would give to others")
    put(martians.format("lo"), "0")


def how_far_one_came_is_told(host):
    """What was written and taken back, and what never was."""
    rate = "net.ipv4.icmp_ratelimit"
    host.profile("bad", {rate: 500, ECN: 99, FIN: 30})
    host.run("apply", "bad", code=1)
    number = str(host.run_json("transactions")["transactions"][0]["transaction"])
    shown = host.run("transactions", number).out
    expect_in(f"set      {rate}: 1000 -> 500\n", shown)
    expect_in(f"not set  {ECN}: ", shown)
    expect_in(f"not set  {FIN}: ", shown)
    expect_in(f"restored   {rate}: ", shown)
    expect_in(f'{ECN}: wrote "99", the kernel said: Invalid argument', " ".join(shown.split()))


def what_others_changed_stays(host):
    host.profile("web", {FIN: 30, COOKIES: 2})
    host.run("apply", "web")
    put(FIN, "31")
    back = host.run_json("rollback", code=2)
    expect(host.outcomes(back), {FIN: "left", COOKIES: "restored"}, "steps")
    step = next(s for s in back["steps"] if s["key"] == FIN)
    expect((step["got"], step["wanted"]), ("31", "60"), "what it holds")
    expect_in("somebody else changed it", step["reason"])
    expect((get(FIN), get(COOKIES)), ("31", "1"), "keys")
    put(FIN, "30")
    again = host.run_json("rollback", "1", code=2)
    expect((again["outcome"], host.outcomes(again)), ("partly-undone", {FIN: "left"}), "a second time")
    ran = host.run("rollback", "1", code=2)
    expect_in(f"left  {FIN}: 31, not 60\n", ran.out)
    expect_in("transaction 1 is undone already (rollback), but for what that left alone at ", ran.err)
    expect(get(FIN), "30", "what it held may be another's by now")
    put(FIN, "60")


def one_at_a_time(host):
    host.profile("web", {FIN: 30})
    for command in (("apply", "web"), ("rollback",), ("confirm",), ("persist", "web"), ("unpersist",)):
        with host.lock_held("somebody, process 77"):
            expect_in("another transaction is under way: somebody, process 77 holds",
                      host.run(*command, code=75).err)
    with host.lock_held("somebody, process 77"):
        host.run("apply", "web", "--dry-run")
        host.run("transactions")
        host.run("plan", "web", code=1)
    expect(get(FIN), "60", FIN)
    # two that really run: one of them, or both one after the other, and never a mixture
    many = host.profile("many", raised())
    pair = [subprocess.Popen(host.command("apply", many), stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE) for _ in range(2)]
    codes = sorted(process.wait() for process in pair)
    for process in pair:
        process.stderr.close()
    expect_true(codes in ([0, 0], [0, 75]), codes)
    expect(len(host.run_json("transactions")["transactions"]), 1, "transactions")
    host.run("rollback")


def a_profile_may_go(host):
    before = snapshot()
    host.profile("web", {FIN: 30})
    host.run("apply", "web")
    (host.folder / "web.yaml").unlink()
    host.run("apply", "web", code=65)
    host.run("rollback")
    expect(snapshot(), before, "after the rollback")


def a_reboot_between(host):
    host.profile("web", {FIN: 30})
    host.run("apply", "web", "--persist")
    with rebooted(host):
        back = host.run_json("rollback")
        expect(host.outcomes(back)[FIN], "gone", "steps")
        expect(get(FIN), "30", "another boot's key")
    expect_true(not (host.etc / "sysctl.d/60-fettle.conf").exists(), "the file of the transaction")
    put(FIN, "60")


def bad_profiles(host):
    host.profile("broken", {FIN: "{at-leest: 30}"})
    for command in ("plan", "apply", "persist"):
        expect_in("broken.yaml:5", host.run(command, "broken", code=65).err)
        expect_in("no profile 'brokn'", host.run(command, "brokn", code=65).err)
    host.profile("web", {FIN: 30})
    for duration in ("60", "0s", "2d", "1500ms", "-5s", "soon", ""):
        expect_in("--confirm-within", host.run("apply", "web", "--confirm-within", duration, code=64).err)
    expect_true(not host.state.exists(), "nothing was begun")
    for command in ("rollback",), ("confirm",), ("rollback", "3"):
        expect_in(f"there is no transaction: nothing was applied here yet (there is no folder {host.state})",
                  host.run(*command, code=65).err)


def not_for_everybody(host):
    before = snapshot()
    host.profile("web", {FIN: 30})
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for command in (("apply", "web"), ("rollback",), ("confirm",), ("persist", "web"), ("unpersist",)):
        expect_in("needs root", host.run(*command, code=77, prefix=nobody).err)
    host.profile("web", {FIN: 30, COOKIES: 1, "net.core.rmem_max": 4096})
    for command in ("plan", "web"), ("apply", "web", "--dry-run"):
        as_root = host.run(*command, "--format", "json", code=PLAN_CODES[command[0]]).json()
        theirs = host.run(*command, "--format", "json", code=PLAN_CODES[command[0]], prefix=nobody).json()
        expect(theirs, as_root, f"what {command[0]} says to others")
    last = host.run("plan", "web", code=1, prefix=nobody).out.splitlines()[-2:]
    expect(last, ["1 key to change, 1 blocked", "Only root can apply it."], "the last lines")
    host.profile("web", {FIN: 30})
    host.run("apply", "web")
    host.run("transactions", code=77, prefix=nobody)
    host.run("rollback")
    expect(snapshot(), before, "keys")


def root_of_a_user_namespace(host):
    """As in a container: keys below net are its own, others are the host's."""
    swappiness = "vm.swappiness"
    host.profile("web", {FIN: 30, swappiness: int(get(swappiness)) + 1})
    inside = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
              "unshare", "--user", "--map-root-user", "--net"]
    plan = host.run("plan", "web", "--format", "json", code=1, prefix=inside).json()
    expect([change["key"] for change in plan["changes"]], [FIN], "changes")
    # a container may have more in the way
    wanted = (("read-only", "its file system is mounted read-only, as in a container or under "
               "ProtectKernelTunables=yes") if os.statvfs(KEYS / "vm").f_flag & os.ST_RDONLY else
              ("not-permitted", "needs root of the host, and not of a user namespace"))
    expect([(b["key"], b["obstacle"], b["why"]) for b in plan["blocked"]], [(swappiness, *wanted)], "blocked")


def bad_journals(host):
    host.profile("web", {FIN: 30})
    host.profile("more", {FIN: 29})
    host.run("apply", "web")
    journal = host.state / "journal"
    good = journal.read_bytes()
    at = good.index(b"tcp_fin_timeout")
    flipped = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
    for name, bad in {"flipped": flipped, "foreign": b"#!/bin/sh\necho hello\n" * 20}.items():
        journal.write_bytes(bad)
        for command in (("apply", "more"), ("rollback",), ("confirm",), ("persist", "more")):
            ran = host.run(*command, code=65)
            expect_in(str(journal), ran.err, name)
        host.run("transactions", code=65)
        expect((get(FIN), journal.read_bytes()), ("30", bad), f"{name}: nothing was touched")
    journal.write_bytes(good)
    host.run("rollback")
    # a torn tail is no damage
    host.run("apply", "web")
    journal.write_bytes(journal.read_bytes() + b"0123abcd {\"rec")
    host.run("rollback")
    expect(get(FIN), "60", FIN)


def disks_that_do_not_take_it(host):
    host.profile("web", {FIN: 30})
    host.state.mkdir(mode=0o700)
    with mounted("-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", host.state):
        (host.state / "filler").write_bytes(b"x" * 4096)
        expect_in("No space left", host.run("apply", "web", code=70).err)
    with mounted("-t", "tmpfs", "-o", "mode=700", "tmpfs", host.state):
        host.run("apply", "web")
        host.run("rollback")
        subprocess.run(["mount", "-o", "remount,ro", str(host.state)], check=True)
        expect_in("Read-only file system", host.run("apply", "web", code=70).err)
    expect(get(FIN), "60", FIN)
    host.state.chmod(0o777)
    expect_in(str(host.state), host.run("apply", "web", code=77).err)
    shutil.rmtree(host.state)
    host.state.write_text("a file\n")
    expect_in(str(host.state), host.run("apply", "web", code=65).err)
    expect(get(FIN), "60", FIN)


def output_that_nobody_takes(host):
    """The change is made, and in the journal, when its report cannot be written."""
    host.profile("web", {FIN: 30})
    with open("/dev/full", "w", encoding="ascii") as full:
        code = subprocess.run(host.command("apply", "web"), stdout=full, stderr=subprocess.PIPE,
                              check=False).returncode
    expect((code, get(FIN)), (70, "30"), "exit code and key")
    host.run("rollback")


def main():
    enter_namespaces()
    run([plans, out_of_range, one_transaction_in_full, applies_and_undoes,
         a_rejected_value_undoes_the_rest, a_clamped_value_must_do, an_ignored_value_is_seen,
         side_effects_are_undone, what_changes_along_is_kept, how_far_one_came_is_told,
         what_others_changed_stays, one_at_a_time, a_profile_may_go, a_reboot_between, bad_profiles,
         not_for_everybody, root_of_a_user_namespace, bad_journals, disks_that_do_not_take_it,
         output_that_nobody_takes])


if __name__ == "__main__":
    main()
