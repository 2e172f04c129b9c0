#!/usr/bin/env python3
"""tests/lint/lint.py - the rules of the house that a compiler does not check.

Each rule is one function and one row of RULES; HACKING.md says why each is there. Prints
"file:line: rule: what is wrong" and exits 1 when there is anything to say, 2 when it could not
check. Needs universal-ctags and shellcheck.
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys

FUNCTION_MOST, FUNCTION_AIM = 80, 50
FILE_MOST, FILE_AIM = 600, 400
HEADER_AIM = 120
MAIN_MOST = 60
COLUMNS = 100

# A library's headers, and the folders of src/ that are its home.
HOMES = [
    (re.compile(r"yaml\.h"), {"profile"}),
    (re.compile(r"jansson\.h"), {"model", "rpc", "profile", "apply", "measure", "daemon", "cli", "probes"}),
    (re.compile(r"libsmartcols.*\.h"), {"render"}),
    (re.compile(r"event2?/.*|event\.h|evutil\.h"), {"daemon"}),
    (re.compile(r"cap-ng\.h|sys/capability\.h"), {"confine", "daemon"}),
    (re.compile(r"seccomp\.h"), {"confine", "daemon", "probes"}),
    (re.compile(r"sha2\.h|md5\.h"), {"profile", "probes"}),
    (re.compile(r"netlink/.*|bpf/.*"), {"sock"}),
]

# Unbounded writes, shells, and names that another process may guess.
BANNED = re.compile(
    r"(?<![\w.>])(v?sprintf|strcpy|stpcpy|strcat|gets|system|popen|tmpnam|tempnam|mktemp|strtok)\s*\("
)

# Folders whose files are input for tests, bad on purpose, or not ours to format.
NOT_TEXT = {"corpus", "data", "bad", "golden"}
SKIPPED = {".git", "autom4te.cache", "build-aux", ".quickstart", "__pycache__"}
GENERATED = {"configure", "aclocal.m4", "Makefile.in", "config.h.in"}

Complaint = collections.namedtuple("Complaint", "file line rule text")


class CannotCheck(Exception):
    """A tool is missing, or layers.txt cannot be read."""


class Tree:
    """The files below a root, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.paths = sorted(self._walk(self.root))
        self._text = {}

    def _walk(self, folder):
        for path in folder.iterdir():
            if path.is_symlink() or path.name in SKIPPED or path.name.endswith("~"):
                continue
            if path.is_dir():
                if not (folder == self.root and path.name.startswith("build")):
                    yield from self._walk(path)
            elif not (folder == self.root and path.name in GENERATED):
                yield path.relative_to(self.root)

    def text(self, path):
        if path not in self._text:
            self._text[path] = (self.root / path).read_bytes().decode("utf-8", "surrogateescape")
        return self._text[path]

    def lines(self, path):
        """(number, line) pairs, without line ends."""
        return enumerate(self.text(path).split("\n"), 1)

    def c_files(self, *tops):
        return [p for p in self.paths if p.suffix in (".c", ".h") and p.parts[0] in tops]

    def sources(self):
        """Everything written by hand: no test input, nothing binary."""
        for path in self.paths:
            if not NOT_TEXT & set(path.parts) and "\0" not in self.text(path):
                yield path

    def code(self, path):
        """(number, line) pairs with comments and the insides of strings blanked out."""
        blank = lambda m: re.sub(r"[^\n]", " ", m.group())
        pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
        return enumerate(re.sub(pattern, blank, self.text(path), flags=re.S).split("\n"), 1)


def read_layers(tree):
    """folder -> what it may include. A folder may only name those above it: no cycles."""
    name = pathlib.Path("tests/lint/layers.txt")
    if name not in tree.paths:
        raise CannotCheck(f"{name} is missing")
    layers = {}
    for number, line in tree.lines(name):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, colon, allowed = line.partition(":")
        unknown = [a for a in allowed.split() if a not in layers]
        if not colon or unknown:
            raise CannotCheck(f"{name}:{number}: {line!r}: wanted 'folder: folders further up'")
        layers[folder.strip()] = set(allowed.split())
    return layers


