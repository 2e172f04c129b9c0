"""`fettle sockets` and the checks that go with it, in namespaces of a test's own."""
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback

BUILDDIR = pathlib.Path(os.environ.get("FETTLE_BUILDDIR", ".")).resolve()
FETTLE = BUILDDIR / "fettle"
SANITIZED = b"__asan_init" in FETTLE.read_bytes()
PATIENCE_S = 120 if SANITIZED else 60


class Failure(Exception):
    pass


def expect(actual, wanted, what):
    if actual != wanted:
        raise Failure(f"{what}:\n  wanted {wanted!r}\n  got    {actual!r}")


def expect_true(condition, what):
    if not condition:
        raise Failure(what)


def fettle(*arguments, codes=(0,)):
    """Its standard output; the exit code must be one of `codes`."""
    ran = subprocess.run([FETTLE, *map(str, arguments)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if ran.returncode not in codes:
        raise Failure(f"{arguments}: exit {ran.returncode}, expected {codes}\n"
                      f"{ran.stdout[:3000]}{ran.stderr}")
    return ran.stdout


def sockets(*arguments, codes=(0,)):
    """The sockets of a list, and its coverage."""
    lines = fettle("sockets", "--format", "json", *arguments, codes=codes).splitlines()
    found = [json.loads(line) for line in lines]
    return found[:-1], found[-1]["coverage"]


def need_root():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)


def enter_namespaces(*flags):
    """Starts this script again in a network namespace, and others by unshare(1), of its own."""
    if os.environ.get("FETTLE_TEST_NAMESPACE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    need_root()
    environment = dict(os.environ, FETTLE_TEST_NAMESPACE="1")
    sys.exit(subprocess.run(["unshare", "--net", *flags, sys.executable, *sys.argv],
                            env=environment, check=False).returncode)


def run(tests):
    failed = 0
    for test in tests:
        began = time.monotonic()
        try:
            test()
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok   {test.__name__} ({time.monotonic() - began:.2f} s)")
    sys.exit(failed != 0)
