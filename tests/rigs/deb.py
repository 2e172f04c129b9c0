"""Debian packages of this tree: built in a Debian that has what they say they need, and looked at."""
import hashlib
import pathlib
import re
import subprocess

import rig

NOBODY = 65534
# Used on what was built, there: what looks at it, what boots, and what the packages' tests depend on.
TOOLS = ["autopkgtest", "lintian", *rig.PACKAGES,
         "iperf3", "iputils-ping", "python3-jsonschema", "python3-yaml"]
# lintian's remarks that are true and stay: each with why.
KNOWN = {
    "out-of-date-standards-version": "the packages are for the older release too",
    "package-supports-alternative-init-but-no-init.d-script": "a service of systemd, with its sandbox",
}


def control_folder():
    return rig.SRCDIR / "packaging/debian"


def build_tree(release):
    """The release with what is needed to build: what `apt-get build-dep` makes of debian/control."""
    program = rig.tool("mmdebstrap", "mmdebstrap")
    control = (control_folder() / "control").read_text().partition("\n\n")[0]

    def make(path):
        rig.check(program, "--mode=root", "--variant=minbase", "--include=" + ",".join(TOOLS),
                  "--dpkgopt=force-unsafe-io", '--aptopt=APT::Install-Recommends "false"',
                  '--customize-hook=mkdir -p "$1/tmp/source"',
                  f"--customize-hook=copy-in {control_folder()} /tmp/source",
                  '--customize-hook=chroot "$1" apt-get -qy build-dep /tmp/source',
                  '--customize-hook=rm -r "$1/tmp/source"', release, path)
        (path / "etc/machine-id").write_text("0f" * 16 + "\n")
    return rig.made(f"build-{release}", [release, TOOLS, control], make)


def install_tree(release, packages):
    """A small one of the release, with systemd, and with what the packages depend on."""
    if release == rig.suite():
        return rig.debian_tree()
    depends = set()
    for package in packages:
        for group in field(package, "Depends").split(","):
            depends.add(re.match(r"[a-z0-9.+-]+", group.strip())[0])
    return rig.debian_tree(release, sorted(depends - {"fettle"}))


class Builder:
    """A build tree that nothing stays in."""

    def __init__(self, release):
        self.folder = pathlib.Path("/run/build")
        self.root = self.folder / "root"
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True)
        rig.check("mount", "-t", "overlay", "overlay", "-o",
                  f"lowerdir={build_tree(release)},upperdir={self.folder}/upper,"
                  f"workdir={self.folder}/work", self.root)
        rig.check("mount", "--rbind", "/dev", self.root / "dev")
        rig.check("mount", "-t", "proc", "proc", self.root / "proc")
        (self.root / "srv").chmod(0o777)

    def run(self, *command, umask=0o022, code=0):
        """As nobody, without the network."""
        ran = subprocess.run(
            ["unshare", "--net", "chroot", f"--userspec={NOBODY}:{NOBODY}", self.root, "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent", *map(str, command)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, umask=umask)
        if ran.returncode != code:
            raise rig.Failure(f"{command}: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def copy_source(self, name):
        """This tree, as it is in version control."""
        self.run("mkdir", "-p", f"/srv/{name}")
        packed = subprocess.run(
            ["tar", "-C", rig.SRCDIR, "-c", "--exclude=./.git", "--exclude=./build*",
             "--exclude=./configure", "--exclude=./.quickstart", "--exclude=__pycache__", "."],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        subprocess.run(["chroot", f"--userspec={NOBODY}:{NOBODY}", self.root, "tar", "-C",
                        f"/srv/{name}", "-x"], input=packed.stdout, check=True)

    def build(self, name, *options, **how):
        """Packages of the source in `name`; where they are, as this host sees it."""
        self.run(f"/srv/{name}/packaging/deb-build", *options, f"/srv/{name}/made", **how)
        return self.root / "srv" / name / "made"

    def lint(self, folder):
        """What lintian says of all of them, but for what is known; overrides do not count."""
        changes = next(folder.glob("*.changes"))
        said = self.run("lintian", "--no-override", "--display-info", "--fail-on", "none",
                        "/" / changes.relative_to(self.root))
        remarks = re.findall(r"^([EWI]): [^:]+: (\S+) ?(.*)", said, re.MULTILINE)
        return [" ".join(parts) for parts in remarks if parts[0] != "I" or parts[1] not in KNOWN]


def digests(folder):
    """Of the source package and the packages: what else is there tells who built them, and when."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir()) if path.suffix in (".deb", ".dsc", ".gz", ".xz")}


def field(package, name):
    return rig.check("dpkg-deb", "--field", package, name).strip()
