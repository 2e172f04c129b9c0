#!/usr/bin/env python3
"""What `persist` writes and `fettle boot` foretells, against what systemd-sysctl does at a real boot."""
import machine
import rig
from rig import expect, expect_in

FIN, COOKIES, SOMAXCONN = "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_syncookies", "net.core.somaxconn"
# every file that some rule of sysctl.d(5) decides about
FILES = {
    "/usr/lib/sysctl.d/10-vendor.conf": f"{FIN} = 11\n{SOMAXCONN} = 1111\n",
    "/etc/sysctl.d/10-vendor.conf": f"{SOMAXCONN} = 2222\n",  # masks the one above
    "/usr/lib/sysctl.d/70-late.conf": f"{COOKIES} = 2\n",
    "/etc/sysctl.d/80-glob.conf": "net.ipv4.conf.*.rp_filter = 2\n"
                                  "-net.ipv4.conf.lo.rp_filter\n",
    "/etc/sysctl.d/90-slash.conf": "net/ipv4/tcp_retries2 = 7\nnet.ipv4.tcp_orphan_retries=3\n",
    "/etc/sysctl.d/95-bad.conf": "net.ipv4.tcp_ecn = 99\n-net.ipv4.no_such_key = 1\n",
    "/etc/sysctl.conf": "net.ipv4.tcp_retries1 = 5\n",
}
KEYS = [FIN, COOKIES, SOMAXCONN, "net.ipv4.conf.lo.rp_filter", "net.ipv4.conf.default.rp_filter",
        "net.ipv4.tcp_retries2", "net.ipv4.tcp_orphan_retries", "net.ipv4.tcp_retries1",
        "net.ipv4.conf.all.rp_filter"]


def foretold(m):
    keys = m.fettle("--local", "boot", *KEYS, "--format", "json", code=None).json()["keys"]
    return {key["key"]: key for key in keys}


def what_persist_writes_lasts(m):
    m.profile("web", {FIN: 30, COOKIES: 1})
    m.fettle("--local", "apply", "web", "--persist")
    told = foretold(m)
    m.reboot()
    expect({key: (m.get(key), told[key]["verdict"]) for key in (FIN, COOKIES)},
           {FIN: ("30", "kept"), COOKIES: ("1", "kept")}, "after the boot")
    expect(m.fettle("--local", "plan", "web", "--format", "json").json()["changes"], [], "to change")


def the_verdict_is_what_happens(m):
    defaults = {key: m.get(key) for key in KEYS}
    for path, text in FILES.items():
        m.write(path, text)
    told = foretold(m)
    m.reboot(failed=["systemd-sysctl.service"])  # of the value that the kernel rejects
    now = {key: m.get(key) for key in KEYS}
    wrong = {key: (told[key]["verdict"], told[key]["value"], now[key]) for key in KEYS
             if now[key] != (told[key]["value"] or defaults[key])}
    expect(wrong, {}, "foretold and what came")
    expect((now[FIN], now[COOKIES], now[SOMAXCONN]), ("30", "2", "2222"), "the winners")
    expect_in("70-late.conf", told[COOKIES]["file"], "who beats us")


def main():
    machine.enter()
    with machine.Machine() as m:
        failed = rig.run([what_persist_writes_lasts, the_verdict_is_what_happens], m)
        m.poweroff()
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
