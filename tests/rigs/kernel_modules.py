#!/usr/bin/env python3
"""Keys behind modules, on a kernel that has modules: planned, loaded, set, and there after a boot."""
import guest
import rig
from rig import expect, expect_in

CONGESTION = "net.ipv4.tcp_congestion_control"
TRACKED = "net.netfilter.nf_conntrack_tcp_timeout_established"
SETTINGS = {CONGESTION: "{first-available: [bbr, cubic]}", TRACKED: 3600}


def modules(g):
    return {line.split()[0] for line in g.out("cat /proc/modules").splitlines()}


def statuses(g):
    report = g.fettle("--local", "audit", "web", "--format", "json", code=None).json()
    return {found["subject"]: found["status"] for found in report["findings"]}


def plan(g, profile, code):
    return g.fettle("--local", "plan", profile, "--format", "json", code=code).json()


def no_modprobe(g):
    """Said before anything is written."""
    g.profile("web", SETTINGS)
    before = modules(g)
    g.run("mv /usr/sbin/modprobe /usr/sbin/modprobe.away")
    told = plan(g, "web", 2)
    ran = g.fettle("--local", "apply", "web", code=2)
    g.run("mv /usr/sbin/modprobe.away /usr/sbin/modprobe")
    why = "cannot run /sbin/modprobe for the module {}: No such file or directory"
    expect([(blocked["key"], blocked["obstacle"], blocked["why"]) for blocked in told["blocked"]],
           [(CONGESTION, "absent", why.format("tcp_bbr")),
            (TRACKED, "absent", why.format("nf_conntrack"))], "blocked")
    expect_in("cannot run /sbin/modprobe", ran.out)
    expect(modules(g), before, "modules")


def no_such_module(g):
    g.profile("none", {CONGESTION: "nosuch"})
    told = plan(g, "none", 2)
    expect([(blocked["key"], blocked["obstacle"]) for blocked in told["blocked"]],
           [(CONGESTION, "absent")], "blocked")
    expect_in("the module tcp_nosuch cannot be loaded: ", told["blocked"][0]["why"])
    expect_in("not found", told["blocked"][0]["why"], "what modprobe said")


def loaded_as_planned(g):
    expect(g.get("net.ipv4.tcp_available_congestion_control"), "reno cubic", "before")
    expect(statuses(g), {CONGESTION: "fail", TRACKED: "absent"}, "audit before")
    told = plan(g, "web", 1)
    expect({change["key"]: (change["from"], change["to"], change["module"])
            for change in told["changes"]},
           {CONGESTION: ("cubic", "bbr", "tcp_bbr"), TRACKED: (None, "3600", "nf_conntrack")},
           "planned")
    expect(modules(g) & {"tcp_bbr", "nf_conntrack"}, set(), "a plan loads nothing")
    g.fettle("--local", "apply", "web", "--persist")
    expect((g.get(CONGESTION), g.get(TRACKED)), ("bbr", "3600"), "values")
    expect(modules(g) >= {"tcp_bbr", "nf_conntrack"}, True, "loaded")
    expect(statuses(g), {CONGESTION: "pass", TRACKED: "pass"}, "audit after")
    lines = g.out("grep -v '^#' /etc/modules-load.d/fettle.conf").splitlines()
    expect(sorted(lines), ["nf_conntrack", "tcp_bbr"], "to load at boot")


def kept_by_a_boot(g):
    """systemd-modules-load comes before systemd-sysctl, and both were here."""
    told = g.fettle("--local", "boot", CONGESTION, TRACKED, "--format", "json").json()["keys"]
    g.reboot()
    expect({key["key"]: (key["verdict"], key["value"]) for key in told},
           {CONGESTION: ("kept", g.get(CONGESTION)), TRACKED: ("kept", g.get(TRACKED))}, "foretold")
    expect((g.get(CONGESTION), g.get(TRACKED)), ("bbr", "3600"), "values")
    expect(statuses(g), {CONGESTION: "pass", TRACKED: "pass"}, "audit")
    expect(plan(g, "web", 0)["changes"], [], "to change")


