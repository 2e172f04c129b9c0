#!/usr/bin/env python3
"""fettle boot against the programs it speaks for: systemd-sysctl and sysctl --system.

Generated trees of sysctl.d folders; for each the real program runs in a root of its own, in its own
network and mount namespace, and what it left in the keys must be what fettle said beforehand.

Even trees write to plain files in place of /proc/sys, so that names and values may be anything and
are compared byte for byte. Odd trees write to the kernel's own keys of a fresh network namespace,
with everything but net/ mounted read-only; some of these trees turn nothing but switches off and on,
among them any that this kernel has for an interface.
At the end the host's own keys must be as they were.

SEED=N repeats a run, TREES=N sets how many (240), ONLY=N runs one tree and keeps it in view.
Needs root, systemd-sysctl, sysctl and ip; without them it says so and exits 77.
"""
import ctypes
import functools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

SYSTEMD = "/usr/lib/systemd/systemd-sysctl"
SYSCTL = "/usr/sbin/sysctl"
LOADERS = {"systemd": [SYSTEMD], "procps": [SYSCTL, "-q", "--system"]}
FOLDERS = ["etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d",
           "lib/sysctl.d"]
UNTOUCHED = "=untouched="
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)

NAMES = ["00-a.conf", "10-net.conf", "10-Net.conf", "50-x.conf", "60-b.conf", "99-sysctl.conf",
         "9-z.conf", "zz.conf", "-5.conf", ".hidden.conf", ".conf", "a b.conf", "\u00e4.conf",
         "README.sysctl", "50-x.conf~", "50-x.conf.dpkg-old", "50-x.CONF"]
INTERFACES = ["all", "default", "lo", "eth0", "eth0.100", "wan0"]
GLOBS = ["*", "eth*", "eth?", "[ae]*", "[!l]*", "eth0.*", "no*"]
VALUES = ["1", "0", "2", "17", "-1", "4096 87380 6291456", "4096\t87380\t6291456", "a b", '"quoted"',
          "'q'", "cubic", "x=y", "# not a comment", "1 # trailing", "1;2", "", "0x10", "\u00fc",
          "\\", "1\\", "*", "%s", "|/bin/false %p", "a\x0bb", "a\x0c"]
# Leaves of conf that the kernel does not spread to other keys, and those that it does.
PLAIN = {4: ["promote_secondaries", "route_localnet"], 6: ["accept_ra", "hop_limit"]}
SPREAD = {4: ["forwarding", "rp_filter", "log_martians", "accept_redirects", "tag",
              "promote_secondaries", "route_localnet"],
          6: ["forwarding", "disable_ipv6", "accept_ra", "hop_limit",
              "ignore_routes_with_linkdown"]}
# Those that are off or on, of which the kernel sets one along with another; the last from 6.17 on.
SWITCHES = {4: ["forwarding", "accept_redirects", "route_localnet"],
            6: ["forwarding", "disable_ipv6", "ignore_routes_with_linkdown"] +
               [leaf for leaf in ["force_forwarding"]
                if os.path.exists(f"/proc/sys/net/ipv6/conf/all/{leaf}")]}


def check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def mount(source, target, kind=None, flags=0):
    check(libc.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, None),
          f"mount {source} on {target}")


def unshare(flags):
    check(libc.unshare(flags), "unshare")


# ---- the keys ---------------------------------------------------------------------------------

def dotted(path):
    return path.replace(".", "\0").replace("/", ".").replace("\0", "/")


def conf_paths(leaves):
    return [f"net/ipv{v}/conf/{i}/{leaf}" for v in (4, 6) for i in INTERFACES for leaf in leaves[v]]


FAKE_KEYS = conf_paths(PLAIN) + ["net/core/somaxconn", "net/core/rmem_max", "net/ipv4/tcp_rmem",
                                 "kernel/domainname", "kernel/core_pattern", "vm/swappiness"]
REAL_KEYS = conf_paths(SPREAD) + ["net/ipv4/ip_forward", "net/ipv4/tcp_sack",
                                  "net/ipv4/tcp_keepalive_probes", "net/ipv4/ip_default_ttl"]