def place(path):
    """What an include calls the file: "model/value.h" in src/model, "probes/words.h" in probes."""
    return path.parts[1:] if path.parts[0] == "src" else path.parts


def rule_layering(tree):
    layers = read_layers(tree)
    for path in tree.c_files("src", "probes"):
        folder = place(path)[0]
        if len(place(path)) != 2 or folder not in layers:
            yield path, 1, "is in no folder that tests/lint/layers.txt names"
            continue
        for number, line in tree.lines(path):
            included = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not included or included[1] == "config.h":
                continue
            other = included[1].split("/")[0]
            if "/" not in included[1]:
                yield path, number, f'write "folder/{included[1]}", so that the line names its layer'
            elif other != folder and other not in layers[folder]:
                yield path, number, f"{folder} may not include {other} (tests/lint/layers.txt)"


def functions(tree, paths):
    """(path, name, first line, last line) of every function, as universal-ctags sees them."""
    if not paths:
        return
    ctags = shutil.which("ctags-universal") or shutil.which("ctags")
    if not ctags:
        raise CannotCheck("universal-ctags is not installed")
    run = subprocess.run(
        [ctags, "-f", "-", "--fields=+ne", "--c-kinds=f", "--language-force=C", "-L", "-"],
        input="".join(f"{p}\n" for p in paths), cwd=tree.root, capture_output=True, text=True,
        check=False)
    if run.returncode:
        raise CannotCheck(f"{ctags}: {run.stderr.strip()}")
    for tag in run.stdout.splitlines():
        found = re.search(r"^(\S+)\t(\S+)\t.*\tline:(\d+)\b.*\tend:(\d+)", tag)
        if found:
            yield pathlib.Path(found[2]), found[1], int(found[3]), int(found[4])


def rule_size(tree):
    paths = tree.c_files("src", "tests", "probes")
    for path, name, first, last in functions(tree, paths):
        if last - first + 1 > FUNCTION_MOST:
            yield path, first, f"{name}() has {last - first + 1} lines; {FUNCTION_MOST} at most"
    for path in paths:
        count = tree.text(path).count("\n")
        most = MAIN_MOST if path.name == "main.c" else FILE_MOST
        if count > most:
            yield path, 1, f"has {count} lines; {most} at most"


def rule_home(tree):
    for path in tree.c_files("src", "probes"):
        for number, line in tree.lines(path):
            included = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            for pattern, homes in HOMES if included else ():
                if pattern.fullmatch(included[1]) and place(path)[0] not in homes:
                    allowed = ", ".join(sorted(homes))
                    yield path, number, f"<{included[1]}> belongs to {allowed}"


def rule_banned(tree):
    for path in tree.c_files("src", "tests", "probes"):
        for number, line in tree.code(path):
            for found in BANNED.finditer(line):
                yield path, number, f"{found[1]}() is not used here"


def rule_struct(tree):
    for path in tree.c_files("src", "probes"):
        for number, line in tree.code(path):
            if re.search(r"\btypedef\s+(struct|union)\b", line):
                yield path, number, "a struct is called struct; no typedef"


def rule_opening(tree):
    for path in tree.c_files("src", "probes"):
        name = "/".join(place(path))
        if not tree.text(path).startswith(f"/* {name} - "):
            yield path, 1, f"opens with '/* {name} - ' and why the file exists"


def rule_guard(tree):
    for path in tree.c_files("src", "probes"):
        if path.suffix == ".h":
            guard = re.sub(r"[^A-Z0-9]", "_", "/".join(place(path)).upper())
            if f"#ifndef {guard}\n#define {guard}\n" not in tree.text(path):
                yield path, 1, f"has no include guard {guard}"


