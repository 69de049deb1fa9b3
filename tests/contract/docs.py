#!/usr/bin/env python3
"""Checks that the documentation names only what is there.

    docs.py ROOT

Prints each violation as FILE:LINE: what is wrong, and exits 1 when there is one.

  links      a relative link in a Markdown file leads to a file or folder
  tests      a test that docs/promises.md names (Suite.Test, or Suite.* for all of a suite) is in tests/
"""

import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`([A-Z]\w+)\.(\w+|\*)`")
TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)|^RC_GTEST_(?:FIXTURE_)?PROP\(\s*(\w+),\s*(\w+)", re.MULTILINE)


def markdown(root):
    """Ours, without what the build and the tools keep in hidden folders."""
    return [path for path in sorted(root.rglob("*.md"))
            if not any(part.startswith(".") for part in path.relative_to(root).parts)]


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


def missing_tests(root):
    suites = tests_of(root)
    path = root / "docs/promises.md"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for suite, test in NAMED.findall(line):
            if suite not in suites or (test != "*" and test not in suites[suite]):
                yield f"{path.relative_to(root)}:{number}: no such test: {suite}.{test}"


def main():
    root = pathlib.Path(sys.argv[1])
    violations = [*broken_links(root), *missing_tests(root)]
    print("\n".join(violations) or "the documentation names only what is there")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