@functools.cache
def other_switches(version):
    """Whatever else this kernel has for an interface that takes 0 and 1, and keeps them."""
    script = f"""
        cd /proc/sys/net/ipv{version}/conf/default || exit
        for leaf in *; do
            echo 0 >$leaf && [ "$(cat $leaf)" = 0 ] && echo 1 >$leaf && [ "$(cat $leaf)" = 1 ] &&
                echo $leaf
        done
        """
    got = subprocess.run(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    return sorted(set(got.stdout.split()) - set(SWITCHES[version]))


def read_key(root, path):
    try:
        with open(f"{root}/{path}", "rb") as file:
            return file.read().split(b"\n")[0].decode("utf-8", "surrogateescape")
    except OSError:
        return None


def read_keys(root, paths):
    return {path: read_key(root, path) for path in paths}


def lay_out_fake(root):
    for path in FAKE_KEYS:
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        with open(f"{root}/{path}", "w") as file:
            file.write(UNTOUCHED + "\n")


# ---- a tree -----------------------------------------------------------------------------------

class Tree:
    def __init__(self, seed, number):
        self.random = random.Random(seed)
        self.is_real = number % 2 == 1
        self.has_switches = number % 8 == 7
        self.other = 1 if self.has_switches else 7
        self.keys, self.leaves = self.switches() if self.has_switches else \
            (REAL_KEYS, SPREAD) if self.is_real else (FAKE_KEYS, PLAIN)
        # few keys in one tree, so that lines meet
        self.pool = self.random.sample(self.keys, 8)

    def switches(self):
        """Keys and leaves: those that go along with others, and some of all that there are."""
        leaves = {v: SWITCHES[v] + self.random.sample(other_switches(v), 2) for v in (4, 6)}
        return conf_paths(leaves) + ["net/ipv4/ip_forward"], leaves

    def chance(self, share):
        return self.random.random() < share

    def pattern(self):
        version = self.random.choice((4, 6))
        leaf = self.random.choice(self.leaves[version])
        if self.chance(0.2):
            leaf = self.random.choice([leaf[:3] + "*", "*" + leaf[-4:]])
        return f"net/ipv{version}/conf/{self.random.choice(GLOBS)}/{leaf}"

    def path(self):
        if self.chance(0.3):
            return self.pattern()
        if self.chance(0.08):
            return self.random.choice(["net/none/such", "net", "net/ipv4/conf", "kernel",
                                       "net/ipv4/conf/later0/rp_filter"])
        return self.random.choice(self.pool)

    def name(self):
        path = self.path()
        style = self.random.random()
        if style < 0.6:
            return dotted(path)
        if style < 0.85:
            return path
        return self.random.choice([
            "/" + path, "." + dotted(path), path.replace("/", "//", 1), path + "/",
            dotted(path).replace(".", "..", 1), path.replace("/", "/./", 1), "/proc/sys/" + path,
            path.replace("net/", "net/ipv4/../", 1), path.upper(), " " + path])

    def value(self):
        if self.has_switches:
            return str(self.random.randint(0, 1))
        if self.is_real:
            return str(self.random.randint(2, 9))
        return self.random.choice(VALUES)

    def blank(self):
        return self.random.choice(["", "", " ", "  ", "\t", " \t "])

    def line(self):
        kind = self.random.random()
        if kind < 0.68:
            text = f"{self.name()}{self.blank()}={self.blank()}{self.value()}{self.blank()}"
        elif kind < 0.75:
            text = f"-{self.name()}{self.blank()}={self.blank()}{self.value()}"
        elif kind < 0.88:
            text = f"-{self.name()}{self.blank()}"
        elif kind < 0.92:
            text = self.random.choice(["#", ";", "# ", ";;", "-#"]) + f"{self.name()}={self.value()}"
        elif kind < 0.96:
            text = self.random.choice(["", " ", "-", "=", "= 5", "-= 5", "x", "no equals sign",
                                       self.name(), "--" + self.name() + f"={self.other}",
                                       "--" + self.name(), "- " + self.name() + f"={self.other}",
                                       "- " + self.name(), "\\", "[section]"])
        elif self.is_real:
            text = f"{self.name()} = {self.value()}"
        else:
            text = f"{self.name()} = " + self.random.choice(
                ["x" * 5000, "one\rtwo", "a\0b", "\x0bvt", "\xff"])
        return self.blank() + text

    def text(self):
        end = self.random.choice(["\n"] * 8 + ["\r\n"] + ([] if self.is_real else ["\r"]))
        text = end.join(self.line() for _ in range(self.random.randint(1, 8)))
        if self.chance(0.8):
            text += end
        if self.chance(0.03):
            text = "\ufeff" + text
        if self.chance(0.01):
            text = "# " + "x" * (1 << 20) + end + text
        return text.encode("utf-8").replace(b"\xc3\xbf", b"\xff")

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.text())

    def entry(self, root, folder, name):
        path = f"{root}/{folder}/{name}"
        kind = self.random.random()
        if kind < 0.74:
            self.write(path)
        elif kind < 0.79:
            open(path, "w").close()
        elif kind < 0.84:
            os.symlink("/dev/null", path)
        elif kind < 0.87:
            os.symlink("nowhere", path)
        elif kind < 0.90:
            os.symlink(name, path)
        elif kind < 0.93:
            os.mkdir(path)
        elif kind < 0.97:
            self.write(f"{root}/etc/shared.txt")
            os.symlink("/etc/shared.txt", path)
        else:
            os.symlink("/etc/sysctl.conf", path)

    def folder(self, root, folder):
        path = f"{root}/{folder}"
        kind = self.random.random()
        if kind < 0.15:
            return
        if kind < 0.19:
            os.symlink("/etc/elsewhere.d", path)
            folder, path = "etc/elsewhere.d", f"{root}/etc/elsewhere.d"
            os.makedirs(path, exist_ok=True)
        elif kind < 0.21:
            open(path, "w").close()
            return
        elif folder == "lib/sysctl.d" and kind < 0.6:
            os.symlink("../usr/lib/sysctl.d", path)
            return
        else:
            os.mkdir(path)
        for name in self.random.sample(NAMES, self.random.randint(0, 4)):
            if not os.path.lexists(f"{path}/{name}"):
                self.entry(root, folder, name)

    def lay_out(self, root):
        for folder in FOLDERS + ["etc/elsewhere.d", "etc/sysctl.conf", "etc/shared.txt"]:
            path = f"{root}/{folder}"
            if os.path.islink(path) or os.path.isfile(path):
                os.unlink(path)
            elif os.path.isdir(path):
                shutil.rmtree(path)
        for folder in FOLDERS:
            self.folder(root, folder)
        if self.chance(0.5):
            self.write(f"{root}/etc/sysctl.conf")
            link = f"{root}/etc/sysctl.d/99-sysctl.conf"
            if self.chance(0.5) and os.path.isdir(f"{root}/etc/sysctl.d") and \
                    not os.path.lexists(link):
                os.symlink("../sysctl.conf", link)


