#!/usr/bin/env python3
"""The RPM packages: built, judged by rpmlint, installed, run, upgraded and erased in a scratch root."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import machine
import rig
from rig import SRCDIR, expect, expect_in, expect_true

FOLDER = pathlib.Path("/run/rpm")
PAYLOAD = FOLDER / "payload"
ROOT = FOLDER / "root"
DATABASE = "/var/lib/rpm"
RPM = ["rpm", "--root", ROOT, "--dbpath", DATABASE]
USERS = {f"/etc/{name}{end}" for name in ("passwd", "group", "shadow", "gshadow") for end in ("", "-")}
CONFIGURATION = "/etc/fettle/fettle.yaml"
OLDER_PROFILE = "/usr/share/fettle/profiles/of-the-older-one.yaml"
# what an administrator and fettle itself leave in the packages' folders
REFLECTOR = "fettle-reflect@192.0.2.1:4433.service"
LOCAL = {"/etc/fettle/profiles/own.yaml": "schema: 1\nname: own\nsummary: Our own\n",
         "/var/lib/fettle/journal": "records\n"}


class Packages:
    """What packaging/rpm-build made, and the same files once more as an older version."""

    def __init__(self):
        built = FOLDER / "built"
        with rig.telling("building"):
            print(rig.check(SRCDIR / "packaging/rpm-build", built))
        self.source = next(built.glob("*.src.rpm"))
        self.new = {name: next(built.glob(f"{name}-[0-9]*.x86_64.rpm")) for name in ("fettle", "fettled")}
        with rig.telling("packing an older version"):
            self.old = self._older()

    def all(self):
        return [self.source, *self.new.values()]

    def _older(self):
        PAYLOAD.mkdir()
        for package in self.new.values():
            rig.check("sh", "-c", 'rpm2cpio "$1" | cpio --quiet -idm', "sh", package, cwd=PAYLOAD)
        for folder in ("usr/lib/.build-id", "usr/share/licenses"):  # which rpmbuild makes
            shutil.rmtree(PAYLOAD / folder, ignore_errors=True)
        (PAYLOAD / OLDER_PROFILE[1:]).write_text("schema: 1\nname: old\nsummary: Gone since\n")
        (PAYLOAD / CONFIGURATION[1:]).write_text("#profile: base\n")
        spec = (SRCDIR / "packaging/rpm/fettle.spec").read_text()
        spec = re.sub(r"(?m)^Version: .*", "Version: 0.0.9", spec)
        spec = re.sub(r"(?m)^(Source0|BuildRequires): .*\n", "", spec)
        spec = re.sub(r"(?ms)^%prep$.*?^%post$",
                      f"%prep\ncp {SRCDIR}/LICENSE .\n%install\ncp -a {PAYLOAD}/. %{{buildroot}}\n%post", spec)
        (FOLDER / "older.spec").write_text(spec)
        rig.check("rpmbuild", "-bb", "--define", f"_topdir {FOLDER}/older", "--load",
                  SRCDIR / "packaging/rpm/macros.debian", FOLDER / "older.spec")
        return list((FOLDER / "older/RPMS/x86_64").glob("*.rpm"))


def rpm(*arguments, warns_of=()):
    """In the root; nothing but what is foreseen is complained of."""
    ran = subprocess.run([*RPM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         check=False)
    said = ran.stdout + ran.stderr
    for warning in warns_of:
        expect_in(f"warning: {warning}\n", said, "what rpm says")
        said = said.replace(f"warning: {warning}\n", "")
    if ran.returncode or re.search(r"(?i)warning|error|fail|cannot|not found", said):
        raise rig.Failure(f"rpm {' '.join(map(str, arguments))}: exit {ran.returncode}\n{said}")
    return said


def inside(*command, codes=(0,)):
    ran = subprocess.run(["chroot", ROOT, *command], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, check=False)
    if ran.returncode not in codes:
        raise rig.Failure(f"{command}: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def install(packages, **options):
    # the libraries are there as Debian's packages, of which rpm knows nothing; Debian's says so
    rpm("--upgrade", "--force-debian", "--nodeps", *packages, **options)


def describe(path):
    info = path.lstat()
    if stat.S_ISREG(info.st_mode):
        holds = hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        holds = os.readlink(path) if path.is_symlink() else ""
    return f"{stat.filemode(info.st_mode)} {info.st_uid}:{info.st_gid} {holds}"


def tree():
    """path: what it is, of all below the root but what rpm and systemd-sysusers keep books in."""
    found = {}
    for folder, folders, files in os.walk(ROOT):
        folder = pathlib.Path(folder)
        folders[:] = [name for name in folders if str(folder / name) not in (
            f"{ROOT}/proc", ROOT / "sys", f"{ROOT}{DATABASE}")]
        for name in folders + files:
            path = "/" + str((folder / name).relative_to(ROOT))
            if path not in USERS | {"/etc/.pwd.lock"}:
                found[path] = describe(folder / name)
    return found


def difference(before, after):
    lines = [f"- {path} {before[path]}" for path in before if before[path] != after.get(path)]
    lines += [f"+ {path} {after[path]}" for path in after if after[path] != before.get(path)]
    print("\n".join(sorted(lines)) or "(no difference)")
    return sorted(line.split()[1] for line in lines)


def users():
    return {path.split("/")[-1]: (ROOT / path[1:]).read_text() for path in USERS if path[-1] != "-"}


def rpmlint_finds_nothing(packages):
    ran = subprocess.run(["rpmlint", "-c", SRCDIR / "packaging/rpm/rpmlint.toml",
                          SRCDIR / "packaging/rpm/fettle.spec", *packages.all()],
                         capture_output=True, text=True, check=False)
    print(ran.stdout)
    expect_in("3 packages and 1 specfiles checked; 0 errors, 0 warnings", ran.stdout, "rpmlint")
    expect(ran.returncode, 0, "its exit code")


def all_that_is_installed_is_packaged(packages):
    """tests/lib/installed.txt, below /usr, in one of the two packages; the daemon's in its own."""
    wanted = {}
    for line in (SRCDIR / "tests/lib/installed.txt").read_text().splitlines():
        if not line.startswith("#"):
            mode, path = line.split()
            path = "/" + path.replace("usr/local", "usr")
            # compressed by rpmbuild; and presets are the distribution's
            wanted[path + ".gz" if "/man/" in path else path] = mode
    wanted = {path: mode for path, mode in wanted.items() if "preset" not in path}
    held = {}
    for name, package in packages.new.items():
        for line in rig.check("rpm", "-qp", "--dump", package).splitlines():
            path, mode, user, group = [line.split()[i] for i in (0, 4, 5, 6)]
            expect((user, group), ("root", "root"), f"owner of {path}")
            expect_true(path not in held or "/.build-id" in path, f"{path} is in one package")
            held[path] = (name, f"{int(mode, 8) & 0o7777:o}")
    missing = {path: mode for path, mode in wanted.items() if held.get(path, ("", ""))[1] != mode}
    expect(missing, {}, "installed by make, but not with that mode in a package")
    expect({path: held[path] for path in ("/var/lib/fettle", "/etc/fettle/profiles", "/usr/bin/fettle",
                                          "/usr/sbin/fettled", "/usr/lib/systemd/system/fettled.socket")},
           {"/var/lib/fettle": ("fettle", "700"), "/etc/fettle/profiles": ("fettle", "755"),
            "/usr/bin/fettle": ("fettle", "755"), "/usr/sbin/fettled": ("fettled", "755"),
            "/usr/lib/systemd/system/fettled.socket": ("fettled", "644")}, "where and how")


