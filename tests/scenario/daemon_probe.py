#!/usr/bin/env python3
"""The daemon measures: with no rights, to where a profile leads, beside everything else it does."""
import contextlib
import json
import pathlib
import re
import signal
import socket
import subprocess
import time

from common import (BUILDDIR, NOBODY, expect, expect_in, expect_true, need_root, open_files, run,
                    wait_until)
from daemon_harness import Client, Daemon, as_uid, children_of, comm_of, kill

FETTLE = BUILDDIR / "fettle"
PROFILE = """\
schema: 1
name: paths
summary: Where to measure
paths:
  - {name: near, to: "127.0.0.1:%d", expect: {rtt: {at-most: 80ms}}}
  - {name: nets, to: 192.0.2.0/24, expect: {rtt: {at-most: 80ms}}}
"""


class World:
    """A daemon, and a port of its own for the far end of the path `near`."""

    def __init__(self, token_mode=0o600, config="probe-token-file: %s\n"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.daemon = Daemon(config="profile: paths\n", wait=False)
        self.token = self.daemon.folder / "token"
        self.token.write_text("0123456789abcdef0123456789abcdef\n")
        self.token.chmod(token_mode)
        (self.daemon.profiles / "paths.yaml").write_text(PROFILE % self.port)
        self.configure(config % self.token if "%s" in config else config)

    def configure(self, text):
        self.daemon.config.write_text("profile: paths\n" + text)
        wait_until(lambda: self.daemon.is_serving() or self.daemon.process.poll() is not None, "start")
        kill(self.daemon.pid, signal.SIGHUP)
        wait_until(lambda: " again: " in self.daemon.log(), "the configuration to be read again")

    def __enter__(self):
        self.daemon.__enter__()
        return self

    def __exit__(self, *what):
        self.daemon.__exit__(*what)

    def fettle(self, *words, exits):
        done = subprocess.run([FETTLE, "--socket", self.daemon.socket, *words], capture_output=True,
                              text=True, timeout=120, check=False)
        expect_true(done.returncode in exits, f"exit status {done.returncode}: {done.stderr}")
        return done

    @contextlib.contextmanager
    def reflector(self):
        with subprocess.Popen([FETTLE, "reflect", "--listen", f"127.0.0.1:{self.port}", "--token-file",
                               self.token], stdout=subprocess.PIPE, text=True) as process:
            expect_in("listening", process.stdout.readline(), "the reflector's first line")
            yield
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)

    def probe_process(self):
        """The process id of fettle-probe, once it has given up its rights; or None."""
        for worker in children_of(self.daemon.pid):
            for pid in children_of(worker):
                if comm_of(pid) == "fettle-probe":
                    return pid
        return None


def probe(world, **parameters):
    return world.daemon.call("org.fettle.Probe", parameters)


def has_ended(pid):
    """Also one that nobody has waited for yet."""
    try:
        return re.search(r"^State:\s+Z", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)
    except FileNotFoundError:
        return True


def opens(path):
    try:
        with open(path, "rb"):
            return True
    except PermissionError:
        return False


def like_one_of_the_command_itself():
    with World() as world:
        there = json.loads(world.fettle("probe", "limits", "--format", "json", exits=(0, 1, 2)).stdout)
        here = json.loads(subprocess.run([FETTLE, "--local", "probe", "limits", "--format", "json"],
                                         capture_output=True, check=False).stdout)
        expect([x["what"] for x in there["limits"]], [x["what"] for x in here["limits"]], "limits")
        expect(there["kernel"], here["kernel"], "kernel")
        expect(world.daemon.status()["requests"], 2, "requests, with this one")


def a_path_is_measured():
    with World() as world, world.reflector():
        done = world.fettle("probe", "bdp", "--path", "near", "--format", "json", exits=(0, 1))
        result = json.loads(done.stdout)
        for way in ("up", "down"):
            expect_true(result[way]["rate_bps"] > 1e6, f"a rate {way}: {result[way]}")
        expect(done.stderr, "", "standard error")
        table = world.fettle("probe", "path", "--path", "near", exits=(0, 1, 2)).stdout
        expect_in("127.0.0.1", table)
        expect(world.daemon.status()["requests"], 3, "requests, with this one")


