#!/usr/bin/env python3
"""Completion in bash, zsh and fish as they are installed: what each offers, and what a tab makes of a
line. And that `fettle complete` is quick, quiet, and needs neither root nor a daemon."""
import contextlib
import json
import os
import pathlib
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from common import (BUILDDIR, NOBODY, SANITIZED, SRCDIR, Failure, expect, expect_in, expect_true, run,
                    skip, wait_until)
from daemon_harness import Daemon

KEEP_LINE = "\x07"  # a key that writes the line to a file
BASH = r"""
unset HISTFILE; PS1='$ '
source /usr/share/bash-completion/bash_completion
keep() { printf '%s\n' "$READLINE_LINE" >"$KEPT.new"; mv "$KEPT.new" "$KEPT"; }
bind -x '"\C-g": keep'
bind 'set bell-style none' '"\C-t": insert-completions'
"""
ZSH = r"""
PS1='$ '; unsetopt beep; bindkey -e
fpath=($ZSH_FUNCTIONS $fpath); autoload -Uz compinit; compinit -u -D
zle -C insert-all complete-word _generic
zstyle ':completion:insert-all:*' completer _all_matches _complete
zstyle ':completion:insert-all:*' insert yes
bindkey '^T' insert-all
keep() { print -r -- $BUFFER >$KEPT.new; mv $KEPT.new $KEPT }
zle -N keep; bindkey '^G' keep
"""


class Shell:
    """An interactive shell at the other end of a terminal."""

    def __init__(self, command, setup, environment):
        self.kept = pathlib.Path(environment["KEPT"])
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment)
        self.pid, self.said = pid, b""
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        file = self.kept.with_suffix(".rc")
        file.write_text(setup)
        self.type(f". {file}; echo R''EADY\n")
        wait_until(lambda: b"READY" in self.said, f"{command[0]} to be ready")

    def _listen(self):
        with contextlib.suppress(OSError):
            while data := os.read(self.terminal, 4096):
                self.said += data

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line_after(self, keys):
        self.kept.unlink(missing_ok=True)
        self.type(keys + KEEP_LINE)
        try:
            wait_until(self.kept.exists, "the line", 30)
        except Failure:
            print(self.said.decode(errors="replace"))
            raise
        self.type("\x15")  # the line is deleted
        return self.kept.read_text()[:-1]

    def offers(self, line):
        """The words that the last one could become: the shell puts all of them there."""
        before = line[:line.rindex(" ") + 1]
        after = self.line_after(line + "\x14")
        if not after.startswith(before):
            raise Failure(f"{line!r} became {after!r}")
        return sorted(after[len(before):].split())

    def end(self):
        self.type("exit\n")
        os.waitpid(self.pid, 0)
        self.listener.join()  # before the descriptor's number is another's
        os.close(self.terminal)


