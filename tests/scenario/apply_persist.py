#!/usr/bin/env python3
"""persist and unpersist: which files are written, which are not ours, and does the line win?"""
import json
import os
import pathlib
import shutil
import stat
import subprocess

from apply_common import enter_namespaces, get, mounted, run, snapshot
from common import expect, expect_in, wait_until

FIN, COOKIES = "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_syncookies"
OURS = "sysctl.d/60-fettle.conf"


def tree(folder):
    """Every file and link below it, and what it holds."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    return found


def one_drop_in_and_nothing_else(host):
    keys, files = snapshot(), tree(host.root)
    host.profile("web", {FIN: 30, COOKIES: 1})
    ran = host.run("persist", "web")
    expect_in("2 keys at the next boot", ran.out)
    expect_in("transaction 1: 1 file written", ran.out.splitlines()[-1])
    added = {k: v for k, v in tree(host.root).items() if k not in files}
    expect(list(added), ["etc/" + OURS], "new files")
    content, mode = added["etc/" + OURS]
    expect(mode, 0o644, "its mode")
    expect(content.decode().splitlines()[-2:], [f"{FIN} = 30", f"{COOKIES} = 1"], "its lines")
    for part in ("web", str(host.folder / "web.yaml"), "SHA-256", "fettle 0"):
        expect_in(part, content.decode(), "the header")
    expect(snapshot(), keys, "keys")
    again = host.run_json("persist", "web")
    expect((again["outcome"], again["transaction"]), ("unchanged", None), "again")
    expect([(line["key"], line["verdict"], line["file"]) for line in again["boot"]],
           [(FIN, "kept", "/etc/" + OURS), (COOKIES, "kept", "/etc/" + OURS)], "the proof")
    gone = host.run_json("unpersist")
    expect(host.outcomes(gone), {f"{host.root}/etc/{OURS}": "removed"}, "what unpersist says")
    expect(tree(host.root), files, "after unpersist")
    host.run("rollback")
    expect(tree(host.root)["etc/" + OURS], (content, 0o644), "unpersist undone")
    host.run("unpersist")
    expect(host.run_json("unpersist")["outcome"], "unchanged", "unpersist again")
    expect(tree(host.root), files, "at the end")


def undone_where_it_was_done(host):
    """A rollback that is not told of the root again finds it in the journal."""
    files = tree(host.root)
    host.profile("web", {FIN: 30})
    host.run("persist", "web")
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /etc/sysctl.d && "$@" && ls /etc/sysctl.d',
         "sh", host.program, "rollback", "--state-dir", host.state], capture_output=True, text=True, check=True)
    expect_in(f"removed  {host.root}/etc/{OURS}\n", ran.stdout)
    expect(ran.stdout.splitlines()[-1], "transaction 1: undone: 1 file removed", "nothing in /etc")
    expect(tree(host.root), files, "the root")
    host.run("persist", "web")
    host.root.rename(f"{host.root}.gone")
    ran = subprocess.run([host.program, "rollback", "--state-dir", host.state], capture_output=True,
                         text=True, check=False)
    expect(ran.returncode, 2, "its folder is not to be seen")
    expect_in(f"cannot look into {host.root}/etc: No such file or directory", " ".join(ran.stdout.split()))
    pathlib.Path(f"{host.root}.gone").rename(host.root)
    expect((host.etc / OURS).exists(), True, "it is left")
    (host.etc / OURS).unlink()
    for option in "--state-dir", "--root":
        ran = subprocess.run([host.program, "rollback", option, ""], capture_output=True, text=True,
                             check=False)
        expect((ran.returncode, ran.stderr), (65, f"fettle: {option}: no folder is named\n"), "no name")


def a_deadline_knows_its_root(host):
    """A guard works from /: a --root that is relative means the same to it. Others of that content stay."""
    files = tree(host.root)
    other = host.folder / "other"
    host.profile("web", {FIN: 30})
    host.run("persist", "web")
    after = (host.etc / OURS).read_text()
    host.run("unpersist")
    ran = subprocess.run(["sh", "-c", 'cd "$0" && exec "$@"', host.root.parent, host.program, "apply", "web",
                          "--profile-path", host.folder, "--state-dir", host.state, "--root", host.root.name,
                          "--persist", "--confirm-within", "3s"], capture_output=True, text=True, check=False)
    expect((ran.returncode, tree(host.root)), (0, files), ran.stderr)
    for root in (host.root, other):  # as a confirmation leaves it that died before it was recorded
        (root / "etc/sysctl.d").mkdir(parents=True, exist_ok=True)
        (root / "etc" / OURS).write_text(after)
    wait_until(lambda: get(FIN) != "30", "its undo")
    wait_until(lambda: tree(host.root) == files, "its undo of the file, by a relative name of the root")
    expect((other / "etc" / OURS).exists(), True, "the same below another root")
    subprocess.run([host.program, "unpersist", "--state-dir", host.state, "--root", other], check=True,
                   stdout=subprocess.DEVNULL)
    expect(tree(host.root), files, "the root")


def with_apply(host):
    keys, files = snapshot(), tree(host.root)
    host.profile("web", {FIN: 30})
    ran = host.run("apply", "web", "--persist", "--confirm-within", "60s")
    expect((get(FIN), tree(host.root)), ("30", files), "a boot sets nothing that waits")
    expect_in(f"write    {host.etc / OURS}: 1 line\nkept     1 key at the next boot\n", ran.out)
    expect_in("1 key applied; its files are written when it is confirmed", ran.out.splitlines()[-2])
    ran = host.run("confirm")
    expect_in(f"written  {host.etc / OURS}\nkept     1 key at the next boot\n", ran.out)
    expect_in("transaction 1: confirmed: 1 file written", ran.out.splitlines()[-1])
    expect_in(f"{FIN} = 30\n", (host.etc / OURS).read_text())
    host.profile("web", {FIN: 29})
    host.run("apply", "web", "--persist")
    expect_in(f"{FIN} = 29\n", (host.etc / OURS).read_text())
    host.run("rollback")
    expect_in(f"{FIN} = 30\n", (host.etc / OURS).read_text())
    back = host.run("rollback")
    expect((snapshot() == keys, tree(host.root)), (True, files), "both are undone")
    expect_in(f"removed   {host.etc / OURS}\n", back.out)
    expect_in("1 key restored, 1 file removed", back.out.splitlines()[-1])


def what_the_host_boots_with_is_not_ours(host):
    """This namespace is not the first one: a plan says that what it holds is not for /etc."""
    options = ["--profile-path", str(host.folder), "--format", "json"]
    host.profile("web", {FIN: 30})
    ran = subprocess.run([str(host.program), "plan", "web", *options, "--root", "/"],
                         capture_output=True, text=True, check=False)
    expect_in("/etc is what the host boots with", json.loads(ran.stdout)["persist_problem"])
    with mounted("--bind", host.etc, "/etc"):
        ran = subprocess.run([str(host.program), "plan", "web", *options, "--root", "/"],
                             capture_output=True, text=True, check=False)
        expect([file["path"] for file in json.loads(ran.stdout)["files"]], ["/etc/" + OURS], "an etc of ours")


def a_rejected_value_leaves_no_file(host):
    files = tree(host.root)
    host.profile("bad", {FIN: 30, "net.ipv4.tcp_ecn": 99})
    host.run("apply", "bad", "--persist", code=1)
    expect(tree(host.root), files, "files")


def nothing_replaces_nothing(host):
    host.profile("web", {FIN: 30})
    host.run("persist", "web")
    files = tree(host.root)
    (host.folder / "big.yaml").write_text(
        f'schema: 1\nname: big\nsummary: A test\nwhen: {{memory: ">=64TiB"}}\nsettings:\n  {FIN}: 29\n')
    host.profile("none", {"net.ipv4.no_such_key": 1})
    ran = host.run("plan", "big")
    expect_in("With --persist:\nblocked big: nothing of it is made to last: needs memory >=64TiB, this host has ",
              ran.out.replace("  ", " "))
    expect_in("\nthe profile does not apply here: needs memory >=64TiB, this host has ", ran.out)
    expect(ran.out.splitlines()[-1], "Nothing to change", "the last line")
    expect_in("nothing of it is made to last", host.run_json("plan", "big")["persist_problem"])
    expect_in("\nthe profile does not apply here: ", "\n" + host.run("apply", "big").out)
    for name, why in (("big", "big: nothing of it is made to last: "),
                      ("none", "none: nothing of it can be made to last here: net.ipv4.no_such_key: ")):
        for words in (("persist", name), ("apply", name, "--persist")):
            expect_in(why, host.run(*words, code=65).err, words)
            expect(tree(host.root), files, f"files after {words}")
    host.run("unpersist")


def who_beats_us_is_named(host):
    host.profile("web", {FIN: 30, COOKIES: 1})
    later = host.etc / "sysctl.d" / "99-local.conf"
    later.parent.mkdir()
    later.write_text(f"# local\n{FIN} = 77\n")
    ran = host.run("persist", "web", code=2)
    expect_in(f"at boot {FIN} holds 77, not 30", ran.out)
    expect_in("/etc/sysctl.d/99-local.conf:2", ran.out)
    boot = host.run_json("persist", "web", code=2)["boot"]
    expect([(line["verdict"], line["value"], line["file"], line["line"]) for line in boot],
           [("overridden", "77", "/etc/sysctl.d/99-local.conf", 2), ("kept", "1", "/etc/" + OURS, 4)],
           "the proof")


def who_never_reads_it_is_shown(host):
    """The hint leads to the tree that was looked at."""
    for name in ("etc/init.d/procps", "usr/sbin/sysctl"):
        (host.root / name).unlink()
    host.profile("web", {FIN: 30})
    expect_in(f"lost at boot all of it: nothing here reads sysctl.d, see fettle boot --root '{host.root}' ",
              " ".join(host.run("persist", "web", code=2).out.split()))


def a_confirmation_names_who_beats_us(host):
    """What is written by it is proved by it: another file may be there since the plan."""
    host.profile("web", {FIN: 30, COOKIES: 1, "net.ipv4.conf.lo.log_martians": 0})
    host.run("apply", "web", "--persist", "--confirm-within", "60s")
    later = host.etc / "sysctl.d" / "99-local.conf"
    later.parent.mkdir()
    later.write_text(f"{FIN} = 77\n")
    ran = host.run("confirm", code=2)
    expect_in(f"written     {host.etc / OURS}\n", ran.out)
    expect_in(f"overridden at boot {FIN} holds 77, not 30 /etc/sysctl.d/99-local.conf:1 ",
              " ".join(ran.out.split()))
    expect_in("kept        2 keys at the next boot\n", ran.out)
    expect(ran.out.splitlines()[-1], "transaction 1: confirmed: 1 file written", "the last line")
    boot = host.run_json("persist", "web", code=2)["boot"]
    host.run("rollback")
    host.run("apply", "web", "--persist", "--confirm-within", "60s", code=2)
    expect({line["key"]: line for line in host.run_json("confirm", code=2)["boot"]},
           {line["key"]: line for line in boot}, "the proof is that of persist")
    host.run("rollback")


def shown_before_it_is_written(host):
    """What would be written and who would win is what then is written, and wins."""
    before = tree(host.root)
    host.profile("web", {FIN: 30, COOKIES: 1})
    later = host.etc / "sysctl.d" / "99-local.conf"
    planned = host.run_json("plan", "web", code=1)
    path = str(host.etc / OURS)
    expect(planned["files"], [{"path": path, "action": "write",
                               "lines": [f"{FIN} = 30", f"{COOKIES} = 1"]}], "files")
    expect([(line["key"], line["verdict"], line["file"]) for line in planned["boot"]],
           [(FIN, "kept", "/etc/" + OURS), (COOKIES, "kept", "/etc/" + OURS)], "the boot, before")
    shown = host.run("plan", "web", code=1).out
    expect_in(f"With --persist:\nwrite  {path}: 2 lines\nkept   2 keys at the next boot\n", shown)
    later.parent.mkdir()
    later.write_text(f"# local\n{FIN} = 77\n")
    ran = host.run("apply", "web", "--persist", "--dry-run", code=2)
    for line in (f"write       {path}: 2 lines\n", f"            {FIN} = 30\n",
                 f"at boot {FIN} holds 77, not 30", "Nothing was written."):
        expect_in(line, ran.out)
    dry = host.run_json("apply", "web", "--persist", "--dry-run", code=2)
    expect((dry["files"], dry["outcome"]), (planned["files"], "planned"), "the dry run")
    later.unlink()
    later.parent.rmdir()
    expect((tree(host.root), get(FIN)), (before, "60"), "nothing was written")
    later.parent.mkdir()
    later.write_text(f"# local\n{FIN} = 77\n")
    expect(host.run_json("apply", "web", "--persist", code=2)["boot"], dry["boot"], "as foretold")
    again = host.run_json("plan", "web")
    expect((again["files"], again["boot"]), ([], dry["boot"]), "when it is done")
    host.run("rollback")
    (host.etc / OURS).write_text("# mine\n")
    expect_in("was not written by fettle", host.run_json("plan", "web", code=1)["persist_problem"])
    expect_in("was not written by fettle", " ".join(host.run("plan", "web", code=1).out.split()))
    expect_in(OURS, host.run("apply", "web", "--persist", "--dry-run", code=65).err)
    host.run("apply", "web", "--dry-run")


def foreign_files_stay(host):
    keys = snapshot()
    host.profile("web", {FIN: 30})
    folder = host.etc / "sysctl.d"
    folder.mkdir()
    (host.etc / OURS).write_text("# mine\nnet.ipv4.tcp_fin_timeout = 5\n")
    for name in ("persist", "unpersist", "apply"):
        arguments = {"persist": ("web",), "unpersist": (), "apply": ("web", "--persist")}[name]
        before = tree(host.root)
        expect_in(str(host.etc / OURS), host.run(name, *arguments, code=65).err, name)
        expect(tree(host.root), before, f"files after {name}")
        expect(snapshot(), keys, f"keys after {name}")
    (host.etc / OURS).unlink()
    host.run("persist", "web")
    with open(host.etc / OURS, "a", encoding="ascii") as ours:
        ours.write("net.ipv4.tcp_sack = 0\n")
    edited = tree(host.root)
    for name in ("persist", "unpersist"):
        host.profile("web", {FIN: 29})
        expect_in(OURS, host.run(name, *(["web"] if name == "persist" else []), code=65).err)
    back = host.run_json("rollback", code=2)
    expect(host.outcomes(back), {str(host.etc / OURS): "left"}, "rollback")
    expect(tree(host.root), edited, "what somebody edited is left alone")


def links_are_not_followed(host):
    host.profile("web", {FIN: 30})
    elsewhere = host.folder / "elsewhere"
    elsewhere.mkdir()
    (host.etc / "sysctl.d").symlink_to(elsewhere)
    expect_in("sysctl.d", host.run("persist", "web", code=65).err)
    expect_in("sysctl.d", host.run("apply", "web", "--persist", code=65).err)
    expect((list(elsewhere.iterdir()), get(FIN)), ([], "60"), "nothing was written")
    (host.etc / "sysctl.d").unlink()
    (host.etc / "sysctl.d").mkdir()
    target = elsewhere / "target"
    target.write_text("precious\n")
    (host.etc / OURS).symlink_to(target)
    host.run("persist", "web", code=65)
    expect((target.read_text(), (host.etc / OURS).is_symlink()), ("precious\n", True), "the link")


def a_file_changed_since_is_left(host):
    host.profile("web", {FIN: 30})
    host.run("apply", "web", "--persist")
    (host.etc / OURS).write_text("# mine now\n")
    back = host.run_json("rollback", code=2)
    expect(host.outcomes(back), {FIN: "restored", str(host.etc / OURS): "left"}, "steps")
    expect((host.etc / OURS).read_text(), "# mine now\n", "the file")
    expect(get(FIN), "60", FIN)


def a_later_file_is_left(host):
    host.profile("a", {FIN: 30})
    host.profile("b", {FIN: 29})
    host.run("persist", "a")
    host.run("persist", "b")
    back = host.run_json("rollback", "1", code=2)
    expect([(step["outcome"], step["reason"]) for step in back["steps"]],
           [("left", "transaction 2 changed it since, which had to be rolled back before this one")], "steps")


def undone_out_of_turn(host):
    """What one wrote that is undone does not come back with the undo of a later one."""
    path = str(host.etc / OURS)
    host.profile("a", {FIN: 30})
    host.profile("b", {FIN: 29})
    host.run("persist", "a")
    host.run("persist", "b")
    host.run("unpersist")
    ran = host.run("rollback", "1")
    expect_in(f"gone  {path}\n      it was gone already\n", ran.out)
    expect(ran.out.splitlines()[-1], "transaction 1: undone: 1 file gone", "of the first")
    expect(host.outcomes(host.run_json("rollback")), {path: "restored"}, "of the unpersist")
    back = host.run_json("rollback", code=2)
    expect([(step["outcome"], step["reason"]) for step in back["steps"]],
           [("left", "it would bring back what transaction 1 wrote, which is undone")], "of the second")
    expect_in(f"{FIN} = 29\n", (host.etc / OURS).read_text())
    host.run("persist", "a")
    host.run("persist", "b")
    expect(host.outcomes(host.run_json("rollback")), {path: "restored"}, "of one before it that stands")
    expect_in(f"{FIN} = 30\n", (host.etc / OURS).read_text())


def main():
    enter_namespaces()
    run([one_drop_in_and_nothing_else, undone_where_it_was_done, a_deadline_knows_its_root, with_apply,
         what_the_host_boots_with_is_not_ours, a_rejected_value_leaves_no_file,
         nothing_replaces_nothing, who_beats_us_is_named,
         who_never_reads_it_is_shown, a_confirmation_names_who_beats_us, shown_before_it_is_written, foreign_files_stay, links_are_not_followed,
         a_file_changed_since_is_left, a_later_file_is_left, undone_out_of_turn])


if __name__ == "__main__":
    main()
