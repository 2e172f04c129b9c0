#!/usr/bin/env python3
"""Every method of fettled, whole answers compared."""
import os
import re
import subprocess
import time

from common import BUILDDIR, SRCDIR, expect, expect_true, need_root, run
from daemon_harness import Daemon

SERVICE = "org.varlink.service."


def error(error_, **parameters):
    return {"error": error_, "parameters": parameters}


def definition(name):
    return (SRCDIR / f"src/rpc/{name}.varlink").read_text()


def the_service_describes_itself():
    with Daemon() as daemon:
        version = daemon.status()["version"]
        expect(daemon.call(SERVICE + "GetInfo"),
               {"parameters": {"vendor": "fettle", "product": "fettle", "version": version, "url": "",
                               "interfaces": ["org.varlink.service", "org.fettle"]}}, "GetInfo")
        for name in ("org.varlink.service", "org.fettle"):
            expect(daemon.call(SERVICE + "GetInterfaceDescription", {"interface": name}),
                   {"parameters": {"description": definition(name)}}, name)


def what_is_not_there_has_a_typed_error():
    cases = [
        (SERVICE + "GetInterfaceDescription", {"interface": "org.none"},
         error(SERVICE + "InterfaceNotFound", interface="org.none")),
        (SERVICE + "GetInterfaceDescription", {},
         error(SERVICE + "InvalidParameter", parameter="interface")),
        (SERVICE + "GetInterfaceDescription", {"interface": 5},
         error(SERVICE + "InvalidParameter", parameter="interface")),
        ("org.fettle.Nothing", {}, error(SERVICE + "MethodNotFound", method="org.fettle.Nothing")),
        ("org.none.Method", {}, error(SERVICE + "InterfaceNotFound", interface="org.none")),
        ("nothing", {}, error(SERVICE + "InvalidParameter", parameter="method")),
        ("org.fettle.", {}, error(SERVICE + "InvalidParameter", parameter="method")),
        ("org.fettle.ShowProfile", {}, error(SERVICE + "InvalidParameter", parameter="name")),
        ("org.fettle.ShowProfile", {"name": None},
         error(SERVICE + "InvalidParameter", parameter="name")),
        ("org.fettle.Audit", {"profile": ["tiny"]},
         error(SERVICE + "InvalidParameter", parameter="profile")),
        ("org.fettle.Audit", {"profile": "x" * 256},
         error(SERVICE + "InvalidParameter", parameter="profile")),
        ("org.fettle.Audit", {"profile": "tinny"},
         error("org.fettle.NoSuchProfile", name="tinny", nearest="tiny")),
        ("org.fettle.Audit", {"profile": "unlike-any-other"},
         error("org.fettle.NoSuchProfile", name="unlike-any-other")),
        # names, never paths: neither one that would be found nor one that leads out
        ("org.fettle.Audit", {"profile": "./tiny.yaml"},
         error("org.fettle.NoSuchProfile", name="./tiny.yaml")),
        ("org.fettle.ShowProfile", {"name": "../profiles/tiny"},
         error("org.fettle.NoSuchProfile", name="../profiles/tiny")),
        ("org.fettle.ShowProfile", {"name": ""}, error("org.fettle.NoSuchProfile", name="")),
    ]
    with Daemon() as daemon, daemon.client() as client:
        for method, parameters, wanted in cases:
            expect(client.call(method, parameters), wanted, f"{method} {parameters}")


def status_counts_what_happened():
    with Daemon() as daemon, daemon.client() as client:
        first = client.call("org.fettle.GetStatus")["parameters"]
        expect_true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.pop("started")), "started")
        expect_true(0 <= first.pop("uptime_s") < 60, "uptime_s")
        expect(first, {"version": first["version"], "pid": daemon.pid, "active_profile": "tiny",
                       "profile_path": f"{daemon.profiles}:{SRCDIR / 'profiles'}",
                       "connections": 1, "requests": 1, "denied": 0}, "the first status")
        before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        client.call("org.fettle.Audit")
        with daemon.client() as other:
            status = other.call("org.fettle.GetStatus")["parameters"]
        expect([status["connections"], status["requests"]], [2, 3], "connections and requests")
        expect_true(before <= status["last_audit"].pop("time"), "the time of the last audit")
        expect(status["last_audit"],
               {"profile": "tiny",
                "verdicts": {"pass": 1, "fail": 1, "absent": 1, "unreadable": 0, "unsupported": 0,
                             "not-applicable": 0, "unknown": 0, "waived": 0}}, "last_audit")


def an_audit_is_the_whole_report():
    with Daemon() as daemon, daemon.client() as client:
        report = client.call("org.fettle.Audit", {"profile": "tiny"})["parameters"]["report"]
        expect(report["schema"], "fettle-report/1", "schema")
        expect([(f["id"], f["status"], f.get("actual")) for f in report["findings"]],
               [("sysctl.net.ipv4.tcp_syncookies", "fail", "0"),
                ("sysctl.net.ipv4.gone", "absent", None),
                ("sysctl.net.core.somaxconn", "pass", "4096")], "findings")
        whole = {"parameters": {"report": report, "netns": os.readlink("/proc/self/ns/net")}}
        expect(client.call("org.fettle.Audit"), whole, "the active profile's report")
        expect(client.call("org.fettle.Audit", {"profile": None, "colour": "blue"}), whole,
               "null for the active one, unknown ones ignored")
        (daemon.tree / "net/ipv4/tcp_syncookies").write_text("1\n")
        again = client.call("org.fettle.Audit")["parameters"]["report"]
        expect([f["status"] for f in again["findings"]], ["absent", "pass", "pass"],
               "the report after a change")