def rule_blanks(tree):
    tabbed = {".c", ".h", ".mk", ".am", ".ac", ".m4"}
    spaced = {".yaml", ".yml", ".json", ".py"}
    for path in tree.sources():
        text = tree.text(path)
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "has no newline at its end"
        if text.endswith("\n\n"):
            yield path, text.count("\n"), "ends in an empty line"
        for number, line in tree.lines(path):
            if line != line.rstrip():
                yield path, number, "blanks at the end of the line"
            if path.suffix in tabbed and re.match(r" {8}", line):
                yield path, number, "is indented with blanks; tabs here"
            if path.suffix in spaced and "\t" in line:
                yield path, number, "has a tab; blanks here"
            if path.suffix in (".c", ".h") and len(line.expandtabs(8)) > COLUMNS:
                yield path, number, f"is {len(line.expandtabs(8))} columns wide; {COLUMNS} at most"


def rule_promise(tree):
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    for path in tree.sources():
        for number, line in tree.lines(path):
            if words.search(line):
                yield path, number, "a promise belongs in an issue, not in the code"


def rule_shell(tree):
    scripts = [p for p in tree.sources()
               if re.match(r"#!.*\b(bash|sh)\n|# shellcheck shell=", tree.text(p))]
    if not scripts:
        return
    if not shutil.which("shellcheck"):
        raise CannotCheck("shellcheck is not installed")
    run = subprocess.run(["shellcheck", "-f", "gcc", "-x", "-P", "SCRIPTDIR", *map(str, scripts)],
                         cwd=tree.root, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise CannotCheck(f"shellcheck: {run.stderr.strip()}")
    for line in run.stdout.splitlines():
        path, number, _, text = line.split(":", 3)
        yield pathlib.Path(path), int(number), text.strip()


def rule_python(tree):
    for path in tree.sources():
        if path.suffix == ".py":
            try:
                compile(tree.text(path), str(path), "exec")
            except SyntaxError as error:
                yield path, error.lineno or 1, f"{error.msg}"


def rule_format(tree):
    paths = tree.c_files("src", "tests", "probes")
    if not paths:
        return
    if not shutil.which("clang-format"):
        raise CannotCheck("clang-format is not installed")
    run = subprocess.run(["clang-format", "--dry-run", *map(str, paths)], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    for found in re.finditer(r"^(.+?):(\d+):\d+: warning: ", run.stderr, re.M):
        yield pathlib.Path(found[1]), int(found[2]), "`make format` would change this"


RULES = {
    "layering": rule_layering,
    "size": rule_size,
    "home": rule_home,
    "banned": rule_banned,
    "struct": rule_struct,
    "opening": rule_opening,
    "guard": rule_guard,
    "blanks": rule_blanks,
    "promise": rule_promise,
    "shell": rule_shell,
    "python": rule_python,
}


def aims(tree):
    """What is allowed but larger than it should be, for a reader who wants to tidy."""
    paths = tree.c_files("src", "probes")
    for path, name, first, last in functions(tree, paths):
        if last - first + 1 > FUNCTION_AIM:
            yield f"{path}:{first}: {name}() has {last - first + 1} lines; aim at {FUNCTION_AIM}"
    for path in paths:
        count, aim = tree.text(path).count("\n"), HEADER_AIM if path.suffix == ".h" else FILE_AIM
        if count > aim:
            yield f"{path}: {count} lines; aim at {aim}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).parents[2], metavar="DIR",
                        help="the tree to look at (default: the one this script is in)")
    parser.add_argument("--check-format", action="store_true",
                        help="also complain of what clang-format would change")
    parser.add_argument("--aims", action="store_true",
                        help="list what is within the limits but larger than it should be")
    options = parser.parse_args()
    rules = dict(RULES, format=rule_format) if options.check_format else RULES
    try:
        tree = Tree(options.root)
        if options.aims:
            print("\n".join(aims(tree)))
            return 0
        complaints = [Complaint(path, number, name, text)
                      for name, rule in rules.items() for path, number, text in rule(tree)]
    except (CannotCheck, OSError) as error:
        print(f"lint: cannot check: {error}", file=sys.stderr)
        return 2
    for c in sorted(complaints):
        print(f"{c.file}:{c.line}: {c.rule}: {c.text}")
    print(f"lint: {len(rules)} rules, {len(tree.paths)} files, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
