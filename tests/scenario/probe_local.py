"""What the tests of `fettle probe limits` and `fettle probe transports` share."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

from common import BUILDDIR, PATIENCE_S, expect_in, expect_true

FETTLE = BUILDDIR / "fettle"
PROBE = BUILDDIR / "fettle-probe"
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs", "--"]


def run(*arguments, user=()):
    return subprocess.run([*user, FETTLE, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)


def on_terminal(columns, *arguments):
    """What a terminal of that width is told, in lines."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen([FETTLE, *arguments], stdin=subprocess.DEVNULL, stdout=theirs,
                               stderr=subprocess.DEVNULL, env=dict(os.environ, NO_COLOR="1", TERM="xterm"))
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not part:
            break
        text += part
    process.wait(timeout=4 * PATIENCE_S)
    os.close(ours)
    return text.decode().replace("\r\n", "\n").splitlines()


def fits(columns, lines, what):
    wide = [line for line in lines if len(line) > columns]
    expect_true(lines and not wide, f"{what} in {columns} columns: {wide}")


def refuses(*command, cases):
    for arguments, said in cases:
        ran = run(*command, *arguments)
        expect_true(ran.returncode == 64 and not ran.stdout, f"{command} {arguments}: {ran}")
        expect_in(said, ran.stderr)


def sysctl(**values):
    """In this namespace; "__" is a dot."""
    for key, value in values.items():
        with open("/proc/sys/net/" + key.replace("__", "/"), "w", encoding="ascii") as file:
            file.write(str(value))
