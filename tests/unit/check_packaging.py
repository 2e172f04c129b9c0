#!/usr/bin/env python3
"""Checks that what packages are made by says what configure.ac does: the version, the libraries. And
that units say why they have each line of a sandbox.

usage: check_packaging.py [SOURCE-FOLDER]
"""
import pathlib
import re
import sys

# what configure.ac asks pkg-config for: the packages of Arch and of Alpine that bring it
LIBRARIES = {
    "cmocka": ("cmocka", "cmocka-dev"),
    "jansson": ("jansson", "jansson-dev"),
    "libbpf": ("libbpf", "libbpf-dev"),
    "libcap-ng": ("libcap-ng", "libcap-ng-dev"),
    "libevent_core": ("libevent", "libevent-dev"),
    "libmd": ("libmd", "libmd-dev"),
    "libnl-3.0": ("libnl", "libnl3-dev"),
    "libseccomp": ("libseccomp", "libseccomp-dev"),
    "smartcols": ("util-linux-libs", "util-linux-dev"),
    "yaml-0.1": ("libyaml", "yaml-dev"),
}


def found(pattern, text):
    return re.findall(pattern, text, re.M)


def words(pattern, text):
    """Of the shell's lists that are assigned to names of a pattern."""
    return {word for listed in found(r"^(?:" + pattern + r')=[("]([^)"]*)[)"]', text)
            for word in listed.split()}


# Lines of a unit's sandbox; those of one row may have one reason.
SANDBOX = [
    "User DynamicUser CapabilityBoundingSet",
    "PrivateUsers",
    "NoNewPrivileges",
    "ProtectSystem ProtectHome PrivateTmp ReadWritePaths",
    "PrivateMounts",
    "PrivateDevices DevicePolicy",
    "UMask RemoveIPC",
    "ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectControlGroups ProtectClock "
    "ProtectHostname ReadOnlyPaths BindPaths BindReadOnlyPaths",
    "ProtectProc ProcSubset",
    "PrivateNetwork IPAddressDeny RestrictAddressFamilies",
    "RestrictNamespaces",
    "SystemCallFilter",
    "SystemCallErrorNumber",
    "SystemCallArchitectures",
    "MemoryDenyWriteExecute",
    "LockPersonality RestrictRealtime",
    "RestrictSUIDSGID",
    "MemoryMax TasksMax",
]
ROWS = {name: row for row, names in enumerate(SANDBOX) for name in names.split()}


def unexplained(unit):
    """Lines of the sandbox without a comment above them, or above others of the same row that they follow."""
    commented, row = False, None
    for line in unit.read_text().splitlines():
        name = line.partition("=")[0]
        if not line or line.startswith("#"):
            commented, row = bool(line), None
        elif name in ROWS:
            if row is None and commented:
                row = ROWS[name]
            if row != ROWS[name]:
                yield f"{unit.name}: {line}"
        elif re.match("Protect|Private|Restrict|SystemCall|Capability|Bind", name):
            yield f"{unit.name}: {line} is not in the table of this test"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    configure = (top / "configure.ac").read_text() + (top / "m4/bpf.m4").read_text()
    spec = (top / "packaging/rpm/fettle.spec").read_text()
    arch = (top / "packaging/arch/PKGBUILD").read_text()
    alpine = (top / "packaging/alpine/APKBUILD").read_text()
    version, = found(r"^AC_INIT\(\[fettle\], \[([^]]+)\]", configure)
    modules = found(r"PKG_CHECK_MODULES\(\[\w+\], \[(\S+) >= (\S+)\]", configure)
    missing = {module for module, _ in modules} ^ set(LIBRARIES)
    assert not missing, f"configure.ac and the table of this test: {missing}"
    checks = [
        ("Version of fettle.spec", found(r"^Version: *(\S+)", spec), [version]),
        ("%changelog of fettle.spec, newest", found(r"^\* .* - (.*)-\d+$", spec)[:1], [version]),
        ("pkgver of PKGBUILD", found(r"^pkgver=(.*)", arch), [version]),
        ("pkgver of APKBUILD", found(r"^pkgver=(.*)", alpine), [version]),
        ("libraries of fettle.spec", sorted(found(r"^BuildRequires: *pkgconfig\((.*)\) >= (\S+)", spec)),
         sorted(modules)),
        ("libraries that PKGBUILD lacks", {names[0] for names in LIBRARIES.values()} -
         words("depends|checkdepends", arch), set()),
        ("libraries that APKBUILD lacks", {names[1] for names in LIBRARIES.values()} -
         words("makedepends", alpine), set()),
        ("sandbox lines of units without a reason above them",
         [line for unit in sorted((top / "packaging/systemd").glob("*.service.in")) for line in unexplained(unit)],
         []),
    ]
    wrong = [f"{what}: wanted {wanted}, found {actual}" for what, actual, wanted in checks if actual != wanted]
    print("\n".join(wrong) or f"{len(checks)} checks, version {version}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