class World:
    """fettle installed in a folder, with profiles and three transactions."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        expect(subprocess.run(["make", "-s", "-C", BUILDDIR, "install", f"DESTDIR={folder}/installed"],
                              stdout=subprocess.DEVNULL, check=False).returncode, 0, "make install")
        found = {path.name: path for path in (self.folder / "installed").rglob("*") if path.is_file()}
        self.share = found["_fettle"].parents[2]
        shutil.copy(found["fettle-probe"].parents[2] / "bin/fettle", self.folder / "fettle")
        self.profiles, self.state = self.folder / "profiles", self.folder / "state"
        self.profiles.mkdir()
        for name in ("web", "wan", "db-1"):
            (self.profiles / f"{name}.yaml").write_text(
                f"schema: 1\nname: {name}\nsummary: All of {name}\nsettings: {{net.core.somaxconn: 1}}\n")
        (self.profiles / "sites.yaml").write_text(
            "schema: 1\nname: sites\nsummary: Paths\npaths:\n"
            "  - {name: eu-us, to: 192.0.2.1, expect: {rtt: {at-most: 1s}}}\n")
        self.keys = self.folder / "sys"
        (self.keys / "net/core").mkdir(parents=True)
        (self.keys / "net/ipv4/conf/eth0.100").mkdir(parents=True)
        (self.keys / "net/ipv4/conf/eth0.100/rp_filter").write_text("0\n")
        (self.keys / "net/core/somaxconn").write_text("4096\n")
        (self.folder / "root/etc").mkdir(parents=True)
        self.options = f"--sysctl-root {self.keys} --state-dir {self.state}"
        for number in range(1, 4):
            (self.keys / "net/core/somaxconn").write_text("4096\n")
            self.fettle("apply", "web")
            if number != 2:
                self.fettle("rollback", str(number))

    def fettle(self, command, argument, code=0):
        ran = subprocess.run([self.folder / "fettle", command, argument, "--profile-path", self.profiles,
                              "--root", self.folder / "root", *self.options.split()],
                             capture_output=True, text=True, check=False)
        expect(ran.returncode, code, f"fettle {command} {argument}: {ran.stderr}")

    def environment(self, **more):
        return {**os.environ, "PATH": f"{self.folder}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                "TERM": "dumb", "HOME": str(self.folder), "XDG_DATA_DIRS": f"{self.share}:/usr/share",
                "XDG_CONFIG_HOME": f"{self.folder}/config", "XDG_DATA_HOME": f"{self.folder}/data",
                "ZSH_FUNCTIONS": f"{self.share}/zsh/site-functions",
                "KEPT": f"{self.folder}/line", **more}

    def offers(self, *words, **options):
        """What `fettle complete` itself says: {candidate: what it is about}"""
        ran = subprocess.run([self.folder / "fettle", "complete", "--", *words], capture_output=True,
                             text=True, check=False, env=self.environment(), **options)
        expect((ran.returncode, ran.stderr), (0, ""), f"fettle complete -- {words}")
        return dict((line + "\t").split("\t")[:2] for line in ran.stdout.splitlines())


def known_words(world):
    """Lines, and what there is for their last word: from what the program says elsewhere."""
    help_text = subprocess.check_output([world.folder / "fettle", "--help"], text=True)
    commands = help_text.partition("Commands:\n")[2].partition("\n\n")[0]
    words = {line.split()[0] for line in commands.splitlines() if line[2:3].islower()}
    explained = json.loads(subprocess.check_output(
        [world.folder / "fettle", "explain", "--format", "json"], text=True))
    findings = {finding["id"] for finding in explained["findings"]}
    keep = pathlib.Path("/proc/sys/net/ipv4").glob("tcp_keepalive*")
    path = f"--profile-path {world.profiles}"
    return {
        "": words,
        "p": {"persist", "plan", "probe", "profile"},
        "probe ": {"bdp", "limits", "path", "survey", "transports"},
        "help ": words,
        "help probe ": {"bdp", "limits", "path", "survey", "transports"},
        "help apply ": set(),
        "audit --fo": {"--format"},
        "audit --format ": {"table", "json", "junit"},
        "sockets --kind tcp,ud": {"tcp,udp"},
        f"{path} audit ": {"web", "wan", "db-1", "sites"},
        f"apply {path} w": {"web", "wan"},
        f"probe bdp {path} --profile sites --path ": {"eu-us"},
        "boot net.ipv4.tcp_keep": {f"net.ipv4.{key.name}" for key in keep},
        "explain socket.n": {name for name in findings if name.startswith("socket.n")},
        "audit --only net.core.somaxc": {"net.core.somaxconn"},
        f"transactions {world.options} ": {"1", "2", "3"},
        f"rollback {world.options} ": {"2"},
        "status x": set(),
        "nonesuch ": set(),
    }


def bash_completes(world):
    shell = Shell(["bash", "--noprofile", "--norc", "-i"], BASH, world.environment())
    tell_offers(world, shell.offers)
    tell_tabs(world, shell)
    shell.end()


def zsh_completes(world):
    shell = Shell(["zsh", "-f", "-i"], ZSH, world.environment())
    tell_offers(world, shell.offers)
    tell_tabs(world, shell)
    shell.line_after("fettle a\t")
    expect_in("audit  -- check this host against a profile: its name or file",
              shell.said.decode(errors="replace"), "the list that zsh shows")
    shell.end()


def tell_offers(world, offers):
    for line, wanted in known_words(world).items():
        typed = line[line.rfind(" ") + 1:]
        expect(offers("fettle " + line), sorted(wanted or ({typed} if typed else [])), repr(line))


def tell_tabs(world, shell):
    """What one tab makes of a line, where there is but one way to go on."""
    file = world.profiles / "db-1.yaml"
    for line, wanted in {
            "aud": "audit ",
            "audit --format=ju": "audit --format=junit ",
            "sockets --state estab,li": "sockets --state estab,listen ",
            f"boot --sysctl-root {world.keys} net.i": f"boot --sysctl-root {world.keys} net.ipv4.",
            f"profile lint {str(file)[:-6]}": f"profile lint {file} ",
            f"audit {str(file)[:-6]}": f"audit {file} ",
            f"--config={str(file)[:-6]}": f"--config={file} ",
            f"--sysctl-root {str(world.keys)[:-1]}": f"--sysctl-root {world.keys}/",
    }.items():
        expect(shell.line_after(f"fettle {line}\t").rstrip() + wanted[len(wanted.rstrip()):],
               "fettle " + wanted, repr(line))
    expect(shell.line_after("fettle boot net.ipv4.conf.al\ta"), "fettle boot net.ipv4.conf.all.a",
           "a folder of keys goes on without a blank")


def fish_completes(world):
    def offers(line):
        out = subprocess.check_output(["fish", "-c", 'complete -C"$argv[1]"', line],
                                      env=world.environment(), text=True)
        return sorted(word.split("\t")[0] for word in out.splitlines())
    for line, wanted in known_words(world).items():
        expect(offers("fettle " + line), sorted(wanted), repr(line))
    file = str(world.profiles / "db-1.yaml")
    expect(offers(f"fettle --config={file[:-6]}"), [f"--config={file}"], "a file behind =")
    expect(offers(f"fettle audit {file[:-6]}"), [file], "a file")
    expect(offers(f"fettle --sysctl-root {str(world.keys)[:-1]}"), [f"{world.keys}/"], "a folder")


def candidates_say_what_they_are(world):
    options = world.options.split()
    expect(world.offers("--profile-path", str(world.profiles), "plan", "we"), {"web": "All of web"},
           "a profile")
    about = world.offers("transactions", *options, "2")["2"]
    expect(about.split(", ")[:2], ["web", "done"], about)
    expect(world.offers("explain", "net.core.somax")["net.core.somaxconn"].split()[:2], ["The", "most"],
           "a key")
    expect(world.offers("boot", *options[:2], "net.ipv4.conf.eth0"), {"net.ipv4.conf.eth0/100.": ""}, "")
    expect(world.offers("boot", *options[:2], "net/ipv4/conf/eth0"), {"net/ipv4/conf/eth0.100/": ""}, "")
    expect(set(world.offers("audit", "--", "")), set(world.offers("audit", "")), "behind --")
    expect(world.offers("confirm", *options, ""), {}, "nothing waits for a confirmation")


def namespaces_are_offered(world):
    if os.geteuid() != 0:
        return
    script = ('mount -t tmpfs tmpfs /run && mkdir /run/netns && touch /run/netns/blue "/run/netns/a b" &&'
              ' exec "$0" complete -- sockets --netns ""')
    out = subprocess.check_output(["unshare", "--mount", "sh", "-c", script, world.folder / "fettle"],
                                  text=True)
    expect([line.split("\t")[0] for line in out.splitlines()], ["all", "blue"],
           "namespaces whose names a shell takes as they are")


def nobody_is_asked_nothing(world):
    """Without root: the journal cannot be read, and whoever sits on the socket may be deaf."""
    nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    world.state.chmod(0o700)
    expect(world.offers("rollback", *world.options.split(), "", **nobody), {} if nobody else {"2": "?"},
           "of a journal that is not ours")
    with socket.socket(socket.AF_UNIX) as deaf:
        path = str(world.folder / "deaf")
        deaf.bind(path)
        deaf.listen(1)
        os.chmod(path, 0o777)
        began = time.monotonic()
        expect(world.offers("--socket", path, "rollback", "", **nobody), {}, "of a deaf daemon")
        expect_true(time.monotonic() - began < (5 if SANITIZED else 0.5), "it waited for a deaf daemon")


def the_daemon_is_asked(world):
    if os.geteuid() != 0:
        return
    with Daemon("profile: tiny\ngroup: nogroup\n", ["--state-dir", str(world.state)]) as daemon:
        offered = world.offers("--socket", str(daemon.socket), "transactions", "",
                               user=NOBODY, group=NOBODY, extra_groups=[])
        expect(sorted(offered), ["1", "2", "3"], "by the daemon, to a member of its group")


def it_is_quick(world):
    for words in (("",), ("--profile-path", f"{SRCDIR}/profiles", "audit", ""), ("boot", "net.ipv4."),
                  ("explain", ""), ("transactions", *world.options.split(), "")):
        took = []
        for _ in range(5):
            began = time.monotonic()
            world.offers(*words)
            took.append(time.monotonic() - began)
        expect_true(min(took) < (1 if SANITIZED else 0.05), f"{words}: {min(took) * 1000:.0f} ms")


def main():
    for shell in ("bash", "zsh", "fish"):
        if not shutil.which(shell):
            skip(f"there is no {shell} here: apt-get install {shell}")
    if not os.path.exists("/usr/share/bash-completion/bash_completion"):
        skip("there is no bash-completion here: apt-get install bash-completion")
    with tempfile.TemporaryDirectory(prefix="fettle-completion-") as folder:
        world = World(folder)
        run([bash_completes, zsh_completes, fish_completes, candidates_say_what_they_are,
             namespaces_are_offered, nobody_is_asked_nothing, the_daemon_is_asked, it_is_quick],
            lambda test: test(world))


if __name__ == "__main__":
    sys.exit(main())