def with_no_rights_and_told_of_progress():
    with World() as world, Client(world.daemon.socket) as client:
        client.send_call("org.fettle.Probe", {"probe": "transports"}, more=True)
        pid = wait_until(world.probe_process, "the probe")
        told = [client.receive()["parameters"]["progress"]]  # then it has begun to measure
        status = dict(re.findall(r"^(\w+):[ \t]*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(),
                                 re.M))
        expect(status["Uid"].split(), [str(NOBODY)] * 4, "uid")
        expect([int(status["Cap" + k], 16) for k in ("Inh", "Prm", "Eff", "Amb")], [0] * 4, "capabilities")
        expect(status["NoNewPrivs"], "1", "no_new_privs")
        files = {file.split(":")[0] for file in open_files(pid)}
        expect_in("socket", files)
        # it makes the file that it sends by sendfile(2) itself, and nobody else can reach that
        expect({f for f in files if not f.startswith("/memfd")} -
               {"/dev/null", "pipe", "socket", "anon_inode", str(world.daemon.log_path)}, set(), "files")
        # what it holds, the token of bdp for one, is not for others who are nobody
        for name in "mem", "fd/0", "environ":
            expect(as_uid(NOBODY, [], lambda name=name: opens(f"/proc/{pid}/{name}")), False, name)
        while (reply := client.receive()).get("continues"):
            told.append(reply["parameters"]["progress"])
        expect_true(told and all("transport" in x for x in told), f"progress: {told}")
        expect_in("transports", reply["parameters"]["result"])


def silent_unless_asked_for_more():
    with World() as world:
        reply = probe(world, probe="transports")
        expect(list(reply), ["parameters"], "members of the only reply")
        expect(list(reply["parameters"]), ["result"], "parameters")


def others_do_not_wait():
    with World() as world, Client(world.daemon.socket) as client:
        client.send_call("org.fettle.Probe", {"probe": "transports"}, more=True)
        wait_until(world.probe_process, "the probe")
        for method, parameters in (("GetStatus", {}), ("Audit", {"profile": "tiny"}), ("ListProfiles", {})):
            expect_in("parameters", world.daemon.call("org.fettle." + method, parameters), method)
        expect_true(world.probe_process(), "the probe goes on meanwhile")
        # one more of this user may wait, and the next is told so
        with Client(world.daemon.socket) as second, Client(world.daemon.socket) as third:
            second.send_call("org.fettle.Probe", {"probe": "limits"})
            wait_until(lambda: world.daemon.status()["connections"] == 4, "the second")
            expect(third.call("org.fettle.Audit", {"sample_ms": 100})["error"], "org.fettle.Busy", "the third")
            while client.receive().get("continues"):
                pass
            expect_in("result", second.receive()["parameters"], "the second's reply")


def who_hangs_up_ends_it():
    with World() as world:
        for more in False, True:
            with Client(world.daemon.socket) as client, Client(world.daemon.socket) as second:
                client.send_call("org.fettle.Probe", {"probe": "transports"}, more=more)
                pid = wait_until(world.probe_process, "the probe")
                second.send_call("org.fettle.Probe", {"probe": "limits"})
            wait_until(lambda: has_ended(pid), "the probe to end")
        expect_in("result", probe(world, probe="limits")["parameters"], "the next")


