#!/usr/bin/env python3
"""fettle boot on images made here: whole output, exit status, bad input."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("FETTLE_BUILDDIR", ".")
FETTLE = os.path.abspath(os.environ.get("FETTLE", f"{BUILD}/fettle"))
FILES = {
    "root/etc/sysctl.d/60-mine.conf": "net.core.somaxconn = 8192\nnet.ipv4.conf.*.rp_filter = 2\n",
    "root/etc/sysctl.d/99-last.conf": "net/core/somaxconn = 1024\nnot an assignment\n",
    "root/etc/sysctl.d/10-off.conf": "",
    "root/usr/lib/sysctl.d/10-off.conf": "net.core.somaxconn = 1\n",
    "root/usr/lib/sysctl.d/99-last.conf": "net.core.somaxconn = 2\n",
    "root/etc/sysctl.conf": "net.core.somaxconn = 3\n",
    "sys/net/core/somaxconn": "4096\n",
    "sys/net/ipv4/conf/eth0.100/rp_filter": "0\n",
}
WANTED = {
    "keys": [
        {"key": "net.core.somaxconn", "value": "1024", "file": "/etc/sysctl.d/99-last.conf",
         "line": 1, "verdict": "set", "shadowed": [
             {"file": "/etc/sysctl.d/60-mine.conf", "line": 1, "value": "8192"}]},
        {"key": "net.ipv4.conf.eth0/100.rp_filter", "value": "2",
         "file": "/etc/sysctl.d/60-mine.conf", "line": 2, "verdict": "set", "shadowed": []},
    ],
    "loader": "systemd",
    "loader_reason": "it was asked for",
    "files": [
        {"path": "/etc/sysctl.d/60-mine.conf", "status": "read"},
        {"path": "/etc/sysctl.d/99-last.conf", "status": "read"},
        {"path": "/etc/sysctl.d/10-off.conf", "status": "mask"},
        {"path": "/usr/lib/sysctl.d/10-off.conf", "status": "masked",
         "by": "/etc/sysctl.d/10-off.conf"},
        {"path": "/usr/lib/sysctl.d/99-last.conf", "status": "overridden",
         "by": "/etc/sysctl.d/99-last.conf"},
        {"path": "/etc/sysctl.conf", "status": "ignored",
         "by": "systemd-sysctl reads the folders only"},
    ],
    "problems": [
        {"file": "/etc/sysctl.d/99-last.conf", "line": 2,
         "text": "'not an assignment' is no assignment; expected 'key = value', or '-key' to keep "
                 "patterns away from it"},
    ],
}
TABLE = """\
loader: procps (it was asked for)

set  net.core.somaxconn = 3      /etc/sysctl.conf:1
     shadows 8192                /etc/sysctl.d/60-mine.conf:1
     shadows 1024                /etc/sysctl.d/99-last.conf:1
"""


def run(tree, *args):
    return subprocess.run([FETTLE, "boot", "--root", f"{tree}/root", "--sysctl-root", f"{tree}/sys",
                           *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=60)


def same(got, wanted, what):
    if got != wanted:
        sys.exit(f"{what}:\ngot    {got!r}\nwanted {wanted!r}")


def check_output(tree):
    got = run(tree, "--loader", "systemd", "--format", "json")
    same((got.returncode, got.stderr), (0, ""), "json")
    same(json.loads(got.stdout), WANTED, "json")
    got = run(tree, "--loader", "procps", "net/core/somaxconn")
    same(got.stdout.split(), TABLE.split(), "table")
    same(got.returncode, 0, "table")


def check_default(tree):
    got = run(tree, "--loader", "systemd", "net.core.rmem_max")
    same((got.returncode, got.stdout.splitlines()[2:]),
         (1, ["default  net.core.rmem_max",
              "         it starts with the kernel's default: no file sets it"]), "a key that nothing sets")
    got = run(tree, "net.core.somaxconn")
    same((got.returncode, got.stdout.splitlines()[0]),
         (1, "loader: none (neither systemd-sysctl nor an init script for sysctl is there)"),
         "an image with no loader")
    got = run(tree, "--root", f"{tree}/sys")
    same((got.returncode, got.stdout.splitlines()[2:]),
         (0, ["No line of a file sets a key; `fettle boot KEY` tells of any other."]), "an image with no files")


def check_patterns(tree):
    """A pattern means the keys that are here and those that a line names."""
    for pattern, keys in (("net.ipv4.conf.*.rp_filter", ["net.ipv4.conf.eth0/100.rp_filter"]),
                          ("net.*.somax*", ["net.core.somaxconn"])):
        got = json.loads(run(tree, "--loader", "systemd", "--format", "json", pattern).stdout)
        same([row["key"] for row in got["keys"]], keys, pattern)


def check_bad_input(tree):
    for args, code, words in [
            (["--root", "/nonexistent"], 65, "--root /nonexistent: cannot look into /nonexistent: No such"),
            (["--root", f"{tree}/root/etc/sysctl.conf"], 65, "Not a directory"),
            (["--loader", "upstart"], 64, "upstart"),
            (["--format", "junit"], 64, "junit"),
            (["net..x"], 65, "empty component"),
            (["net.core.somaxcon"], 65, "is called 'net.core.somaxcon', did you mean "
             "'net.core.somaxconn'?"),
            (["net.core.somaxconn", "nosuch.key"], 65, "is called 'nosuch.key'"),
            (["net.ipv4.conf.*.rp_filtr"], 65, "matches 'net.ipv4.conf.*.rp_filtr', did you mean "
             "'net.ipv4.conf.*.rp_filter'? (as in sysctl.d, a * stays between two dots)"),
            (["net.ipv4.conf.*"], 65, "matches 'net.ipv4.conf.*' (as in sysctl.d, a * stays"),
            (["a b"], 65, "it holds a blank")]:
        got = run(tree, *args)
        same((got.returncode, got.stdout, words in got.stderr), (code, "", True),
             f"{args}: {got.stderr}")


def check_links_out(tree):
    """A link in an image that points out of it reads the image's own file, or nothing."""
    folder = f"{tree}/root/etc/sysctl.d"
    os.symlink("/etc/passwd", f"{folder}/70-out.conf")
    os.symlink("../../../../../../../../etc/hostname", f"{folder}/71-out.conf")
    got = json.loads(run(tree, "--loader", "systemd", "--format", "json").stdout)
    status = {file["path"]: file["status"] for file in got["files"]}
    same([status["/etc/sysctl.d/70-out.conf"], status["/etc/sysctl.d/71-out.conf"]],
         ["mask", "mask"], "links out of the image")


def check_running():
    """What runs this system is asked, not what is installed on it."""
    shown = subprocess.run([FETTLE, "boot", "--format", "json", "net.core.somaxconn"],
                           capture_output=True, text=True, check=False).stdout
    systemd = os.path.isdir("/run/systemd/system")
    same(json.loads(shown)["loader"] == "systemd", systemd, "systemd as the loader")


def main():
    tree = tempfile.mkdtemp(prefix="fettle-boot-")
    try:
        for name, text in FILES.items():
            os.makedirs(os.path.dirname(f"{tree}/{name}"), exist_ok=True)
            with open(f"{tree}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        for check in (check_output, check_default, check_patterns, check_bad_input, check_links_out):
            check(tree)
        check_running()
    finally:
        shutil.rmtree(tree)


if __name__ == "__main__":
    main()
