"""`fettle probe bdp` and `fettle reflect` at the two ends of a delay line."""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import struct
import subprocess
import termios

from common import BUILDDIR, PATIENCE_S, Failure, expect
from path_line import FAR

FETTLE = BUILDDIR / "fettle"
TOKEN = "0123456789abcdef0123456789abcdef"
TOKEN_FILE = pathlib.Path("/run/token")
PORT = 4433


def make_token():
    TOKEN_FILE.write_text(TOKEN + "\n")
    TOKEN_FILE.chmod(0o600)


@contextlib.contextmanager
def reflecting(line, *words, address="*"):
    """A reflector at the far end, ready; it must end well when it is asked to."""
    process = line.spawn("far", FETTLE, "reflect", "--listen", f"{address}:{PORT}", "--token-file",
                         TOKEN_FILE, *words, stdout=subprocess.PIPE)
    try:
        if not process.stdout.readline().startswith("listening"):
            raise Failure("the reflector does not listen")
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.stdout.close()
        process.wait(PATIENCE_S)


def bdp(line, *words, to=FAR, code=None, input_file=TOKEN_FILE):
    """The probe's exit code, what it measured (None when it failed), and its standard error."""
    ran = subprocess.run(["ip", "netns", "exec", line.near, FETTLE, "probe", "bdp", to, "--token-file",
                          input_file, "--format", "json", *words], capture_output=True, text=True,
                         timeout=6 * PATIENCE_S, check=False)
    if code is not None:
        expect(ran.returncode, code, f"probe bdp {words}: {ran.stdout}{ran.stderr}")
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else None, ran.stderr


def bdp_table(line, *words, to=FAR):
    """The probe's exit code, what it shows, and its standard error."""
    ran = subprocess.run(["ip", "netns", "exec", line.near, FETTLE, "probe", "bdp", to, "--token-file",
                          TOKEN_FILE, *words], capture_output=True, text=True, timeout=6 * PATIENCE_S,
                         check=False)
    return ran.returncode, ran.stdout, ran.stderr


def bdp_progress(line, columns, *words):
    """The lines that a terminal of that width is shown meanwhile, one after the other."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(["ip", "netns", "exec", line.near, FETTLE, "probe", "bdp", FAR, "--token-file",
                                TOKEN_FILE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=theirs)
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while part := os.read(ours, 65536):
            text += part
    process.wait(PATIENCE_S)
    os.close(ours)
    return [shown.removesuffix("\033[K") for shown in text.decode().split("\r") if shown.strip("\033[K")]
