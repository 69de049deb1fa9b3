#!/usr/bin/env python3
"""Checks that documentation and comments name only what is there.

    docs.py ROOT

Prints each violation as FILE:LINE: what is wrong, and exits 1 when there is one.

  links      a relative link in a Markdown file leads to a file or folder
  paths      a path that Markdown or a comment names exists; it may be written from the root, from a folder
             above the file or from a folder below the root, without its suffix, and with placeholders:
             *, …, {h,cc} or a word in capitals; a bare pool.cc in a C++ comment is anywhere in the tree
  tests      a test that docs/promises.md names (Suite.Test, or Suite.* for all of a suite) is in tests/
  decisions  each one is in the index; no number is taken twice, and none left out from GAPLESS_FROM on
"""

import os
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`([A-Z]\w+)\.(\w+|\*)`")
TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)|^RC_GTEST_(?:FIXTURE_)?PROP\(\s*(\w+),\s*(\w+)", re.MULTILINE)

# What of a file speaks to people.
SLASHES = r"//.*$"
HASH = r"(?:^|\s)#.*$"
PROSE = {suffix: re.compile(pattern, re.MULTILINE) for suffix, pattern in {
    ".md": r"^.*$",
    ".h": SLASHES, ".cc": SLASHES, ".proto": SLASHES,
    ".sql": r"--.*$",
    ".sh": HASH, ".cmake": HASH, ".txt": HASH, "": HASH,
    ".py": HASH + r'|^[ \t]*"""[\s\S]*?"""',
}.items()}
# Not a link, nor a part of a URL, of an absolute path or of what a variable or <placeholder> begins.
PATH = re.compile(r"(?<!\]\()(?<![\w./:*…<>@$}-])[\w.{},*…-]+(?:/[\w.{},*…-]+)+")
FILE = re.compile(r"(?<![\w./*…<$-])[a-z]\w*\.(?:h|cc)\b")
SUFFIX = re.compile(r"\.(h|cc|md|sh|sql|py|proto|cmake|toml|txt|yml|conf|in|json)$")
PLACEHOLDER = re.compile(r"\b(?!README|CONTRIBUTING|CHANGELOG|LICENSE)[A-Z][A-Z_]+\b|…|\*+|\{[^}]*\}")

DECISION = re.compile(r"(\d{4})-.*\.md")
# Records before this one were numbered by topic.
GAPLESS_FROM = 42


def ours(root):
    """All files but those that the build and the tools keep in hidden folders."""
    files = []
    for folder, folders, names in os.walk(root):
        # What a running stack keeps there comes and goes.
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [pathlib.Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(files)


def markdown(root):
    return [path for path in ours(root) if path.suffix == ".md"]


def tests_of(root):
    """{suite: {test}}"""
    suites = {}
    for path in root.glob("tests/**/*.cc"):
        for match in TEST.finditer(path.read_text()):
            suite, test = [group for group in match.groups() if group]
            suites.setdefault(suite, set()).add(test)
    return suites


def broken_links(root):
    for path in markdown(root):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in LINK.findall(line):
                if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                    yield f"{path.relative_to(root)}:{number}: no such file: {target}"


def named_in(text, prose, pattern):
    """(line, name) of all that matches in what speaks to people."""
    for passage in prose.finditer(text):
        for match in pattern.finditer(passage.group()):
            yield text.count("\n", 0, passage.start() + match.start()) + 1, match.group().rstrip(".,-")


def looks_like_ours(name, tops):
    """It begins in one of `tops`, or ends as our files do."""
    if name.startswith(".") or PLACEHOLDER.match(name):
        return False
    return name.split("/")[0] in tops or SUFFIX.search(name)


def exists(root, path, name):
    above = [folder for folder in path.parents if folder.is_relative_to(root)]
    pattern = PLACEHOLDER.sub("*", name)
    return (any((folder / name).exists() for folder in above) or
            any(next(folder.glob(each), None) for folder in above for each in (pattern, name + ".*")) or
            any(root.glob("*/" + pattern)))


def broken_paths(root):
    tops = {path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")}
    files = ours(root)
    file_names = {path.name for path in files}
    for path in files:
        if path.suffix not in PROSE:
            continue
        text, prose = path.read_text(), PROSE[path.suffix]
        for number, name in named_in(text, prose, PATH):
            if looks_like_ours(name, tops) and not exists(root, path, name):
                yield f"{path.relative_to(root)}:{number}: no such path: {name}"
        if path.suffix in (".h", ".cc"):
            for number, name in named_in(text, prose, FILE):
                if name not in file_names:
                    yield f"{path.relative_to(root)}:{number}: no such file: {name}"


def missing_tests(root):
    suites = tests_of(root)
    path = root / "docs/promises.md"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for suite, test in NAMED.findall(line):
            if suite not in suites or (test != "*" and test not in suites[suite]):
                yield f"{path.relative_to(root)}:{number}: no such test: {suite}.{test}"


def misfiled_decisions(root):
    index = root / "docs/decisions/README.md"
    linked = set(LINK.findall(index.read_text()))
    taken = {}
    for path in sorted(index.parent.glob("[0-9]*.md")):
        where = f"{path.relative_to(root)}:1:"
        match = DECISION.fullmatch(path.name)
        if not match:
            yield f"{where} a decision's name is NNNN-what-it-says.md"
            continue
        number = int(match.group(1))
        if path.name not in linked:
            yield f"{where} not in the index docs/decisions/README.md"
        if number in taken:
            yield f"{where} number {number:04} is taken by {taken[number]}"
        elif number > GAPLESS_FROM and number - 1 not in taken:
            yield f"{where} number {number - 1:04} is left out; the next free number is the highest plus one"
        taken[number] = path.name


def main():
    root = pathlib.Path(sys.argv[1])
    violations = [*broken_links(root), *broken_paths(root), *missing_tests(root), *misfiled_decisions(root)]
    print("\n".join(violations) or "documentation and comments name only what is there")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
