#!/usr/bin/env python3
"""Checks that the code keeps to its layers (docs/architecture.md).

    layers.py ROOT

Prints each violation as FILE:LINE: what is wrong, and exits 1 when there is one.

  domain/       includes the standard library, abseil, its own domain/ and platform/types
  application/  never reaches libpqxx, librdkafka, gRPC or a generated protobuf header, by any way,
                and never includes transport/ or gateway/
  storage/      never includes application/, transport/ or gateway/
  transport/    never includes storage/ or gateway/
  the services  have the same files: those of SHAPE, and no folder or name beside it
  two files     of one folder never have names that differ by one letter
  a service     never includes another service's folder, a tool or a test; platform/ none of them
  the relay     has an order of its own: each folder includes itself and those before it
  libpqxx       is reached, by any way, from platform/postgres and tests/ only
  every header  begins with a comment that says what it is for
  every file    has fewer than 400 lines, but those in long_files.txt, each with its reason
  tests         sleep in tests/support/wait.cc only
"""

import os
import re
import sys

SHAPED = ("order_svc", "payment_svc", "inventory_svc", "notification_svc")
SERVICES = SHAPED + ("outbox_relay",)
# The relay's folders, and the files beside them, from the bottom up; those of one line don't include each other.
RELAY_ORDER = (
    ("base", "config"),
    ("checkpoint", "parking", "retention", "watch"),
    ("sink",),
    ("source",),
    ("republish",),
    ("app", "check"),
    ("commands",),
    ("main",),
)
TOPS = SERVICES + ("platform", "tools", "tests", "bench")
MAX_LINES = 400
LONG_FILES = "tests/contract/long_files.txt"
SLEEPER = "tests/support/wait.cc"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SLEEP = re.compile(r"\b(SleepFor|sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
FOREIGN = re.compile(r"^(pqxx/|librdkafka/|rdkafka\.h|grpc/|grpcpp/|grpc\+\+/|google/protobuf/)|\.pb\.h$")
# A C++ standard header has neither a folder nor a suffix.
STANDARD = re.compile(r"^[a-z_]+$")


class Source:
    """One .h or .cc file: its path from the root, lines and includes as (line number, path, quoted)."""

    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        self.includes = []
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                self.includes.append((number, match.group(2), match.group(1) == '"'))

    def folder(self, index):
        """The index-th folder of the path, "" when it has none."""
        parts = self.path.split("/")[:-1]
        return parts[index] if index < len(parts) else ""


class Tree:
    def __init__(self, root):
        self.root = root
        self.sources = {}
        for top in TOPS:
            for folder, _, names in os.walk(os.path.join(root, top)):
                for name in names:
                    if name.endswith((".h", ".cc")):
                        path = os.path.relpath(os.path.join(folder, name), root)
                        self.sources[path] = Source(root, path)

    def in_layer(self, layer):
        """The sources of all services' folder of that name."""
        return [s for s in self.sources.values() if s.folder(0) in SERVICES and s.folder(1) == layer]

    def reach(self, source):
        """All that a source includes, directly or through headers of ours: path -> (line number of the
        include it begins with, the way from there)."""
        found = {}
        waiting = [(path, number, (path,)) for number, path, _ in source.includes]
        while waiting:
            path, number, way = waiting.pop(0)
            if path in found:
                continue
            found[path] = (number, way)
            header = self.sources.get(path)
            if header:
                waiting += [(p, number, way + (p,)) for _, p, _ in header.includes]
        return found


def never_reaches(tree, sources, is_forbidden, rule):
    for source in sources:
        for path, (number, way) in tree.reach(source).items():
            if is_forbidden(source, path):
                through = " through " + ", ".join(way[:-1]) if len(way) > 1 else ""
                yield source.path, number, f"{rule}: {path}{through}"


def check_domain(tree):
    for source in tree.in_layer("domain"):
        allowed = ("absl/", "platform/types/", source.folder(0) + "/domain/")
        for number, path, _ in source.includes:
            if not path.startswith(allowed) and not STANDARD.match(path):
                yield source.path, number, f"domain/ includes only std, absl, platform/types and itself: {path}"


def check_application(tree):
    def is_forbidden(_, path):
        return FOREIGN.search(path)

    yield from never_reaches(tree, tree.in_layer("application"), is_forbidden,
                             "application/ must not include libpqxx, librdkafka, gRPC or protobuf")


# Which layers of its own service a layer never includes, beside what check_domain says.
NEVER_INCLUDES = {
    "application": ("transport", "gateway"),
    "storage": ("application", "transport", "gateway"),
    "transport": ("storage", "gateway"),
    "gateway": ("transport", "storage"),
}


def check_directions(tree):
    for layer, others in NEVER_INCLUDES.items():
        for source in tree.in_layer(layer):
            if source.folder(0) not in SHAPED:
                continue
            for number, path, _ in source.includes:
                for other in others:
                    if path.startswith(f"{source.folder(0)}/{other}/"):
                        yield source.path, number, f"{layer}/ must not include {other}/: {path}"


# The files of a service. docs/architecture.md, "The shape of a service", says what each is for.
EVERY_SERVICE_HAS = ("app.cc", "app.h", "config.cc", "config.h", "main.cc", "storage/stores.h",
                     "transport/events.cc", "transport/events.h")
SHAPE = (
    re.compile(r"^(app|config)\.(h|cc)$|^main\.cc$"),
    re.compile(r"^(domain|application|gateway)/[a-z_]+\.(h|cc)$"),
    re.compile(r"^storage/(stores\.h|[a-z]+_(store|polls|retirement)\.(h|cc))$"),
    re.compile(r"^transport/(events|messages|[a-z]+_(handlers|stream))\.(h|cc)$"),
)


def check_shape(tree):
    for service in SHAPED:
        files = [path[len(service) + 1:] for path in tree.sources if path.startswith(service + "/")]
        if not files:
            continue
        for name in EVERY_SERVICE_HAS:
            if name not in files:
                yield f"{service}/{name}", 1, "every service has this file"
        for name in files:
            if not any(form.match(name) for form in SHAPE):
                yield f"{service}/{name}", 1, "no service has a file of this kind (the shape of a service)"


def differ_by_one_letter(a, b):
    # Short names differ by little: app, api. Nobody mistakes get_x for set_x.
    if abs(len(a) - len(b)) > 1 or a == b or min(len(a), len(b)) < 5 or {a[:4], b[:4]} == {"get_", "set_"}:
        return False
    short, long = sorted((a, b), key=len)
    at = next((i for i, (x, y) in enumerate(zip(short, long)) if x != y), len(short))
    return short[at:] == long[at + 1:] or short[at + 1:] == long[at + 1:]


def check_names(tree):
    folders = {}
    for path in sorted(tree.sources):
        folder, name = os.path.split(path)
        folders.setdefault(folder, {}).setdefault(os.path.splitext(name)[0], path)
    for stems in folders.values():
        for a in stems:
            for b in stems:
                if a < b and differ_by_one_letter(a, b):
                    yield stems[b], 1, f"its name differs by one letter from that of {stems[a]}"


def check_services(tree):
    for source in tree.sources.values():
        top = source.folder(0)
        if top not in SERVICES + ("platform",):
            continue
        others = tuple(f"{other}/" for other in SERVICES + ("tools", "tests", "bench") if other != top)
        for number, path, quoted in source.includes:
            if quoted and path.startswith(others):
                yield source.path, number, f"{top}/ must not include {path}"


def relay_rank(path):
    """The place of one of the relay's files in its order: (rank, folder or file); rank -1 when it has none."""
    name = path.split("/")[1].split(".")[0]
    return next((rank for rank, names in enumerate(RELAY_ORDER) if name in names), -1), name


def check_relay(tree):
    for source in tree.sources.values():
        if source.folder(0) != "outbox_relay":
            continue
        rank, name = relay_rank(source.path)
        if rank < 0:
            yield source.path, 1, f"{name} has no place in the relay's order"
            continue
        for number, path, quoted in source.includes:
            if not quoted or not path.startswith("outbox_relay/"):
                continue
            other_rank, other = relay_rank(path)
            if other != name and other_rank >= rank:
                yield source.path, number, f"{name} must not include {other}, which doesn't stand before it: {path}"


def check_pqxx(tree):
    def is_forbidden(_, path):
        return path.startswith("pqxx/")

    others = [s for s in tree.sources.values() if not s.path.startswith(("platform/postgres/", "tests/"))]
    yield from never_reaches(tree, others, is_forbidden, "libpqxx belongs into platform/postgres alone")


def check_headers(tree):
    for source in tree.sources.values():
        if source.path.endswith(".h") and not (source.lines and re.match(r"//\s*\S", source.lines[0])):
            yield source.path, 1, "a header begins with a comment that says what it is for"


def read_long_files(root):
    """The files that may be long: path -> reason."""
    try:
        with open(os.path.join(root, LONG_FILES), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        return {}
    return dict((line.split(None, 1) + [""])[:2] for line in lines if line and not line.startswith("#"))


def check_sizes(tree):
    excused = read_long_files(tree.root)
    for source in tree.sources.values():
        size = len(source.lines)
        if size >= MAX_LINES and not excused.get(source.path):
            yield source.path, size, f"{size} lines; {MAX_LINES} or more need a reason in {LONG_FILES}"
    for path in excused:
        if path not in tree.sources or len(tree.sources[path].lines) < MAX_LINES:
            yield LONG_FILES, 1, f"{path} is not long (any more)"


def check_sleeps(tree):
    for source in tree.sources.values():
        if source.folder(0) != "tests" or source.path == SLEEPER:
            continue
        for number, line in enumerate(source.lines, 1):
            if SLEEP.search(line.split("//")[0]):
                yield source.path, number, f"tests wait with {SLEEPER}'s Eventually, they don't sleep"


CHECKS = (check_domain, check_application, check_directions, check_shape, check_names, check_services, check_relay,
          check_pqxx, check_headers, check_sizes, check_sleeps)


def violations(root):
    tree = Tree(root)
    return sorted(violation for check in CHECKS for violation in check(tree))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = sys.argv[1]
    if not os.path.isdir(os.path.join(root, "platform")):
        sys.exit(f"{root} is not the repository's root")
    found = violations(root)
    for path, number, text in found:
        print(f"{path}:{number}: {text}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
