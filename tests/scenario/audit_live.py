#!/usr/bin/env python3
"""`fettle audit` of what lives, here and through the daemon, and of every network namespace."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from common import expect, expect_in, expect_true, run, wait_until
from daemon_harness import Daemon
from sockets_common import FETTLE, enter_namespaces, fettle

OTHER = "fettle-audit-live"
KEY, HOST_KEY = "net.ipv4.tcp_retries2", "net.core.netdev_max_backlog"
PROFILE = f"""
schema: 1
name: live
summary: What lives, and two keys
settings:
  {KEY}: 9
  {HOST_KEY}: {{at-least: 1}}
  net.ipv4.conf.ifx0.rp_filter: {{one-of: [0, 1, 2]}}
sockets:
  - name: to-no-delay
    match: {{state: established, process: "python3*", remote-port: PORT}}
    expect: {{TCP_NODELAY: on}}
  - name: backlog
    match: {{state: listen, port: PORT}}
    expect: {{backlog: {{at-most: 64}}}}
limits:
  open-files: {{process: "python3*", headroom: {{at-least: 5%}}}}
waivers:
  - {{finding: sockets.backlog, reason: agreed with its owner}}
"""


def audit(*arguments, codes=(0, 1)):
    return json.loads(fettle("audit", *arguments, "--format", "json", codes=codes))["findings"]


def one(found, name, netns=None):
    matching = [f for f in found if f["id"] == name and f.get("netns") == netns]
    expect(len(matching), 1, f"{name} in {netns}: {found}")
    return matching[0]


class Served:
    """A connection with both ends here, and a profile that means it."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.client = socket.create_connection(self.listener.getsockname())
        self.accepted = self.listener.accept()[0]
        self.folder = tempfile.TemporaryDirectory(prefix="fettle-audit-live-")
        self.path = pathlib.Path(self.folder.name, "live.yaml")
        self.path.write_text(PROFILE.replace("PORT", str(self.port)))
        return self

    def __exit__(self, *_):
        self.folder.cleanup()
        for s in self.client, self.accepted, self.listener:
            s.close()


def rules_of_a_profile():
    with Served() as served:
        found = audit(served.path)
        failed = one(found, "sockets.to-no-delay")
        expect((failed["status"], failed["owner"]["pid"]), ("fail", os.getpid()), "Nagle is on")
        expect_in("TCP_NODELAY off", failed["actual"])
        served.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = audit(served.path)
        expect(one(found, "sockets.to-no-delay")["status"], "pass", "Nagle is off")
        expect(one(found, "sockets.backlog")["status"], "pass", "backlog")
        expect(one(found, "limits.open-files")["status"], "pass", "descriptors")
        served.listener.listen(100)
        waived = one(audit(served.path), "sockets.backlog")
        expect(waived["status"], "waived", "backlog")
        expect_in("agreed with its owner", waived["reason"])


def the_daemon_says_the_same():
    """Its own rights are fewer than root's, and enough."""
    with Daemon() as daemon:
        there = audit("--socket", daemon.socket, "--sample", "0s", codes=(0, 1, 2))
        here = audit("--local", "--config", daemon.config, "--profile-path", daemon.profiles,
                     "--sysctl-root", daemon.tree, "--sample", "0s", codes=(0, 1, 2))
        expect({(f["id"], f["subject"]) for f in there}, {(f["id"], f["subject"]) for f in here}, "checks")
        expect(one(there, "socket.coverage")["evidence"]["options-from"],
               one(here, "socket.coverage")["evidence"]["options-from"], "where options came from")
        expect(one(there, "process.descriptors")["status"], "pass", "other users' processes were seen")
        expect([f for f in here + there if f.get("evidence", {}).get("path") == str(daemon.socket)], [],
               "findings about its own socket, which is where --socket put it")
        answer = daemon.call("org.fettle.Audit", {"sample_ms": 30001})
        expect(answer["error"], "org.varlink.service.InvalidParameter", "a sample of over 30 s")
        expect(answer["parameters"], {"parameter": "sample_ms"}, "which one")


