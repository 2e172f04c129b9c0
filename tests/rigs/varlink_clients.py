#!/usr/bin/env python3
"""Other people's varlink: varlinkctl of systemd 257, python3-varlink, and varlink-go with the tool that
certifies implementations, against fettled; and that tool against what fettle's two ends are made of."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import rig  # which knows where the next two are
import common
from daemon_harness import PROFILE, Daemon
from rig import BUILDDIR, SRCDIR, Failure, expect, expect_in, expect_true, wait_until

IDL = SRCDIR / "src/rpc/org.fettle.varlink"
METHODS = re.findall(r"^method (\w+)", IDL.read_text(), re.M)
INFO = ["fettle", "fettle", "", ["org.varlink.service", "org.fettle"]]  # and a version
GO_SOURCE = "/usr/share/gocode"
IN_TREE = """
mount --bind "$1" "$2/mnt"
mount -t proc proc "$2/proc"
user=$3 tree=$2
shift 3
exec chroot --userspec="$user" "$tree" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@"
"""


def run(command, code=0, **options):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL, timeout=common.PATIENCE_S * 6, **options)
    if ran.returncode != code:
        raise Failure(f"{command}: exit {ran.returncode}, expected {code}\n{ran.stdout}{ran.stderr}")
    return ran


class World:
    def __init__(self, daemon):
        self.daemon, self.tree = daemon, rig.clients_tree()
        shutil.copy(IDL, daemon.folder)

    def in_tree(self, *command, code=0, user="0:0"):
        """A program of the tree, which finds the daemon's folder in /mnt."""
        return run(["unshare", "--mount", "sh", "-euc", IN_TREE, "sh", self.daemon.folder, self.tree, user,
                    *command], code)

    def ctl(self, command, *arguments, **options):
        return self.in_tree("varlinkctl", "--json=short", command, "/mnt/s", *arguments, **options)

    def call(self, method, parameters, *options, **how):
        return self.in_tree("varlinkctl", "--json=short", *options, "call", "/mnt/s",
                            "org.fettle." + method, json.dumps(parameters), **how)

    def call_fails(self, method, parameters, **options):
        """(error, its parameters)"""
        ran = self.call(method, parameters, code=1, **options)
        said = ran.stderr + ran.stdout
        return re.search(r"failed: (\S+)", said)[1], json.loads(said[said.index("{"):])


def varlinkctl_knows_the_service(world):
    info = json.loads(world.ctl("info").stdout)
    expect([info["vendor"], info["product"], info["url"], sorted(info["interfaces"])],
           ["fettle", "fettle", "", sorted(INFO[3])], "info")
    expect(world.in_tree("varlinkctl", "list-interfaces", "/mnt/s").stdout.split(), sorted(INFO[3]),
           "list-interfaces")
    expect(world.in_tree("varlinkctl", "list-methods", "/mnt/s", "org.fettle").stdout.split(),
           sorted("org.fettle." + method for method in METHODS), "list-methods")


def varlinkctl_accepts_the_interface(world):
    world.in_tree("varlinkctl", "validate-idl", "/mnt/" + IDL.name)
    shown = world.in_tree("varlinkctl", "introspect", "/mnt/s", "org.fettle").stdout
    for kind, name in re.findall(r"^(type|method|error) (\w+)", IDL.read_text(), re.M):
        expect_in(f"{kind} {name}(", shown)
    (world.daemon.folder / "bad.varlink").write_text("interface org.fettle\nmethod lower() -> ()\n")
    refused = world.in_tree("varlinkctl", "validate-idl", "/mnt/bad.varlink", code=1)
    expect_in("'lower' is not valid", refused.stderr)


def varlinkctl_calls(world):
    status = json.loads(world.call("GetStatus", {}).stdout)
    expect((status["pid"], status["active_profile"]), (world.daemon.pid, "tiny"), "GetStatus")
    report = json.loads(world.call("Audit", {"profile": "tiny"}).stdout)["report"]
    own = run([BUILDDIR / "fettle", "--socket", world.daemon.socket, "audit", "tiny", "--format", "json"],
              code=1)
    expect(report["findings"], json.loads(own.stdout)["findings"], "the report that fettle itself gets")
    before = world.daemon.status()["requests"]
    expect(world.call("ListProfiles", {}, "--oneway").stdout, "", "a call that wants no reply")
    wait_until(lambda: world.daemon.status()["requests"] > before + 1, "the call to be counted")


def varlinkctl_follows(world):
    out = world.call("Probe", {"probe": "transports"}, "--more").stdout
    replies = [json.loads(text) for text in out.split("\x1e") if text]  # RFC 7464
    expect_true(len(replies) > 3 and all(set(reply) == {"progress"} for reply in replies[:-1]),
                f"progress: {replies[:-1]}")
    expect(set(replies[-1]), {"result"}, "the last reply")
    once = world.call("Probe", {"probe": "limits"}).stdout.splitlines()
    expect([set(json.loads(line)) for line in once], [{"result"}], "without --more")


def varlinkctl_shows_errors(world):
    for method, parameters, user, error, said in (
            ("ShowProfile", {"name": "tinny"}, "0:0", "org.fettle.NoSuchProfile",
             {"name": "tinny", "nearest": "tiny"}),
            ("ShowProfile", {}, "0:0", "org.varlink.service.InvalidParameter", {"parameter": "name"}),
            ("Nonesuch", {}, "0:0", "org.varlink.service.MethodNotFound",
             {"method": "org.fettle.Nonesuch"}),
            ("Apply", {"profile": "tiny"}, "65534:65534", "org.fettle.PermissionDenied",
             {"method": "org.fettle.Apply", "required": "root"})):
        expect(world.call_fails(method, parameters, user=user), (error, said), method)
    ran = world.in_tree("varlinkctl", "introspect", "/mnt/s", "org.nonesuch", code=1)
    expect_in("org.varlink.service.InterfaceNotFound", ran.stderr)


