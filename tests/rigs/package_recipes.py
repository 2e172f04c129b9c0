#!/usr/bin/env python3
"""PKGBUILD and APKBUILD, as far as there are tools here: what they build, and the files they package."""
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import rig
from rig import SRCDIR, check, expect

VERSION = check(rig.BUILDDIR / "fettle", "--version").split()[1]
MAKEPKG_CONF = """. /etc/makepkg.conf
CPPFLAGS= CFLAGS=-O0 LDFLAGS= MAKEFLAGS=-j2 PKGEXT=.pkg.tar
OPTIONS=(strip docs !libtool !staticlibs emptydirs zipman purge !debug !lto)
"""
# what abuild does with a recipe
ABUILD = """set -eu
srcdir=$1 pkgdir=$2
export CFLAGS=-O0 MAKEFLAGS=-j2
. ./APKBUILD
cd "$srcdir/$pkgname-$pkgver"
build >../log 2>&1
package >>../log 2>&1
"""


def as_nobody(*command, **options):
    """makepkg refuses to be root."""
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return check(*nobody, "env", "HOME=/nonexistent", *command, **options)


def installed(replacements, without, more):
    """path: mode, of what `make install` installs, where and as a distribution has it."""
    files = [line.split() for line in (SRCDIR / "tests/lib/installed.txt").read_text().splitlines()
             if not line.startswith("#")]
    files += [("644", f"usr/local/share/fettle/profiles/{path.name}")
              for path in (SRCDIR / "profiles").glob("*.yaml")]
    placed = {}
    for mode, path in files:
        path = path.replace("usr/local", "usr")
        for old, new in replacements.items():
            path = path.replace(old, new)
        if not any(part in path for part in without):
            placed[path] = mode
    return {**placed, **more}


def recipe(folder, name):
    """A folder with a recipe's files and the source archive, for nobody to build in."""
    place = pathlib.Path(tempfile.mkdtemp(dir=folder))
    for path in [*(SRCDIR / "packaging" / name).iterdir(), folder / f"fettle-{VERSION}.tar.gz"]:
        shutil.copy(path, place)
    if os.geteuid() == 0:
        shutil.chown(place, "nobody")
    return place


def arch_packages_what_is_installed(folder):
    place = recipe(folder, "arch")
    (place / "makepkg.conf").write_text(MAKEPKG_CONF)
    source_info = as_nobody("makepkg", "--printsrcinfo", cwd=place)
    rig.expect_in(f"pkgver = {VERSION}\n", source_info, "--printsrcinfo")
    as_nobody("makepkg", "--config", place / "makepkg.conf", "--nodeps", "--nocheck", cwd=place)
    with tarfile.open(next(place.glob("*.pkg.tar"))) as package:
        held = {info.name: f"{info.mode:o}" for info in package if info.isfile() and info.name[0] != "."}
        owners = {(info.uname, info.gname) for info in package if info.name[0] != "."}
        expect("etc/fettle/profiles" in package.getnames(), True, "the folder for one's own profiles")
    held = {path.removesuffix(".gz"): mode for path, mode in held.items()}
    expect(held, installed({"usr/sbin": "usr/bin", "usr/libexec": "usr/lib"}, ["preset"],
                           {"etc/fettle/fettle.yaml": "644", "usr/share/licenses/fettle/LICENSE": "644"}), "the files of the package")
    expect(owners, {("root", "root")}, "their owners")


def alpine_packages_what_is_installed(folder):
    place = recipe(folder, "alpine")
    for name in ("src", "pkg"):
        as_nobody("mkdir", name, cwd=place)
    as_nobody("tar", "-C", "src", "-xf", f"fettle-{VERSION}.tar.gz", cwd=place)
    as_nobody("sh", "-c", ABUILD, "sh", place / "src", place / "pkg", cwd=place)
    held = {str(path.relative_to(place / "pkg")): f"{path.stat().st_mode & 0o7777:o}"
            for path in (place / "pkg").rglob("*") if path.is_file()}
    expect(held, installed({}, ["systemd", "sysusers.d", "tmpfiles.d"],
                           {"etc/fettle/fettle.yaml": "644", "etc/init.d/fettled": "755"}),
           "the files of the package")
    expect((place / "pkg/etc/fettle/profiles").is_dir(), True, "the folder for one's own profiles")
    check("sh", "-n", place / "fettle.pre-install")


def main():
    # makepkg needs a pacman, and does not say so
    for program, package in (("makepkg", "makepkg"), ("pacman", "pacman-package-manager"),
                             ("bsdtar", "libarchive-tools")):
        rig.tool(program, package)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        (folder / "dist").mkdir()
        subprocess.run([SRCDIR / "configure", "--quiet", "--with-bpf=no"], cwd=folder / "dist", check=True)
        check("make", "-s", "dist", cwd=folder / "dist")
        (folder / f"dist/fettle-{VERSION}.tar.gz").rename(folder / f"fettle-{VERSION}.tar.gz")
        rig.run_each([arch_packages_what_is_installed, alpine_packages_what_is_installed],
                   lambda test: test(folder))


if __name__ == "__main__":
    main()