# ---- the root the real programs run in ----------------------------------------------------------

def make_root(root):
    """Programs and libraries of the host by links; everything that is generated is our own."""
    for folder in ["etc", "run", "dev", "proc", "hostusr", "usr/lib", "usr/local/lib", "lib", "fake"]:
        os.makedirs(f"{root}/{folder}")
    mount("/usr", f"{root}/hostusr", flags=MS_BIND)
    for name in os.listdir("/usr"):
        if name not in ("lib", "local"):
            os.symlink(f"/hostusr/{name}", f"{root}/usr/{name}")
    for name in os.listdir("/usr/lib"):
        if not name.endswith(".d"):
            os.symlink(f"/hostusr/lib/{name}", f"{root}/usr/lib/{name}")
    for name in os.listdir("/lib"):
        if not name.endswith(".d"):
            os.symlink(f"/usr/lib/{name}", f"{root}/lib/{name}")
    for name in ["bin", "sbin", "lib64"]:
        if os.path.isdir(f"/{name}"):
            os.symlink(f"usr/{name}", f"{root}/{name}")
    open(f"{root}/dev/null", "w").close()
    mount("/dev/null", f"{root}/dev/null", flags=MS_BIND)
    mount("/proc", f"{root}/proc", flags=MS_BIND)


def mount_fake(root):
    mount(f"{root}/fake", f"{root}/proc/sys", flags=MS_BIND)


