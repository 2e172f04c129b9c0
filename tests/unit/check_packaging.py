#!/usr/bin/env python3
"""Checks that what packages are made by says what configure.ac does: the version, the libraries.

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
    ]
    wrong = [f"{what}: wanted {wanted}, found {actual}" for what, actual, wanted in checks if actual != wanted]
    print("\n".join(wrong) or f"{len(checks)} checks, version {version}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
