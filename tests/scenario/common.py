"""What the scenario tests share: where things are, what is expected, how tests are run and told."""
import contextlib
import os
import pathlib
import sys
import time
import traceback

SRCDIR = pathlib.Path(os.environ.get("FETTLE_SRCDIR", pathlib.Path(__file__).resolve().parents[2]))
BUILDDIR = pathlib.Path(os.environ.get("FETTLE_BUILDDIR", ".")).resolve()
SANITIZED = b"__asan_init" in (BUILDDIR / "fettle").read_bytes()
os.environ.pop("COLUMNS", None)  # tables are compared as they are without it
PATIENCE_S = 60 if SANITIZED else 20
NOBODY = 65534


class Failure(Exception):
    pass


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def need_root():
    if os.geteuid() != 0:
        skip("needs root")


def expect(actual, wanted, what):
    if actual != wanted:
        raise Failure(f"{what}:\n  wanted {wanted!r}\n  got    {actual!r}")


def expect_true(condition, what):
    if not condition:
        raise Failure(what)


def expect_in(part, whole, what="output"):
    if part not in whole:
        raise Failure(f"{what}:\n  wanted {part!r} in\n{whole}")


def wait_until(condition, what, limit_s=PATIENCE_S):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise Failure(f"waited in vain: {what}")


def open_files(pid):
    """What its descriptors are; one that is closed meanwhile is left out. No process: OSError."""
    files = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            files.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return files


def run(tests, call=lambda test: test()):
    """Each by call(test); tells which failed, and ends."""
    failed = 0
    for test in tests:
        began = time.monotonic()
        try:
            call(test)
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok   {test.__name__} ({time.monotonic() - began:.2f} s)")
        sys.stdout.flush()
    sys.exit(failed != 0)
