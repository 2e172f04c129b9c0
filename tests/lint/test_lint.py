#!/usr/bin/env python3
"""tests/lint/test_lint.py - every rule of lint.py must be able to fail.

Each case is one small file put into a tree that is otherwise clean; lint must name that file, that
line and that rule, and nothing else.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

LINT = pathlib.Path(__file__).with_name("lint.py")

HEADER = "/* {0} - for the test. */\n#ifndef {1}\n#define {1}\n\n{2}\n#endif\n"

CLEAN = {
    "tests/lint/layers.txt": "# a comment\nbase:\nmodel: base\nprofile: base model\ncli: base model\n",
    "src/base/a.h": HEADER.format("base/a.h", "BASE_A_H", "int base_a(void);\n"),
    "src/model/m.c": '/* model/m.c - see m.h. */\n#include "config.h"\n#include "base/a.h"\n',
    "run": '#!/bin/sh\necho "$1"\n',
}

SOURCE = "/* model/x.c - for the test. */\n"
WORDS = ("TO" "DO", "FIX" "ME", "X" "XX")

# rule, file, its text, the line complained of
CASES = [
    ("layering", "src/base/x.c", '/* base/x.c - x. */\n#include "model/m.h"\n', 2),
    ("layering", "src/model/x.c", SOURCE + '#include "x.h"\n', 2),
    ("layering", "src/model/x.c", SOURCE + '#  include  "render/x.h"\n', 2),
    ("layering", "src/other/x.c", "/* other/x.c - x. */\n", 1),
    ("layering", "src/x.c", "/* x.c - x. */\n", 1),
    ("size", "src/model/x.c", SOURCE + "int x(void);\nint x(void)\n{\n" + "\n" * 78 + "}\n", 3),
    ("size", "src/model/x.c", SOURCE + "int x;\n" * 600, 1),
    ("size", "src/cli/main.c", "/* cli/main.c - main. */\n" + "int x;\n" * 60, 1),
    ("size", "tests/unit/x.c", "int x;\n" * 601, 1),
    ("home", "src/model/x.c", SOURCE + "#include <yaml.h>\n", 2),
    ("home", "src/base/x.c", "/* base/x.c - x. */\n#include <jansson.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <libsmartcols/libsmartcols.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <event2/event.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <cap-ng.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <seccomp.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <sha2.h>\n", 2),
    ("home", "src/cli/x.c", "/* cli/x.c - x. */\n#include <netlink/netlink.h>\n", 2),
    ("home", "src/base/x.c", "/* base/x.c - x. */\n#include <bpf/libbpf.h>\n", 2),
    ("banned", "src/model/x.c", SOURCE + "int x = sprintf(a, b);\n", 2),
    ("banned", "src/model/x.c", SOURCE + "/* a\n * b */ int x = system (a);\n", 3),
    ("banned", "tests/unit/x.c", "char *x = strcpy(a, b);\n", 1),
    ("banned", "tests/unit/x.c", "char *x = strcat(a, b);\n", 1),
    ("banned", "tests/unit/x.c", "char *x = gets(a);\n", 1),
    ("banned", "tests/unit/x.c", "FILE *x = popen(a, b);\n", 1),
    ("struct", "src/model/x.c", SOURCE + "typedef struct x { int y; } x;\n", 2),
    ("opening", "src/model/x.c", "int x;\n", 1),
    ("opening", "src/model/x.c", "/* base/x.c - another file's name */\n", 1),
    ("guard", "src/base/x.h", "/* base/x.h - x. */\n#pragma once\n", 1),
    ("guard", "src/base/x.h", HEADER.format("base/x.h", "BASE_Y_H", ""), 1),
    ("blanks", "src/model/x.c", SOURCE + "int x; \n", 2),
    ("blanks", "src/model/x.c", SOURCE + "        int x;\n", 2),
    ("blanks", "src/model/x.c", SOURCE + "int x;", 2),
    ("blanks", "src/model/x.c", SOURCE + "int x;\n\n", 3),
    ("blanks", "src/model/x.c", SOURCE + "int " + "x" * 96 + ";\n", 2),
    ("blanks", "profiles/x.yaml", "a:\n\tb: 1\n", 2),
    ("blanks", "README.md", "# x\r\n", 1),
    *(("promise", "src/model/x.c", SOURCE + f"/* {word}: later */\n", 2) for word in WORDS),
    ("shell", "tests/x", "#!/bin/bash\necho $1\n", 2),
    ("shell", "tests/x.sh", "# shellcheck shell=bash\necho $1\n", 2),
    ("python", "tests/x.py", "def x(:\n", 1),
]

# Looks like a breach and is none.
ALLOWED = {
    "src/model/x.c": SOURCE + '/* strcpy(a, b) */ const char *x = "system(1) \\" gets(";\n'
                              "int y = snprintf(a, 1, b) + my_system(a) + a->system(b);\n",
    "src/profile/y.c": "/* profile/y.c - y. */\n#include <yaml.h>\n#include <jansson.h>\n",
    "tests/unit/profile/bad/tabs.yaml": "a:\n\tb: 1  \n\n\n",
    "tests/fuzz/corpus/value/one": "1 ",
    "src/cli/main.c": "/* cli/main.c - main. */\n" + "int x;\n" * 59,
    "src/model/f.c": "/* model/f.c - f. */\nint f(void)\n{\n" + "\n" * 77 + "}\n",
    "build-x/src/base/x.c": "typedef struct x x; \n",
    "x~": "old \n",
}


def run_lint(files, *options):
    """Exit code and output lines of lint on a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")
        run = subprocess.run([sys.executable, LINT, "--root", root, *options], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return run.returncode, run.stdout.splitlines()


class Lint(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        code, lines = run_lint(CLEAN)
        self.assertEqual((code, lines[:-1]), (0, []))

    def test_what_is_allowed_passes(self):
        code, lines = run_lint({**CLEAN, **ALLOWED})
        self.assertEqual((code, lines[:-1]), (0, []))

    def test_each_rule_can_fail(self):
        for rule, name, text, line in CASES:
            with self.subTest(rule=rule, file=name, text=text[:60]):
                code, lines = run_lint({**CLEAN, name: text})
                found = [complaint.split(": ")[:2] for complaint in lines[:-1]]
                self.assertEqual((code, found), (1, [[f"{name}:{line}", rule]]))

    def test_format_is_checked_when_asked(self):
        bad = {**CLEAN, ".clang-format": "SortIncludes: false\n", "src/model/x.c": SOURCE + "int  x;\n"}
        self.assertEqual(run_lint(bad)[0], 0)
        code, lines = run_lint(bad, "--check-format")
        self.assertEqual((code, lines[0].split(": ")[:2]), (1, ["src/model/x.c:2", "format"]))

    def test_every_rule_has_a_case(self):
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(LINT.parent))
        import lint
        self.assertEqual(set(lint.RULES), {case[0] for case in CASES})

    def test_layers_that_cannot_be_read(self):
        for text in ("base: model\nmodel:\n", "base\n"):
            code, lines = run_lint({**CLEAN, "tests/lint/layers.txt": text})
            self.assertEqual((code, len(lines)), (2, 1))
            self.assertIn("tests/lint/layers.txt:1: ", lines[0])
        self.assertEqual(run_lint({"run": CLEAN["run"]})[0], 2)


if __name__ == "__main__":
    unittest.main()