def every_namespace():
    own = int(pathlib.Path("/proc/sys/net/ipv4/tcp_retries2").read_text())
    subprocess.run(["ip", "netns", "exec", OTHER, "sysctl", "-qw", f"{KEY}=9"], check=True)
    with Served() as served:
        found = audit(served.path, "--netns", "all", codes=(0, 1, 2))
        expect(one(found, f"sysctl.{KEY}")["actual"], str(own), "ours")
        expect(one(found, f"sysctl.{KEY}")["status"], "fail", "ours")
        expect(one(found, f"sysctl.{KEY}", OTHER)["status"], "pass", "the other's")
        here, there = one(found, f"sysctl.{HOST_KEY}"), one(found, f"sysctl.{HOST_KEY}", OTHER)
        for finding in here, there:
            expect_true(finding["status"] in ("not-applicable", "absent"), f"{HOST_KEY}: {finding}")
        expect(there["status"], "not-applicable", f"{HOST_KEY} in a namespace that is not the first")
        of_interface = "sysctl.net.ipv4.conf.ifx0.rp_filter"
        expect(one(found, of_interface)["status"], "pass", "of an interface that is here")
        expect(one(found, of_interface, OTHER)["status"], "absent", "of one that is not there")
        subprocess.run(["ip", "netns", "exec", OTHER, "sysctl", "-qw", f"{KEY}=10"], check=True)
        found = audit(served.path, "--netns", OTHER, codes=(0, 1, 2))
        expect({f.get("netns") for f in found if f["id"].startswith("sysctl.")}, {OTHER}, "that one alone")
        remedy = one(found, f"sysctl.{KEY}", OTHER)["remedy"]
        subprocess.run(remedy, shell=True, check=True, stdout=subprocess.DEVNULL)
        found = audit(served.path, "--netns", OTHER, codes=(0, 1, 2))
        expect(one(found, f"sysctl.{KEY}", OTHER)["status"], "pass", f"mended by {remedy}")


BACKLOG = """
import socket, sys
s = socket.create_server(("", int(sys.argv[1])), backlog=200)
print("there", flush=True)
sys.stdin.read()
"""


def rules_in_the_namespace_asked_for():
    """Without --sample, too, and of it alone."""
    with Served() as served:
        there = subprocess.Popen(["ip", "netns", "exec", OTHER, sys.executable, "-c", BACKLOG,
                                  str(served.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            there.stdout.readline()
            for sample in (), ("--sample", "0s"):
                found = audit(served.path, "--netns", OTHER, *sample, codes=(0, 1, 2))
                mine = [f for f in found if f["id"] == "sockets.backlog"]
                expect([(f.get("netns"), f["owner"]["pid"]) for f in mine], [(OTHER, there.pid)],
                       f"whose sockets are judged with {sample}")
                expect_in("backlog 200", mine[0]["actual"])
        finally:
            there.communicate()


def a_namespace_outlives_its_first_process():
    """It was found by that one, which ends between the looks; another still serves in it."""
    own = os.stat("/proc/self/ns/net").st_ino
    with Served() as served:
        first = subprocess.Popen(["unshare", "--net", "sleep", "60"])
        wait_until(lambda: os.stat(f"/proc/{first.pid}/ns/net").st_ino != own, "a namespace")
        second = subprocess.Popen(["nsenter", "-t", str(first.pid), "-n", sys.executable, "-c", BACKLOG,
                                   str(served.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        second.stdout.readline()
        looks = subprocess.Popen([FETTLE, "audit", served.path, "--netns", str(first.pid), "--sample", "2s",
                                  "--format", "json"], stdout=subprocess.PIPE)
        time.sleep(1.2)
        first.kill()
        first.wait()
        found = json.loads(looks.communicate()[0])["findings"]
        second.communicate()
        judged = [f for f in found if f["id"] == "sockets.backlog"]
        expect([f.get("owner", {}).get("pid") for f in judged], [second.pid], f"who was judged: {judged}")
        expect([f for f in found if "is gone" in f.get("reason", "")], [], "what is gone")


def main():
    enter_namespaces("--mount")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    subprocess.run(["ip", "netns", "add", OTHER], check=True)
    subprocess.run(["ip", "tuntap", "add", "dev", "ifx0", "mode", "tun"], check=True)
    run((rules_of_a_profile, the_daemon_says_the_same, every_namespace,
         rules_in_the_namespace_asked_for, a_namespace_outlives_its_first_process))


if __name__ == "__main__":
    main()
