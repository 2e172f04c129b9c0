#!/usr/bin/env python3
"""Every option of every socket of a farm, against what its owner says, by each source."""
import random
import sys

from socket_farm import OPTIONS, Farm
from common import expect, expect_true, run
from sockets_common import enter_namespaces, sockets

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)
BY_DIAG = {"SO_RCVBUF", "SO_SNDBUF", "SO_MARK", "TCP_CONGESTION"}


def listed(source):
    """By inode, of every namespace of this host; others' sockets come and go."""
    words = ["--netns", "all", "--options", source]
    if source == "pidfd":
        words += ["--most", "1000000"]
    found, coverage = sockets(*words, codes=(0, 2))
    return {line["inode"]: line for line in found if line["inode"]}, coverage


def compare(truth, line, known):
    name = truth["name"]
    expect(line["state"], truth["state"], f"{name}: state")
    expect_true(line["protocol"].startswith(truth["kind"]), f"{name}: {line['protocol']}")
    expect([(o["pid"], o["fd"]) for o in line["owners"]], [(truth["pid"], truth["fd"])],
           f"{name}: owners")
    expect({k: v for k, v in line["options"].items() if k in known},
           {k: v for k, v in truth["options"].items() if k in known}, f"{name}: options")
    expect(set(truth["options"]) - set(line["options"]),
           {option for gap in line.get("unread", []) for option in gap["names"]
            if not option.startswith("tcp.")},  # fields that came after this kernel
           f"{name}: what is not known is said")


def by_source(source, known):
    with Farm(SEED, namespaces=3, rounds=3) as farm:
        before = farm.sockets()
        lines, coverage = listed(source)
        expect(farm.sockets(), before, "the farm stood still")
        expect(len(before) > 150, True, "sockets of the farm")
        for truth in before:
            expect_true(truth["inode"] in lines, f"{truth['name']} is not in the list")
            compare(truth, lines[truth["inode"]], known)
        names = {truth["netns"]: lines[truth["inode"]].get("netns") for truth in before}
        expect(len(set(names.values())), len(names), "a name for each namespace")
        expect(coverage["options_source"], source, "where options came from")


def bpf_tells_all():
    by_source("bpf", set(OPTIONS["tcp"]))


def pidfd_tells_all():
    by_source("pidfd", set(OPTIONS["tcp"]))


def sock_diag_tells_some():
    by_source("none", BY_DIAG)


def steady(line):
    """What does not move with the clock while the farm stands still."""
    tcp = {k: v for k, v in line.get("tcp", {}).items() if not k.startswith("last_")}
    timer = {k: v for k, v in line.get("timer", {}).items() if k != "expires_ms"}
    kept = {k: v for k, v in line.items() if k not in ("unread", "options")}
    return kept | {"tcp": tcp, "timer": timer}


def all_agree():
    """What all three can see is the same in all three, for the farm's sockets."""
    with Farm(SEED + 100, namespaces=2, rounds=2) as farm:
        inodes = {truth["inode"] for truth in farm.sockets()}
        lists = {source: listed(source)[0] for source in ("bpf", "pidfd", "none")}
        for inode in inodes:
            ours = {source: steady(lines[inode]) for source, lines in lists.items()}
            shared = {source: {k: v for k, v in lines[inode]["options"].items() if k in BY_DIAG}
                      for source, lines in lists.items()}
            expect(ours["bpf"], ours["pidfd"], f"socket {inode}")
            expect(ours["bpf"], ours["none"], f"socket {inode}")
            expect(shared["bpf"], shared["none"], f"options of socket {inode}")
            expect(lists["bpf"][inode]["options"], lists["pidfd"][inode]["options"],
                   f"options of socket {inode}")


if __name__ == "__main__":
    enter_namespaces()
    print(f"seed {SEED}")
    run((bpf_tells_all, pidfd_tells_all, sock_diag_tells_some, all_agree))