PYTHON = """
import json, varlink
client = varlink.Client("unix:/mnt/s")
found = {}
with client.open("org.fettle") as fettle:
    found["active"] = fettle.GetStatus()["active_profile"]
    found["profiles"] = [p["name"] for p in fettle.ListProfiles()["profiles"]]
    found["audit"] = len(fettle.Audit(profile="tiny")["report"]["findings"])
    try:
        fettle.ShowProfile("tinny")
    except varlink.VarlinkError as error:
        found["error"] = error.as_dict()
    replies = [sorted(reply) for reply in fettle.Probe("transports", _more=True)]
    found["replies"] = [len(replies) > 3, replies[0], replies[-1]]
print(json.dumps(found))
"""


def python_calls(world):
    info = world.in_tree("python3", "-m", "varlink.cli", "info", "unix:/mnt/s").stdout
    expect(info.split("Interfaces:")[1].split(), INFO[3], "interfaces")
    found = json.loads(world.in_tree("python3", "-c", PYTHON).stdout)
    expect(found["active"], "tiny", "GetStatus")
    expect_true({"tiny", "many", "base"} <= set(found["profiles"]), str(found["profiles"]))
    expect(found["audit"], PROFILE.count("why:"), "findings")
    expect(found["error"], {"error": "org.fettle.NoSuchProfile",
                            "parameters": {"name": "tinny", "nearest": "tiny"}}, "an error")
    expect(found["replies"], [True, ["progress"], ["result"]], "replies to a call for more")


def go_calls(world):
    """A program made from the interface's definition by their generator."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "src")
        for name in ("orgfettle", "client"):
            (source / name).mkdir(parents=True)
        shutil.copy(IDL, source / "orgfettle")
        run(["varlink-go-interface-generator", IDL.name], cwd=source / "orgfettle")
        shutil.copy(SRCDIR / "tests/rigs/varlink_client.go", source / "client/main.go")
        run(["go", "build", "-o", f"{folder}/client.bin", "client"], cwd=folder,
            env={**os.environ, "GOPATH": f"{folder}:{GO_SOURCE}", "GO111MODULE": "off", "GOFLAGS": "",
                 "GOCACHE": f"{folder}/cache", "HOME": folder, "CGO_ENABLED": "0"})
        out = run([f"{folder}/client.bin", f"unix:{world.daemon.socket}"]).stdout
    found = {}
    for line in out.splitlines():
        found.update(json.loads(line))
    info = found["info"]
    expect([*info[:2], *info[3:]], INFO, "info")
    expect(found["description"], IDL.read_text(), "the interface as it is served")
    expect(found["status"][:3], [world.daemon.pid, "tiny", 1], "pid, active profile, connections")
    expect_true("tiny" in [profile["name"] for profile in found["profiles"]], str(found["profiles"]))
    expect(len(found["report"]["findings"]), PROFILE.count("why:"), "findings")
    expect(found["last"]["profile"], "tiny", "the last audit")
    expect(found["missing"], ["tinny", "tiny"], "NoSuchProfile")
    expect((found["refused"], found["parameter"]), ("EINVAL", "sample_ms"), "other errors")
    expect_true(found["progress"] > 3, f"{found['progress']} replies")
    expect_in("transports", found["result"])


def the_certification_tool_is_refused(world):
    """It asks for an interface that fettled has not: it is told so, and nothing else comes of it."""
    out = run(["varlink-go-certification", "-client", "-varlink", f"unix:{world.daemon.socket}"]).stdout
    expect(out, "Start() failed\n", "the certification client against fettled")
    expect(world.daemon.status()["connections"], 1, "connections, with this one")


def both_ends_are_certified(world):
    program, path = BUILDDIR / "tests/rigs/certification", world.daemon.folder / "certified"
    run(["make", "-s", "-C", BUILDDIR, "tests/rigs/certification"])
    with subprocess.Popen([program, "serve", path], stderr=subprocess.PIPE, text=True) as server:
        wait_until(path.exists, "our server")
        out = run(["varlink-go-certification", "-client", "-varlink", f"unix:{path}"]).stdout
        _, err = server.communicate(timeout=common.PATIENCE_S)
        expect((server.returncode, err), (0, ""), f"our server\n{out}")
    expect(out.splitlines()[-1], "End: 'true'", f"their client\n{out}")
    path.unlink()
    with subprocess.Popen(["varlink-go-certification", "-varlink", f"unix:{path}"],
                          stderr=subprocess.PIPE, text=True) as server:
        wait_until(path.exists, "their server")
        run([program, "call", path])
        server.send_signal(signal.SIGKILL)


def in_a_world(test):
    with Daemon() as daemon:
        test(World(daemon))


def main():
    if os.geteuid() != 0:
        rig.skip("needs root")
    for tool, package in (("go", "golang-go"), ("varlink-go-certification", "varlink-go")):
        rig.tool(tool, package)
    if not os.path.isdir(GO_SOURCE + "/src/github.com/varlink/go"):
        rig.skip("there is no varlink for Go here: apt-get install golang-github-varlink-go-dev")
    common.run([varlinkctl_knows_the_service, varlinkctl_accepts_the_interface, varlinkctl_calls,
                varlinkctl_follows, varlinkctl_shows_errors, python_calls, go_calls,
                the_certification_tool_is_refused, both_ends_are_certified], in_a_world)


if __name__ == "__main__":
    sys.exit(main())