def it_runs_and_leaves_nothing(packages):
    before, known = tree(), users()
    install(packages.new.values())
    expect(rpm("--verify", "--nodeps", "fettle", "fettled"), "", "rpm --verify")
    version = rig.check("rpm", "-qp", "--queryformat", "%{VERSION}", packages.new["fettle"])
    expect(inside("fettle", "--version"), f"fettle {version}\n", "fettle --version")
    report = json.loads(inside("fettle", "audit", "--local", "server", "--format", "json", codes=(0, 1, 2)))
    expect((report["schema"], report["profile"]["file"]),
           ("fettle-report/1", "/usr/share/fettle/profiles/server.yaml"), "the report")
    expect_true(len(report["findings"]) > 20, "many findings")
    expect(inside("systemctl", "is-enabled", "fettled.socket", "fettled.service"), "enabled\n" * 2,
           "of the daemon, with no preset that says otherwise")
    expect_in("fettle", inside("id", "-nG", "fettle"), "the user's group")
    ran = subprocess.run([*RPM, "--erase", "--test", "fettle"], capture_output=True, text=True, check=False)
    expect_in("is needed by (installed) fettled", ran.stderr, "fettled needs fettle")
    rpm("--erase", "fettled", "fettle")
    expect(difference(before, tree()), [], "left behind")
    added = {name: [line.split(":")[0] for line in text.splitlines() if line not in known[name]]
             for name, text in users().items()}
    expect(added, {name: ["fettle"] for name in added}, "users stay, as files may be theirs")


def an_upgrade_keeps_what_is_the_administrators(packages):
    before = tree()
    install(packages.old)
    expect_true((ROOT / OLDER_PROFILE[1:]).exists(), "the older version's own file")
    (ROOT / CONFIGURATION[1:]).write_text("profile: own\n")
    for path, text in LOCAL.items():
        (ROOT / path[1:]).write_text(text)
    inside("systemctl", "disable", "fettled.service")
    inside("systemctl", "enable", REFLECTOR)
    install(packages.new.values(), warns_of=[f"{CONFIGURATION} created as {CONFIGURATION}.rpmnew"])
    expect((ROOT / CONFIGURATION[1:]).read_text(), "profile: own\n", "the configuration")
    expect_true(not (ROOT / OLDER_PROFILE[1:]).exists(), "the older version's own file is gone")
    expect(inside("systemctl", "is-enabled", "fettled.service", REFLECTOR), "disabled\nenabled\n",
           "as it was left")
    rpm("--erase", "fettled", "fettle", warns_of=[f"{CONFIGURATION} saved as {CONFIGURATION}.rpmsave"])
    expect(difference(before, tree()), sorted(
        [*LOCAL, CONFIGURATION + ".rpmnew", CONFIGURATION + ".rpmsave", "/etc/fettle",
         "/etc/fettle/profiles", "/var/lib/fettle"]), "left behind")
    expect({path: (ROOT / path[1:]).read_text() for path in LOCAL}, LOCAL, "what was not the packages'")


def main():
    machine.enter()
    for program, package in (("rpmbuild", "rpm"), ("rpmlint", "rpmlint"), ("cpio", "cpio")):
        rig.tool(program, package)
    for name in ("upper", "work", "root"):
        (FOLDER / name).mkdir(parents=True)
    rig.check("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={rig.debian_tree()},"
              f"upperdir={FOLDER}/upper,workdir={FOLDER}/work", ROOT)
    (ROOT / "usr/share/licenses").mkdir()  # which is Fedora's package "filesystem"'s
    rig.check("mount", "-t", "proc", "proc", ROOT / "proc")
    rpm("--initdb")
    packages = Packages()
    rig.run_each([rpmlint_finds_nothing, all_that_is_installed_is_packaged, it_runs_and_leaves_nothing,
                an_upgrade_keeps_what_is_the_administrators], lambda test: test(packages))


if __name__ == "__main__":
    main()
