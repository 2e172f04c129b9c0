#!/usr/bin/env python3
"""Who may do what: the processes towards the host, the clients towards the daemon."""
import grp
import pathlib
import re

from common import NOBODY, SANITIZED, expect, expect_true, need_root, open_files, run
from daemon_harness import Client, Daemon, as_uid

GROUP = grp.getgrnam("daemon")
CAP = {"kill": 1 << 5, "setgid": 1 << 6, "setuid": 1 << 7, "dac_read_search": 1 << 2, "sys_admin": 1 << 21, "net_admin": 1 << 12,
       "sys_module": 1 << 16, "sys_ptrace": 1 << 19, "perfmon": 1 << 38, "bpf": 1 << 39}


def status_of(pid):
    return dict(re.findall(r"^(\w+):[ \t]*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M))


def capabilities(pid):
    status = status_of(pid)
    return {k: int(status["Cap" + k], 16) for k in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


NONE = {"Inh": 0, "Prm": 0, "Eff": 0, "Bnd": 0, "Amb": 0}


def the_front_has_no_rights():
    with Daemon() as daemon:
        status = status_of(daemon.front())
        expect([status["Uid"].split(), status["Gid"].split(), status["Groups"]],
               [[str(NOBODY)] * 4, [str(NOBODY)] * 4, ""], "who it is")
        expect(capabilities(daemon.front()), NONE, "capabilities")
        expect([status["NoNewPrivs"], status["Seccomp"]], ["1", "2"], "no_new_privs and seccomp")
            # no file open but its sockets, its event loop (epoll and a pipe) and the log
        kinds = {file.split(":")[0] for file in open_files(daemon.front())}
        expect_true("socket" in kinds, f"open files: {kinds}")
        expect(kinds - {"socket", "anon_inode", "pipe", "/dev/null", str(daemon.log_path)}, set(), "open files")


def the_engine_keeps_what_it_uses():
    with Daemon() as daemon:
        status = status_of(daemon.pid)
        effective = CAP["kill"] | CAP["dac_read_search"]
        expect(capabilities(daemon.pid),
               {**NONE, "Prm": effective | CAP["sys_admin"] | CAP["net_admin"] | CAP["sys_module"] |
                CAP["sys_ptrace"] | CAP["bpf"] | CAP["perfmon"] | CAP["setuid"] | CAP["setgid"],
                "Eff": effective, "Bnd": CAP["sys_module"] | CAP["setuid"] | CAP["setgid"]}, "capabilities")
        expect([status["Uid"].split(), status["NoNewPrivs"]], [["0"] * 4, "1"], "who it is")


def keys_for_root_alone_are_read():
    secret = pathlib.Path("/proc/sys/net/core/bpf_jit_harden")
    if not secret.exists():
        print("     this kernel has no net.core.bpf_jit_harden")
        return
    with Daemon(arguments=["--sysctl-root", "/proc/sys"]) as daemon:
        (daemon.profiles / "secret.yaml").write_text(
            "schema: 1\nname: secret\nsummary: Mode 0600\nsettings:\n"
            "  net.core.bpf_jit_harden: {at-least: 0, why: none, source: none}\n")
        report = daemon.call("org.fettle.Audit", {"profile": "secret"})["parameters"]["report"]
        expect([(f["status"], f["actual"]) for f in report["findings"]],
               [("pass", secret.read_text().strip())], "the finding")


def calls_of(path, methods):
    def ask():
        with Client(path) as client:
            return [client.call(method, parameters) for method, parameters in methods]
    return ask


def methods_go_by_who_asks():
    denied = [{"error": "org.fettle.PermissionDenied",
               "parameters": {"method": m, "required": "root, or a member of group daemon"}}
              for m in ("org.fettle.Audit", "org.fettle.ListProfiles", "org.fettle.ShowProfile")]
    guarded = [("org.fettle.Audit", {}), ("org.fettle.ListProfiles", {}),
               ("org.fettle.ShowProfile", {"name": "tiny"})]
    open_to_all = [("org.fettle.GetStatus", {}), ("org.varlink.service.GetInfo", {}),
                   ("org.varlink.service.GetInterfaceDescription", {"interface": "org.fettle"})]
    with Daemon("profile: tiny\ngroup: daemon\n") as daemon:
        for groups, allowed in (([], False), ([GROUP.gr_gid], True), ([NOBODY, GROUP.gr_gid], True),
                                (list(range(5000, 5200)), False)):
            answers = as_uid(NOBODY, groups, calls_of(daemon.socket, guarded))
            if allowed:
                expect(["parameters" in a and "error" not in a for a in answers], [True] * 3,
                       f"with groups {groups}")
            else:
                expect(answers, denied, f"with groups {groups}")
            answers = as_uid(NOBODY, groups, calls_of(daemon.socket, open_to_all))
            expect(["error" in a for a in answers], [False] * 3, "what is open to all")
        expect(["error" in a for a in calls_of(daemon.socket, guarded)()], [False] * 3, "root")
        expect(daemon.status()["denied"], 6, "denied")
        expect_true(re.search(rf"denied org.fettle.Audit to uid {NOBODY} \(pid \d+\)", daemon.log()),
                    "it is logged")


def without_the_group_only_root_may():
    with Daemon("profile: tiny\ngroup: no_such_group\n") as daemon:
        expect_true("there is no group 'no_such_group': only root may audit" in daemon.log(), "said")
        # the gid of a group that does not exist is nobody's: not 0, not -1
        answers = as_uid(NOBODY, [0], calls_of(daemon.socket, [("org.fettle.Audit", {})]))
        expect(answers[0]["error"], "org.fettle.PermissionDenied", "a member of group 0")
        expect_true("parameters" in daemon.call("org.fettle.Audit"), "root")


def without_root_it_serves_with_what_it_has():
    with Daemon(as_nobody=True) as daemon:
        expect_true("not started by root" in daemon.log(), "it says so")
        for pid in (daemon.pid, daemon.front()):
            status = status_of(pid)
            expect(status["Uid"].split(), [str(NOBODY)] * 4, "who it is")
            expect(capabilities(pid)["Eff"] | capabilities(pid)["Prm"], 0, "capabilities")
            expect(status["NoNewPrivs"], "1", "no_new_privs")
        expect(status_of(daemon.front())["Seccomp"], "2", "seccomp")
        report = daemon.call("org.fettle.Audit")["parameters"]["report"]
        expect(len(report["findings"]), 3, "findings")
        expect(daemon.end(), 0, "exit code")
        expect(daemon.socket.exists(), False, "the socket is left behind")


def memory_stays_small():
    with Daemon("profile: server\n", arguments=["--sysctl-root", "/proc/sys"]) as daemon:
        sizes, own = [], []
        for _ in range(5):
            for _ in range(60):
                daemon.call("org.fettle.Audit", {"profile": "server"})
            sizes.append(daemon.memory_kb())
            # of PSS, the part that is shared goes by how many others run
            own.append(daemon.memory_kb("Anonymous"))
        print(f"     front and engine together: {sizes} kB of PSS")
        if not SANITIZED:
            expect_true(max(sizes) < 6 * 1024, "6 MB or less")
            expect_true(own[-1] - own[0] < 64, f"no growth: {own}")


need_root()
run([the_front_has_no_rights, the_engine_keeps_what_it_uses, keys_for_root_alone_are_read,
     methods_go_by_who_asks, without_the_group_only_root_may,
     without_root_it_serves_with_what_it_has, memory_stays_small])
