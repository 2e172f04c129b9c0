"""`fettle sockets` and the checks that go with it, in namespaces of a test's own."""
import json
import os
import subprocess
import sys

from common import BUILDDIR, PATIENCE_S, Failure, need_root

FETTLE = BUILDDIR / "fettle"
def fettle(*arguments, codes=(0,)):
    """Its standard output; the exit code must be one of `codes`."""
    ran = subprocess.run([FETTLE, *map(str, arguments)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
    if ran.returncode not in codes:
        raise Failure(f"{arguments}: exit {ran.returncode}, expected {codes}\n"
                      f"{ran.stdout[:3000]}{ran.stderr}")
    return ran.stdout


def sockets(*arguments, codes=(0,)):
    """The sockets of a list, and its coverage."""
    lines = fettle("sockets", "--format", "json", *arguments, codes=codes).splitlines()
    found = [json.loads(line) for line in lines]
    return found[:-1], found[-1]["coverage"]


def enter_namespaces(*flags):
    """Starts this script again in a network namespace, and others by unshare(1), of its own."""
    if os.environ.get("FETTLE_TEST_NAMESPACE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    need_root()
    environment = dict(os.environ, FETTLE_TEST_NAMESPACE="1")
    sys.exit(subprocess.run(["unshare", "--net", *flags, sys.executable, *sys.argv],
                            env=environment, check=False).returncode)
