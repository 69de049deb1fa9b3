#!/usr/bin/env python3
"""Refuses migrations that may stop the traffic, or that the build before them would not survive.

    migration_locks.py ROOT SQUAWK

SQUAWK is the linter's program (https://squawkhq.com); RULES below are those that it lacks. Prints each
violation as FILE:LINE: RULE: what is wrong, and exits 1 when there is one. Only up parts are checked, and only
those of versions above LAST_UNCHECKED, which are applied everywhere and can't be changed any more.

A comment before a statement, or inside it, exempts the statement from a rule and has to say why:

    -- exempt require-concurrent-index-creation: the table has a row per source, four at most.

A table that is created in the same file needs no exemption.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

LAST_UNCHECKED = "20260101000114"
POSTGRES = "15.0"
# Rules of squawk that are about style, or about what dbmate's transaction makes harmless.
NOT_ASKED = ("prefer-big-int", "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity",
             "prefer-robust-stmts", "prefer-text-field", "prefer-timestamp-tz", "require-enum-value-ordering",
             "require-statement-timeout")

Rule = collections.namedtuple("Rule", "name pattern message")
RULES = [Rule(name, re.compile(pattern, re.I | re.S), message) for name, pattern, message in (
    ("rewrites-table", r"^VACUUM\b.*\bFULL\b|^CLUSTER\b|^ALTER TABLE\b.*\bSET (TABLESPACE|LOGGED|UNLOGGED|ACCESS METHOD)\b"
                       r"|^ALTER TABLE\b.*\bADD\b.*\b(big|small)?serial\b",
     "every row is written again under an ACCESS EXCLUSIVE lock"),
    ("scans-table", r"^ALTER TABLE\b.*\bADD (COLUMN )?(?!CONSTRAINT\b|CHECK\b)[^,]*\bCHECK\b",
     "every row is checked under an ACCESS EXCLUSIVE lock; add the constraint NOT VALID and validate it in another file"),
    ("locks-table", r"^LOCK\b|^TRUNCATE\b|^REFRESH MATERIALIZED VIEW (?!CONCURRENTLY)|^CREATE TABLE\b.*\bPARTITION OF\b"
                    r"|^ALTER TABLE\b.*\bATTACH PARTITION\b",
     "the table is locked for as long as that and the rest of the file take"),
    ("locks-rows", r"^(WITH\b.*)?\b(UPDATE|DELETE|MERGE)\b",
     "the rows stay locked until the file has ended; change them in batches, outside of the migrations"),
    ("hides-statements", r"^(DO|CALL|EXECUTE|SELECT)\b", "nobody sees what it locks"),
    ("ends-transaction", r"^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|ABORT)\b",
     "what precedes it would stay if a later statement failed"),
    ("lock-timeout", r"^(SET|RESET)\b(?!\s+LOCAL lock_timeout = '2s'$).*\block_timeout\b|^ALTER ROLE\b.*\block_timeout\b",
     "it has to be SET LOCAL lock_timeout = '2s'"),
    ("refuses-writes", r"^ALTER TABLE\b.*(\bADD (CONSTRAINT|CHECK|UNIQUE|EXCLUDE|FOREIGN|PRIMARY)\b|\bDROP DEFAULT\b)"
                       r"|^CREATE UNIQUE INDEX\b|^REVOKE\b|^CREATE (CONSTRAINT )?TRIGGER\b",
     "it may refuse what the build before it writes"),
    ("removes-object", r"^DROP (?!INDEX\b|TABLE\b)|^ALTER\b.*\bSET SCHEMA\b", "the build before it may use it"),
)]
# What a file with transaction:false may hold: one statement that can be run again after it has failed.
# migrate.sh drops the invalid index that a failed one leaves; IF NOT EXISTS would take it for a good one.
ALONE = re.compile(r"^(CREATE (UNIQUE )?INDEX CONCURRENTLY (?!IF NOT EXISTS)|DROP INDEX CONCURRENTLY IF EXISTS"
                   r"|REINDEX (TABLE|INDEX) CONCURRENTLY|ALTER TYPE \S+ ADD VALUE IF NOT EXISTS"
                   r"|ALTER TABLE \S+ DETACH PARTITION \S+ CONCURRENTLY|VACUUM(?! *\(?FULL))", re.I)
TARGET = re.compile(r"^(?:ALTER TABLE|UPDATE|DELETE FROM|TRUNCATE|LOCK(?: TABLE)?|CREATE UNIQUE INDEX\b.*? ON|REVOKE\b.*? ON"
                    r"|CREATE (?:CONSTRAINT )?TRIGGER\b.*? ON|CREATE TABLE(?: IF NOT EXISTS)?)"
                    r"(?: IF EXISTS)?(?: ONLY)? ([\w.]+)", re.I | re.S)
TOKEN = re.compile(r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:[^']|'')*'|\"[^\"]*\")"
                   r"|(?P<body>\$(\w*)\$.*?\$\4\$)|(?P<end>;)|.", re.S)
EXEMPT = re.compile(r"--\s*exempt\s+([\w-]+)\s*(?::\s*(.*))?$")

# `first` and `last` are its lines, counted from 1, with the comments before it.
Statement = collections.namedtuple("Statement", "first at last text comments")


def statements(sql):
    """The statements of a script, without comments and without what dollar quotes enclose."""
    found, text, comments, first, at = [], "", [], 1, None
    for token in TOKEN.finditer(sql):
        line = sql.count("\n", 0, token.start()) + 1
        if token["comment"]:
            comments.append((line, token["comment"]))
            text += " "
        elif token["end"]:
            if text.strip():
                found.append(Statement(first, at, line, " ".join(text.split()), comments))
            text, comments, first, at = "", [], line, None
        else:
            if at is None and token[0].strip():
                at = line
            text += "$$ $$" if token["body"] else token[0]
    if text.strip():
        found.append(Statement(first, at, sql.count("\n") + 1, " ".join(text.split()), comments))
    return found


def up_part(sql):
    """(options, the up part, with every line where it was)."""
    before, header, rest = re.split(r"^-- migrate:up(.*)$", sql, maxsplit=1, flags=re.M)
    up = re.split(r"^-- migrate:down.*$", rest, maxsplit=1, flags=re.M)[0]
    return header, re.sub(r"[^\n]", "", before) + up


def ask_squawk(squawk, name, sql, in_transaction):
    """(line, rule, message) of each violation."""
    command = [squawk, "--reporter", "json", "--pg-version", POSTGRES, "--stdin-filepath", name,
               "--assume-in-transaction" if in_transaction else "--no-assume-in-transaction"]
    answer = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=60)
    if answer.returncode not in (0, 1) or not answer.stdout.strip().startswith("["):
        return [(1, "squawk", f"it failed: {answer.stderr.strip() or answer.stdout.strip()}")]
    # What runs without a transaction waits without blocking anyone.
    skipped = NOT_ASKED if in_transaction else (*NOT_ASKED, "require-lock-timeout")
    return [(found["line"] + 1, found["rule_name"], found["message"]) for found in json.loads(answer.stdout)
            if found["rule_name"] not in skipped]


def ask_rules(script, in_transaction):
    """(line, rule, message) of each violation of RULES and ALONE."""
    created = {TARGET.match(s.text)[1] for s in script if re.match("CREATE TABLE", s.text, re.I)}
    for statement in script:
        target = TARGET.match(statement.text)
        partition = re.search(r"\bPARTITION OF\b", statement.text, re.I)
        if target and target[1] in created and not partition:
            continue
        for rule in RULES:
            if rule.pattern.search(statement.text):
                yield statement.at, rule.name, rule.message
    if not in_transaction and (len(script) != 1 or not ALONE.match(script[0].text)):
        yield 1, "half-way", ("without a transaction a file holds one statement that can be run again: CREATE INDEX "
                              "CONCURRENTLY without IF NOT EXISTS, DROP INDEX CONCURRENTLY IF EXISTS, and their like")


def violations(squawk, file, name):
    """What is wrong with one migration, as "NAME:LINE: RULE: message"."""
    sql = file.read_text()
    if "-- migrate:up" not in sql:
        return [f"{name}:1: migrate-up: the line \"-- migrate:up\" is missing"]
    header, up = up_part(sql)
    in_transaction = "transaction:false" not in header
    script = statements(up)
    exemptions = {}
    for statement in script:
        for line, comment in statement.comments:
            if match := EXEMPT.match(comment):
                exemptions[line, match[1]] = (statement, match[2])
    found, used = [], set()
    for line, rule, message in [*ask_squawk(squawk, name, up, in_transaction), *ask_rules(script, in_transaction)]:
        exempt = [key for key, (statement, _) in exemptions.items()
                  if key[1] == rule and statement.first <= line <= statement.last]
        used.update(exempt)
        if not exempt:
            found.append((line, rule, message))
    for (line, rule), (_, reason) in exemptions.items():
        if not reason:
            found.append((line, rule, "the exemption has no reason"))
        elif (line, rule) not in used:
            found.append((line, rule, "the exemption exempts nothing"))
    return [f"{name}:{line}: {rule}: {message}" for line, rule, message in sorted(set(found))]


def databases(root):
    """The folders of migrations/ per database, as deploy/local/migrate.sh lists them."""
    listed = re.findall(r"^    \[(\w+)\]=\"(.*)\"$", (root / "deploy/local/migrate.sh").read_text(), re.M)
    return {name: folders.split() for name, folders in listed}


def equal_versions(root):
    """Files of one database that have the same version: dbmate would apply only one of them."""
    for name, folders in databases(root).items():
        versions = {}
        for file in sorted(f for folder in folders for f in (root / "migrations" / folder).glob("*.sql")):
            other = versions.setdefault(file.name.split("_")[0], file)
            if other != file:
                yield (f"{file.relative_to(root)}:1: equal-versions: {other.relative_to(root)} has the same version, "
                       f"and both belong to {name}")


def check(root, squawk):
    found = list(equal_versions(root))
    for file in sorted(root.glob("migrations/*/*.sql")):
        if file.name.split("_")[0] > LAST_UNCHECKED:
            found += violations(squawk, file, str(file.relative_to(root)))
    return found


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]), sys.argv[2])
    print("\n".join(problems) or "passed")
    sys.exit(1 if problems else 0)
