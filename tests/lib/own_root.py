#!/usr/bin/env python3
"""own_root.py COMMAND... - runs it in a mount namespace whose root is the root of this process.

In a chroot(2) the kernel grants no user namespace (user_namespaces(7), EPERM), and unshare(1) cannot
make a mount namespace private, as / is no mount there. pivot_root(2) refuses a root that is no mount
as well: so out to the root of the namespace, which setns(2) leads to, and from there back."""

import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)


def call(what, *arguments):
    if getattr(libc, what)(*arguments) != 0:
        sys.exit(f"own_root.py: {what}: {os.strerror(ctypes.get_errno())}")


def main(command):
    folder = os.getcwd()
    call("unshare", CLONE_NEWNS)
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    mine = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    call("setns", mine, CLONE_NEWNS)
    os.fchdir(root)
    call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b".", b".", None, MS_BIND | MS_REC, None)
    os.chdir(os.getcwd())  # by its name: what is mounted there now
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
    os.chdir(folder)
    os.execvp(command[0], command)


main(sys.argv[1:])
