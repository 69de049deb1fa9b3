#!/usr/bin/env python3
"""Passes ctest's output on line by line; in front of its summary, repeats what each failed test said.

A thousand tests' output scrolls away, and some tests are a whole program with many cases.
"""

import re
import sys

MOST_LINES = 15
LONGEST_LINE = 400
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# "12/99 Test #3: unit.stock ....***Failed   0.01 sec"; with --repeat, "12/99" is left out between.
RESULT = re.compile(r"^ *(?:\d+/\d+)? +Test +#\d+: (\S+) \.*((?:[A-Z]\w* \w+)?\*\*\*.*?|  +Passed) +[\d.]+ sec")
NEXT = re.compile(r"^ *Start +\d+: ")
SUMMARY = re.compile(r"^\d+% tests passed")
CHECK = re.compile(r": Failure$")
SAID = re.compile(r"^\[  FAILED  \]|^FAIL: |Error\b|terminate called|Assertion|SUMMARY: \w+Sanitizer")


def excerpt(lines):
    """Returns the failed checks with the lines after each; without any, what looks like an error, or the end."""
    checks = []
    after = 0
    for line in lines:
        after = 6 if CHECK.search(line) else after - 1
        if after > 0 or line.startswith("[  FAILED  ]"):
            checks.append(line)
    kept = checks or [line for line in lines if SAID.search(line)] or lines[-MOST_LINES:]
    return [line[:LONGEST_LINE] for line in kept if line.strip()][:MOST_LINES]


def digest(failed, not_run):
    """Yields what is to be repeated."""
    for name, (how, said) in failed.items():
        yield f"\n{name} {how}\n"
        yield from (f"    {one}\n" for one in excerpt(said))
    if not_run:
        yield f"\ndid not run, because what they need failed: {', '.join(not_run[:3])} ({len(not_run)} in all)\n"
    if failed or not_run:
        yield "\n"


def follow(lines):
    """Yields the lines, and the digest before the summary, or at the end if there is no summary."""
    failed = {}
    not_run = []
    output = None
    is_repeated = False
    for line in lines:
        text = COLOUR.sub("", line.rstrip("\n"))
        result = RESULT.match(text)
        if result:
            output = None
            name, how = result[1], result[2].replace("***", " ").strip()
            if how in ("Passed", "Skipped"):
                failed.pop(name, None)
            elif how == "Not Run":
                not_run.append(name)
            elif not how.startswith("Not Run"):
                output = failed.setdefault(name, (how, []))[1]
        elif NEXT.match(text):
            output = None
        elif SUMMARY.match(text):
            is_repeated = True
            yield from digest(failed, not_run)
        elif output is not None:
            output.append(text)
        yield line
    if not is_repeated:
        yield from digest(failed, not_run)


if __name__ == "__main__":
    sys.stdin.reconfigure(errors="surrogateescape")
    sys.stdout.reconfigure(errors="surrogateescape")
    try:
        for one in follow(sys.stdin):
            sys.stdout.write(one)
            sys.stdout.flush()
    except KeyboardInterrupt:
        pass