def mount_real(root):
    check(libc.umount2(f"{root}/proc/sys".encode(), 0), "umount")
    mount("/proc/sys", f"{root}/proc/sys", flags=MS_BIND)
    mount("none", f"{root}/proc/sys", flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
    mount("/proc/sys/net", f"{root}/proc/sys/net", flags=MS_BIND)


def fresh_network():
    unshare(CLONE_NEWNET)
    subprocess.run(["ip", "-batch", "-"], check=True, input=b"""
        link set lo up
        link add name eth0.100 type veth peer name wan0
        link add name eth0 type veth peer name peer0
        """)


def run_real(root, loader):
    def enter():
        os.chroot(root)
        os.chdir("/")

    return subprocess.run(LOADERS[loader], preexec_fn=enter, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          env={"PATH": "/usr/bin:/usr/sbin", "LC_ALL": "C",
                               "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_LOG_LEVEL": "debug"})


def run_fettle(fettle, root, loader, keys):
    names = [dotted(path) for path in keys]
    got = subprocess.run([fettle, "boot", "--root", root, "--sysctl-root", f"{root}/proc/sys",
                          "--loader", loader, "--format", "json", *names],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if got.returncode not in (0, 1, 2):
        raise RuntimeError(f"fettle boot: exit {got.returncode}: {got.stderr.decode()}")
    report = json.loads(got.stdout)
    assert [row["key"] for row in report["keys"]] == names
    return dict(zip(keys, report["keys"]))


# ---- the comparison ---------------------------------------------------------------------------

def fit(text):
    """As fettle shows text that is not UTF-8: every byte that cannot be shown becomes \\xNN."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def compare(root, fettle, loader, keys):
    """The keys that differ, and all final values."""
    before = read_keys(f"{root}/proc/sys", keys)
    said = run_fettle(fettle, root, loader, keys)
    output = run_real(root, loader)
    after = read_keys(f"{root}/proc/sys", keys)
    wrong = []
    for path in keys:
        want = said[path]["value"]
        if want is None:
            want = before[path]
        if fit(after[path] or "") is None:
            continue  # shown with \xNN in its place
        if want != after[path]:
            wrong.append((path, said[path], after[path], output.stdout))
    return wrong, after, sum(after[path] != before[path] for path in keys)


def list_tree(root):
    for folder in FOLDERS + ["etc/elsewhere.d"]:
        path = f"{root}/{folder}"
        if os.path.islink(path) or os.path.isfile(path):
            print(f"  /{folder} -> {os.path.islink(path) and os.readlink(path) or 'a file'}")
            continue
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
            entry = f"{path}/{name}"
            if os.path.islink(entry):
                print(f"  /{folder}/{name} -> {os.readlink(entry)}")
            elif os.path.isdir(entry):
                print(f"  /{folder}/{name}/")
            else:
                print(f"  /{folder}/{name}: {open(entry, 'rb').read()[:2000]!r}")
    for name in ["sysctl.conf", "shared.txt"]:
        if os.path.exists(f"{root}/etc/{name}"):
            print(f"  /etc/{name}: {open(f'{root}/etc/{name}', 'rb').read()[:2000]!r}")


def run_tree(root, fettle, seed, number):
    is_real = number % 2 == 1
    tree = Tree(f"{seed}/{number}", number)
    tree.lay_out(root)
    left = {}
    wrong_any, written = False, 0
    for loader in LOADERS:
        if is_real:
            fresh_network()
        else:
            lay_out_fake(f"{root}/fake")
        wrong, left[loader], count = compare(root, fettle, loader, tree.keys)
        written += count
        for path, said, got, output in wrong:
            print(f"tree {number} {loader}: {path}: fettle said {said}, {loader} left {got!r}")
        if wrong:
            wrong_any = True
            print(wrong[0][3].decode("utf-8", "replace")[-3000:])
    if wrong_any or os.environ.get("ONLY"):
        list_tree(root)
    return wrong_any, left["systemd"] != left["procps"], written


def run_trees(fettle, seed, numbers):
    """In namespaces of its own; returns wrong, apart and written."""
    unshare(CLONE_NEWNS | CLONE_NEWNET)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    root = tempfile.mkdtemp(prefix="fettle-boot-")
    mount("none", root, "tmpfs")
    make_root(root)
    mount_fake(root)
    totals = [0, 0, 0]
    is_fake = True
    for number in sorted(numbers, key=lambda n: (n % 2, n)):
        if number % 2 == 1 and is_fake:
            mount_real(root)
            is_fake = False
        totals = [a + b for a, b in zip(totals, run_tree(root, fettle, seed, number))]
    sys.stdout.flush()
    check(libc.umount2(root.encode(), 2), "umount")  # MNT_DETACH
    os.rmdir(root)
    return totals


def start_worker(fettle, seed, numbers):
    """A pipe that the worker's totals come out of."""
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    os.close(ours)
    code = 1
    try:
        os.write(theirs, json.dumps(run_trees(fettle, seed, numbers)).encode())
        code = 0
    finally:
        if code:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)


def run_all(fettle, seed, trees):
    """Whether all went well."""
    only = os.environ.get("ONLY")
    numbers = [int(only)] if only else list(range(trees))
    # neighbours, so that each worker has trees of both kinds
    workers = min(os.cpu_count() or 1, 4, len(numbers))
    shares = [[n for n in numbers if n // 2 % workers == w] for w in range(workers)]
    pipes = [start_worker(fettle, seed, share) for share in shares if share]
    totals = []
    for pipe in pipes:
        with open(pipe, "rb") as file:
            totals.append(json.loads(file.read() or b"null"))
    failed = [os.wait()[1] for _ in pipes]
    if any(failed) or None in totals:
        print("a worker failed")
        return False
    wrong, apart, written = (sum(column) for column in zip(*totals))
    print(f"trees {len(numbers)}, keys written {written}, trees where fettle was wrong {wrong}, "
          f"trees where systemd-sysctl and sysctl differ {apart}")
    # a run that writes nothing, or sees no difference, has tested nothing
    return not wrong and (bool(only) or (written > trees and apart > 0))


def snapshot():
    """Every key of the host that can be written, but those that change by themselves."""
    moving = {"kernel/ns_last_pid", "kernel/pty/nr", "fs/dentry-state"}
    held = {}
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            path = f"{folder}/{name}"[len("/proc/sys/"):]
            if os.lstat(f"{folder}/{name}").st_mode & 0o222 and path not in moving:
                held[path] = read_key("/proc/sys", path)
    return held


def main():
    build = os.environ.get("FETTLE_BUILDDIR", ".")
    fettle = os.path.abspath(os.environ.get("FETTLE", f"{build}/fettle"))
    missing = [p for p in (SYSTEMD, SYSCTL, fettle) if not os.access(p, os.X_OK)]
    if os.geteuid() != 0 or missing or not shutil.which("ip"):
        print("skipped: needs root, ip, and", *(missing or [SYSTEMD]))
        return 77
    seed = os.environ.get("SEED") or str(random.SystemRandom().randint(1, 10**6))
    trees = int(os.environ.get("TREES", "240"))
    print(f"SEED={seed} TREES={trees}", flush=True)
    before, start = snapshot(), time.monotonic()
    good = run_all(fettle, seed, trees)
    after = snapshot()
    changed = [path for path in before if path in after and before[path] != after[path]]
    for path in changed:
        print(f"the host's {path} changed: {before[path]!r} -> {after[path]!r}")
    print(f"{time.monotonic() - start:.1f} s; keys of the host compared {len(before)}, "
          f"changed {len(changed)}")
    return 0 if good and not changed else 1


if __name__ == "__main__":
    sys.exit(main())