def an_audit_from_another_network_namespace_is_told_apart():
    here = os.readlink("/proc/self/ns/net")
    with Daemon() as daemon:
        command = [BUILDDIR / "fettle", "audit", "tiny", "--socket", daemon.socket]
        near = subprocess.run(command, capture_output=True, text=True)
        expect([near.returncode, near.stderr], [1, ""], "in the same one")
        away = subprocess.run(["unshare", "-n", "sh", "-c", 'readlink /proc/self/ns/net; exec "$@"',
                               "sh", *command], capture_output=True, text=True)
        there, report = away.stdout.split("\n", 1)
        expect([away.returncode, report, away.stderr],
               [1, near.stdout, "fettle: warning: the report is of the daemon's network namespace, "
                f"{here}, not of this one, {there}\n"], "in another one")


def a_profile_that_is_there_and_cannot_be_read():
    with Daemon() as daemon:
        (daemon.profiles / "dang.yaml").symlink_to("/nonexistent")
        (daemon.profiles / "folder.yaml").mkdir()
        for name, reason in (("dang", "cannot open {}: No such file or directory"),
                             ("folder", "{} is a directory, expected a file")):
            file = str(daemon.profiles / f"{name}.yaml")
            for method, key in (("Audit", "profile"), ("ShowProfile", "name"), ("Apply", "profile")):
                expect(daemon.call("org.fettle." + method, {key: name}),
                       error("org.fettle.InvalidProfile", file=file, line=0, column=0,
                             reason=reason.format(file)), f"{method} {name}")
            done = subprocess.run([BUILDDIR / "fettle", "audit", name, "--socket", daemon.socket],
                                  capture_output=True, text=True)
            expect([done.returncode, done.stderr],
                   [65, f"fettle: {file}: {reason.format(file)}\n"], name)


def profiles_are_listed_and_shown():
    with Daemon() as daemon, daemon.client() as client:
        (daemon.profiles / "broken.yaml").write_text("schema: 1\nname: broken\nsetings: {}\n")
        listed = {p["name"]: p
                  for p in client.call("org.fettle.ListProfiles")["parameters"]["profiles"]}
        expect(listed["tiny"], {"name": "tiny", "file": str(daemon.profiles / "tiny.yaml"),
                                "summary": "One of each outcome"}, "tiny")
        broken = listed["broken"]
        expect_true(broken.pop("problem").startswith(f"{daemon.profiles}/broken.yaml:3:1: "),
                    "the problem's place")
        expect(broken, {"name": "broken", "file": str(daemon.profiles / "broken.yaml")}, "broken")
        shipped = {p.stem for p in (SRCDIR / "profiles").glob("*.yaml")}
        expect(set(listed), shipped | {"tiny", "many", "broken"}, "names")
        for name in sorted(shipped) + ["tiny"]:
            shown = client.call("org.fettle.ShowProfile", {"name": name})["parameters"]["profile"]
            expect(shown["name"], name, "the profile shown")
        for method, key in (("Audit", "profile"), ("ShowProfile", "name")):
            answer = client.call("org.fettle." + method, {key: "broken"})
            expect_true("setings" in answer["parameters"].pop("reason"), "the reason")
            expect(answer, error("org.fettle.InvalidProfile",
                                 file=str(daemon.profiles / "broken.yaml"), line=3, column=1), method)


def calls_are_answered_in_order():
    with Daemon() as daemon, daemon.client() as client:
        for _ in range(20):
            client.send_call("org.fettle.Audit")
            client.send_call("org.fettle.GetStatus")
            client.send_call("org.fettle.GetStatus", oneway=True)
            client.send_call(SERVICE + "GetInfo", more=True)
        client.socket.shutdown(1)
        for i in range(20):
            expect(list(client.receive()["parameters"]), ["report", "netns"], f"answer {i}.0")
            expect(client.receive()["parameters"]["requests"], i * 4 + 2, f"answer {i}.1")
            expect_true("vendor" in client.receive()["parameters"], f"answer {i}.2")
        expect(client.receive(), None, "the end")


def a_file_that_is_no_call_but_json():
    with Daemon() as daemon, daemon.client() as client:
        for text, member in ((b"{}", "method"), (b'{"method":7}', "method"),
                             (b'{"method":"a.B","parameters":[]}', "parameters"),
                             (b'{"method":"a.B","more":1}', "more"),
                             (b'{"method":"a.B","oneway":"yes"}', "oneway")):
            client.send(text + b"\0")
            expect(client.receive(), error(SERVICE + "InvalidParameter", parameter=member), text)
        expect_true("parameters" in client.call("org.fettle.GetStatus"), "the connection still serves")


need_root()
run([the_service_describes_itself, what_is_not_there_has_a_typed_error, status_counts_what_happened,
     an_audit_is_the_whole_report, an_audit_from_another_network_namespace_is_told_apart,
     a_profile_that_is_there_and_cannot_be_read, profiles_are_listed_and_shown, calls_are_answered_in_order,
     a_file_that_is_no_call_but_json])