def load_apparmor_profile(g):
    """The one for a distribution's folders, for those of this build."""
    text = (rig.SRCDIR / "packaging/apparmor/usr.sbin.fettled").read_text()
    for folder in ("sbin/fettled", "libexec/fettle", "share/fettle", "bin/fettle"):
        text = text.replace(f"/usr/{folder}", f"/usr/local/{folder}")
    for folder in ("etc/fettle", "var/lib/fettle"):
        text = text.replace(f" /{folder}", f" /usr/local/{folder}")
    g.write("/etc/apparmor.d/fettled", text.replace(" /run/fettle", " /usr/local/var/run/fettle"))
    g.run("mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security; "
          "apparmor_parser --replace --skip-cache --abort-on-error /etc/apparmor.d/fettled", timeout_s=300)


def readable(report):
    """Of keys and processes: sockets come and go."""
    return {(found["id"], found["subject"]): found["status"] == "unreadable" for found in report["findings"]
            if not found["id"].startswith("socket")}


def loaded_for_the_daemon(g):
    """Which may not do so itself: the service manager does, in a unit of its own. All of it under the
    AppArmor profile, which refuses nothing that was done here."""
    load_apparmor_profile(g)
    jobs = ("look", "change", "measure")
    services = ("fettled.service", *(f"fettled-{job}@.service" for job in jobs))
    sockets = ("fettled.socket", *(f"fettled-{job}.socket" for job in jobs))
    for unit in (*services, *sockets):  # this boot has not come as far as their dependencies
        g.write(f"/run/systemd/system/{unit}.d/test.conf", "[Unit]\nDefaultDependencies=no\n" +
                ("[Service]\nTimeoutStartSec=5min\n" if unit in services else ""))
    g.run("systemd-sysusers && systemd-tmpfiles --create /usr/local/lib/tmpfiles.d/fettle.conf && "
          "systemctl daemon-reload && systemctl start fettled", timeout_s=300)
    for unit in services:
        bounding = g.out(f"systemctl show -P CapabilityBoundingSet {unit.replace('@', '@x')}")
        expect("cap_sys_module" in bounding, False, f"{unit}: {bounding}")
    g.profile("other", {CONGESTION: "westwood"})
    by_daemon = ("--socket", "/usr/local/var/run/fettle/fettle.sock")
    g.fettle(*by_daemon, "apply", "other", timeout_s=300)
    expect((g.get(CONGESTION), "tcp_westwood" in modules(g)), ("westwood", True), "set and loaded")
    g.fettle(*by_daemon, "rollback")
    expect(g.get(CONGESTION), "bbr", "undone")
    g.fettle(*by_daemon, "apply", "web", "--persist", "--confirm-within", "1h", timeout_s=300)
    g.fettle(*by_daemon, "confirm")
    by_root, told = (g.fettle(*how, "audit", "hardened", "--sample", "100ms", "--format", "json", code=None,
                              timeout_s=300).json() for how in (("--local",), by_daemon))
    expect(readable(told), readable(by_root), "what the daemon may read, of root's")
    g.fettle(*by_daemon, "probe", "limits", timeout_s=300)
    expect(g.out("cat /proc/$(systemctl show -P MainPID fettled)/attr/current"), "fettled (enforce)",
           "its profile")
    g.run("systemctl stop fettled.socket fettled.service")
    expect(g.out("systemctl --plain --no-legend list-units 'fettled*'"), "", "units that are left")
    expect(g.out("dmesg | grep 'apparmor=.DENIED' || true"), "", "what AppArmor denied")


def modules_disabled(g):
    """Until the next boot."""
    g.profile("other", {CONGESTION: "htcp"})
    g.run("echo 1 >/proc/sys/kernel/modules_disabled")
    told = plan(g, "other", 2)
    expect([(blocked["key"], blocked["why"]) for blocked in told["blocked"]],
           [(CONGESTION, "the module tcp_htcp is needed, and kernel.modules_disabled is set")],
           "blocked")
    g.fettle("--local", "apply", "other", code=2)
    expect(g.get(CONGESTION), "bbr", CONGESTION)


def main():
    with guest.Guest() as g:
        failed = rig.run([no_modprobe, no_such_module, loaded_as_planned, kept_by_a_boot,
                          loaded_for_the_daemon, modules_disabled], g)
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
