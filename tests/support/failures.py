#!/usr/bin/env python3
"""Passes ctest's output on line by line; in front of its summary, repeats what each failed test said.

A thousand tests' output scrolls away, and some tests are a whole program with many cases.
"""

import re
import sys

MOST_LINES = 15
LONGEST_LINE = 400
RESULT = re.compile(r"^ *\d+/\d+ Test +#\d+: (\S+) .*?(\*\*\*\S+|Passed)")
NEXT = re.compile(r"^ *Start +\d+: ")
SUMMARY = re.compile(r"^\d+% tests passed")
SAID = re.compile(r": Failure$|^\[  FAILED  \]|^FAIL: |Error\b|terminate called|Assertion|SUMMARY: \w+Sanitizer")


def excerpt(lines):
    """Returns the lines that say what went wrong, with those right after a failed check; the last lines if none does."""
    kept = []
    after = 0
    for line in lines:
        if SAID.search(line):
            after = 6 if line.endswith(": Failure") else 1
        if after > 0 and line.strip():
            kept.append(line[:LONGEST_LINE])
            after -= 1
    return (kept or [line[:LONGEST_LINE] for line in lines if line.strip()][-MOST_LINES:])[:MOST_LINES]


def follow(lines):
    """Yields the lines, and the excerpts of all failed tests before the summary."""
    failed = {}
    output = None
    for line in lines:
        text = line.rstrip("\n")
        result = RESULT.match(text)
        if result:
            output = None
            if result[2] not in ("Passed", "***Skipped"):
                output = failed.setdefault(f"{result[1]} {result[2].lstrip('*')}", [])
        elif NEXT.match(text):
            output = None
        elif SUMMARY.match(text):
            output = None
            for name, said in failed.items():
                yield f"\n{name}\n"
                yield from (f"    {one}\n" for one in excerpt(said))
            yield "\n" if failed else ""
        elif output is not None:
            output.append(text)
        yield line


if __name__ == "__main__":
    for one in follow(sys.stdin):
        sys.stdout.write(one)
        sys.stdout.flush()