def what_is_refused():
    def refused(code, text, **parameters):
        reply = probe(world, **parameters)
        expect(reply["error"], "org.fettle.Refused", str(parameters))
        expect(reply["parameters"]["code"], code, str(parameters))
        expect_in(text, reply["parameters"]["reason"], str(parameters))

    with World() as world:
        refused("EINVAL", "there is no probe 'reflect': bdp, limits, path or transports", probe="reflect")
        refused("EINVAL", "the probe limits takes no path and no profile", probe="limits", path="near")
        refused("EINVAL", "the probe limits takes no path", probe="limits", profile="paths")
        refused("EINVAL", "the probe bdp takes a path of a profile, by its name", probe="bdp")
        refused("ENOENT", "no path 'naer', did you mean 'near'?", probe="path", path="naer")
        refused("ENOENT", "no path '192.0.2.1'", probe="path", path="192.0.2.1")
        refused("EBADMSG", "leads to networks only", probe="path", path="nets")
        refused("EXDEV", "another network namespace", probe="limits", netns="net:[1]")
        refused("ECONNREFUSED", "refused", probe="bdp", path="near")
        expect(probe(world, probe="path", path="near", profile="none")["error"], "org.fettle.NoSuchProfile",
               "a profile that is not there")
        expect(probe(world, probe=7)["parameters"], {"parameter": "probe"}, "what is no name")
        socket_path = world.daemon.socket

        def of_nobody():
            with Client(socket_path) as client:
                return client.call("org.fettle.Probe", {"probe": "limits"})
        expect(as_uid(NOBODY, [], of_nobody)["error"], "org.fettle.PermissionDenied", "nobody's")
        # the command says the same, with an exit status that fits
        for words, code, text in (
                (("bdp", "--path", "naer"), 65, "did you mean 'near'?"),
                (("bdp", "--path", "near"), 2, "refused"),
                (("bdp", "127.0.0.1"), 64, "--socket asks for the daemon, HOST"),
                (("bdp",), 64, "where to?"),
                (("path", "127.0.0.1", "--path", "near"), 64, "one of them says where"),
                (("path", "127.0.0.1", "--profile", "paths"), 64, "--profile says whose --path"),
                (("bdp", "--path", "near", "--max-time", "1s"), 64, "an option that says how")):
            expect_in(text, world.fettle("probe", *words, exits=(code,)).stderr, str(words))
    with World(config="") as world:
        refused("ENOKEY", "'probe-token-file'", probe="bdp", path="near")
    with World(token_mode=0o644) as world:
        refused("EPERM", "may be read or written by others", probe="bdp", path="near")


def the_end_does_not_wait_for_it():
    with World() as world, Client(world.daemon.socket) as client:
        client.send_call("org.fettle.Probe", {"probe": "transports"}, more=True)
        pid = wait_until(world.probe_process, "the probe")
        began = time.monotonic()
        expect(world.daemon.end(), 0, "exit status")
        expect_true(time.monotonic() - began < 2, "it ends at once")
        wait_until(lambda: has_ended(pid), "the probe to end")
        while (reply := client.receive()).get("continues"):
            pass
        expect(reply, {"error": "org.fettle.ShuttingDown", "parameters": {}}, "the reply")


def the_same_exit_status_here_and_there():
    def here(world, *words):
        return subprocess.run([FETTLE, "--config", world.daemon.config, "--profile-path",
                               world.daemon.profiles, "probe", *words], capture_output=True, text=True,
                              timeout=60, check=False)

    with World(config="") as world:
        for words, code in ((("path", "--path", "nets"), 65), (("bdp", "--path", "near"), 65),
                            (("path", "--path", "naer"), 65), (("path", "--path", "near"), 2)):
            expect([world.fettle("probe", *words, exits=(code,)).returncode, here(world, *words).returncode],
                   [code, code], str(words))
        expect_in("'probe-token-file'", here(world, "bdp", "--path", "near").stderr)


def ends_with_the_daemon():
    with World() as world, Client(world.daemon.socket) as client:
        client.send_call("org.fettle.Probe", {"probe": "transports"}, more=True)
        pid = wait_until(world.probe_process, "the probe")
        kill(world.daemon.pid, signal.SIGKILL)
        wait_until(lambda: has_ended(pid), "the probe to end")
        world.daemon.process.wait()


if __name__ == "__main__":
    need_root()
    run([like_one_of_the_command_itself, a_path_is_measured, with_no_rights_and_told_of_progress,
         silent_unless_asked_for_more, others_do_not_wait, who_hangs_up_ends_it, what_is_refused,
         the_end_does_not_wait_for_it, the_same_exit_status_here_and_there, ends_with_the_daemon])
