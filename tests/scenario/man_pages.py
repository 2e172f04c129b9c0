#!/usr/bin/env python3
"""The manual pages as `make install` installs them: they render without a warning, they say what the
programs say, and what they refer to is there."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from common import BUILDDIR, SRCDIR, expect, expect_in, expect_true, run, skip

ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MAN_KEEP_FORMATTING": "",
               "MANROFFSEQ": "", "MANPAGER": "cat", "COLUMNS": "1000"}
REFERENCE = re.compile(r"\b((?:fettled?|org\.fettle)[a-z.-]*)\((\d)\)")


def said(*command, **options):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                         env=ENVIRONMENT, **options)
    return ran.returncode, ran.stdout, ran.stderr


def program(name, *arguments):
    code, out, err = said(BUILDDIR / name, *arguments)
    expect((code, err), (0, ""), f"{name} {' '.join(arguments)}")
    return out


def words(text):
    """Without what only the layout decides: blanks, line ends, marks of code, typographic quotes."""
    return " ".join(re.sub("[\u2018\u2019]", "'", text.replace("`", "")).split())


class Pages:
    def __init__(self, root):
        code, _, err = said("make", "-s", "-C", BUILDDIR, "install-man", f"DESTDIR={root}")
        expect((code, err), (0, ""), "make install-man")
        self.folder = next(pathlib.Path(root).rglob("man1")).parent
        self.files = sorted(self.folder.glob("man*/*"))
        self.texts = {}

    def text(self, name):
        """As man(1) shows it; name is "fettle(1)"."""
        if name not in self.texts:
            page, section = name[:-1].split("(")
            code, out, err = said("man", "--warnings", "-E", "UTF-8", "-M", self.folder, section, page)
            expect((code, err), (0, ""), f"man {section} {page}")
            self.texts[name] = re.sub(".\b", "", out)
        return self.texts[name]

    def names(self):
        return [f"{file.stem}({file.suffix[1:]})" for file in self.files]


def help_rows(text, heading):
    """[(what is left, what is right)] of a table of --help. A line that goes on begins further in."""
    table = text.partition(heading + ":\n")[2].partition("\n\n")[0]
    rows = re.sub(r"\n {3,}", " ", table).splitlines()
    return [tuple(re.split(r"\s{2,}", row.strip(), maxsplit=1)) for row in rows]


def commands():
    """[(name, with its arguments, summary)]"""
    return [(re.match(r"[a-z]+(?: [a-z]+)?(?= |$)", left)[0], left, right)
            for left, right in help_rows(program("fettle", "--help"), "Commands")]


def pages_render_without_a_warning(pages):
    expect_true(len(pages.files) >= 20, f"only {len(pages.files)} pages")
    for name in pages.names():
        expect_true(len(pages.text(name)) > 500, f"{name} is all but empty")
        expect_true("\u2010\n" not in pages.text(name), f"{name} divides words")
    for file in pages.files:
        expect(said("groff", "-ww", "-man", "-Tutf8", "-z", file, cwd=pages.folder), (0, "", ""),
               f"groff {file.name}")
        if file.read_text().startswith(".so "):
            continue  # another name of a page
        code, out, err = said("mandoc", "-T", "lint", "-W", "warning", file, cwd=pages.folder)
        expect((code, out + err), (0, ""), f"mandoc {file.name}")


def a_warning_would_be_seen(pages):
    broken = pages.folder / "broken.1"
    broken.write_text(".TH broken 1 2026-01-01\n.SH NAME\nbroken \\- page\n.SH X\n.PP\n.nonesuch\n")
    expect_true("nonesuch" in said("groff", "-ww", "-man", "-Tutf8", "-z", broken)[2], "groff is silent")
    expect_true(said("mandoc", "-T", "lint", "-W", "warning", broken)[0] != 0, "mandoc is silent")
    broken.unlink()


def names_are_found_by_apropos(pages):
    for file in pages.files:
        code, out, _ = said("lexgrog", file, cwd=pages.folder)
        expect(code, 0, f"lexgrog {file.name}")
        expect_in(file.stem + " - ", out)


def commands_are_in_a_page(pages):
    overview = words(pages.text("fettle(1)"))
    found = commands()
    expect_true(len(found) > 20, f"{len(found)} commands only")
    for name, left, summary in found:
        arguments = left[len(name):]
        expect_in(words(f"fettle {name} [OPTION...]{arguments} {summary}"), overview, "fettle(1)")
        after = overview.partition(f"fettle {name} [OPTION...]")[2].partition("[OPTION...]")[0]
        see = re.search(r"See (\S+\(1\))", after)
        page = words(pages.text(see[1])) if see else overview
        text = program("fettle", *name.split(), "--help")
        for option, meaning in help_rows(text, "Options"):
            expect_in(f"{option} {words(meaning)}", page, f"{name}: {see and see[1]}")
        for code, meaning in help_rows(text, "Exit status (`fettle --help` has the others)"):
            expect_in(f"{code} {words(meaning)}", page, f"{name}: {see and see[1]}")


def what_holds_for_all_is_in_the_first_page(pages):
    overview, text = words(pages.text("fettle(1)")), program("fettle", "--help")
    options = help_rows(text, "Options of every command, before or behind it")
    exits = help_rows(text, "Exit status")
    expect_true(len(options) >= 8 and len(exits) == 9, f"{options} {exits}")
    for left, right in options + exits:
        expect_in(f"{left} {words(right)}", overview, "fettle(1)")


def the_daemon_has_its_page(pages):
    page = words(pages.text("fettled(8)"))
    rows = re.findall(r"^  (--\S+(?: \S+)?)\s{2,}(.*(?:\n {3,}.*)*)$",
                      program("src/daemon/fettled", "--help"), re.M)
    expect_true(len(rows) >= 10, str(rows))
    for left, right in rows:
        expect_in(f"{left} {words(right)}", page, "fettled(8)")
    keys = set(re.findall(r'\.key = "(\S+?)"', (SRCDIR / "src/profile/config.c").read_text()))
    described = set(re.findall(r"^       ([a-z-]+)(?:\s|$)",
                               pages.text("fettle.yaml(5)").partition("DESCRIPTION")[2]
                               .partition("EXAMPLES")[0], re.M))
    expect_true(len(keys) > 5 and keys <= described, f"{keys - described} are not in fettle.yaml(5)")


def findings_are_in_their_page(pages):
    page = words(pages.text("fettle-findings(7)"))
    known = json.loads(program("fettle", "explain", "--format", "json"))["findings"]
    expect_true(len(known) > 50, f"{len(known)} findings only")
    for finding in known:
        expect_in(words(f"{finding['id']} {finding['title']} ({finding['severity']}) "
                        f"Why: {finding['why']} Fails when: {finding['when']}"), page)


def the_interface_is_in_its_page(pages):
    page = words(pages.text("org.fettle.varlink(7)"))
    text = (SRCDIR / "src/rpc/org.fettle.varlink").read_text()
    expect_true(text.count("\nmethod ") > 10, "no methods")
    for block in text.split("\n\n"):
        comment, rest = re.match(r"((?:#.*\n)*)([^#]*)", block.rstrip() + "\n").groups()
        expect_in(words(re.sub("^# ?", "", comment, flags=re.M)), page)
        expect_in(words(rest), page)


def documents_are_in_their_pages(pages):
    """All the words of doc/*.md, in their order, but for the titles of tables."""
    for document, name in (("boot", "fettle-boot(1)"), ("paths", "fettle-probe(1)"),
                           ("profile-format", "fettle-profile(5)"), ("sockets", "fettle-sockets(1)")):
        text = (SRCDIR / f"doc/{document}.md").read_text()
        text = re.sub(r"^\|.*\n\|---.*\n|^#+ .*\n|^```.*\n|^\|? ?- ", "", text, flags=re.M)
        page = words(pages.text(name))
        for part in re.findall(r"[A-Za-z_][A-Za-z_ ]{12,}", words(text)):
            expect_in(part.strip(), page, name)


def references_lead_somewhere(pages):
    names = set(pages.names())
    for name in sorted(names):
        for page, section in REFERENCE.findall(pages.text(name)):
            expect_true(f"{page}({section})" in names, f"{name} refers to {page}({section})")
    listed = re.findall(r"^644 (\S*/man/\S+)$", (SRCDIR / "tests/lib/installed.txt").read_text(), re.M)
    expect(sorted(pathlib.Path(path).name for path in listed),
           sorted(file.name for file in pages.files), "tests/lib/installed.txt")


def main():
    for tool, package in (("man", "man-db"), ("groff", "groff-base"), ("mandoc", "mandoc")):
        if not shutil.which(tool):
            skip(f"there is no {tool} here: apt-get install {package}")
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)  # man(1) may read pages as somebody else
        pages = Pages(root)
        run([pages_render_without_a_warning, a_warning_would_be_seen, names_are_found_by_apropos,
             commands_are_in_a_page, what_holds_for_all_is_in_the_first_page, the_daemon_has_its_page,
             findings_are_in_their_page, the_interface_is_in_its_page, documents_are_in_their_pages,
             references_lead_somewhere], lambda test: test(pages))


if __name__ == "__main__":
    sys.exit(main())
