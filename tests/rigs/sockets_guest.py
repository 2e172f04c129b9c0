#!/usr/bin/env python3
"""Live findings that take a kernel of one's own, planted in a guest; and what Debian's kernel, whose
tcp_info is shorter than this host's, tells of sockets."""
import pathlib
import shlex

import guest
import guest_plants
import rig
from rig import expect, expect_true

HERE = pathlib.Path(__file__).resolve().parent
CARRIED = [*(rig.SRCDIR / "tests/scenario").glob("*.py"), HERE / "guest_plants.py"]
LATER = {"rcv_wnd_bytes", "rehash"}  # of 6.2
EARLIER = {"snd_wnd_bytes", "rcv_ooopack", "bytes_received", "min_rtt_us", "segs_in"}


def inside(g, *words):
    return g.run(f"cd {guest.SCENARIO} && FETTLE_BUILDDIR=/usr/local/bin python3 " + shlex.join(words),
                 timeout_s=120)


def planted(name):
    def test(g):
        inside(g, "guest_plants.py", name)
    test.__name__ = f"{', '.join(guest_plants.PLANTED[name][0])} ({name})"
    return test


def every_source_tells_the_truth(g):
    """Of the options of a farm of sockets: BPF, with what it finds in this kernel's BTF, as well."""
    inside(g, "sockets_truth.py")


def fields_that_are_not_told(g):
    """They are left out, and what rests on them is not known, whoever was stopped by what."""
    told = inside(g, "guest_plants.py", "--tell").json()
    expect([(found["status"], found.get("reason")) for found in told["findings"]
            if found["id"] == "socket.rcvbuf-below-bdp"],
           [("unknown", "1 of 1 could not be judged: its round trip or receive window was not told")],
           "the finding")
    for source, lines in told["lists"].items():
        expect(len(lines), 1, f"{source}: sockets of the receiver")
        tcp = lines[0]["tcp"]
        expect(LATER & set(tcp), set(), f"{source}: what this kernel does not have")
        expect(EARLIER - set(tcp), set(), f"{source}: what it has")
        expect_true(tcp["snd_wnd_bytes"] > 0, f"{source}: the last field is {tcp['snd_wnd_bytes']}")
        expect([(set(gap["names"]), gap["why"]) for gap in lines[0]["unread"]],
               [({f"tcp.{name}" for name in LATER}, "this kernel's tcp_info ends before them")],
               f"{source}: what is said of it")
    bpf, pidfd = (told["lists"][source][0] for source in ("bpf", "pidfd"))
    expect(bpf["options"], pidfd["options"], "options by both sources")
    expect(set(bpf["tcp"]), set(pidfd["tcp"]), "fields by both sources")


def main():
    with guest.Guest(carried=CARRIED, leaps=True) as g:
        failed = rig.run([*map(planted, guest_plants.PLANTED), every_source_tells_the_truth,
                          fields_that_are_not_told], g)
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
