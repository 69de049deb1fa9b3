#!/usr/bin/env python3
"""Plants what migration_locks.py looks for, and sees exactly that named. Its argument is squawk's program."""

import pathlib
import sys
import tempfile
import unittest

import migration_locks

SQUAWK = sys.argv.pop()
TIMEOUT = "SET LOCAL lock_timeout = '2s';\n"


class MigrationLocksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("deploy/local/migrate.sh", 'declare -A MIGRATIONS=(\n    [orders]="shared orders"\n    [payments]="shared"\n)\n')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self, up, options=""):
        self.write("migrations/orders/30000101000001_x.sql", f"-- migrate:up{options}\n{up}\n-- migrate:down\nDROP TABLE orders;\n")
        return migration_locks.check(self.root, SQUAWK)

    def rules(self, up, options=""):
        return {line.split(": ")[1] for line in self.found(up, options)}

    def test_what_takes_only_short_locks_is_not_found(self):
        self.assertEqual(self.found(TIMEOUT + """
            CREATE TABLE refunds (id uuid PRIMARY KEY, amount bigint NOT NULL CHECK (amount > 0));
            CREATE INDEX refunds_amount ON refunds (amount);
            ALTER TABLE refunds ADD CONSTRAINT large CHECK (amount < 100), ALTER COLUMN amount DROP DEFAULT;
            ALTER TABLE orders ADD COLUMN note text, ADD COLUMN refunds integer NOT NULL DEFAULT 0;
            ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'VACUUM FULL; it''s';
            CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE orders SET note = ''; LOCK orders $$;
            -- LOCK TABLE orders; /* TRUNCATE orders; */
            GRANT SELECT, UPDATE ON refunds TO waybill_service;"""), [])

    def test_each_statement_that_holds_its_lock_is_found(self):
        for up, rule in {
                "CREATE INDEX i ON orders (note);": "require-concurrent-index-creation",
                "DROP INDEX i;": "require-concurrent-index-deletion",
                "REINDEX TABLE orders;": "require-concurrent-reindex",
                "ALTER TABLE orders ALTER COLUMN n TYPE bigint;": "changing-column-type",
                "ALTER TABLE orders ADD COLUMN n uuid DEFAULT gen_random_uuid();": "adding-field-with-default",
                "ALTER TABLE orders ADD COLUMN n bigint GENERATED ALWAYS AS (a) STORED;": "adding-field-with-default",
                "ALTER TABLE orders ADD COLUMN n bigserial;": "rewrites-table",
                "ALTER TABLE orders ADD COLUMN n bigint CHECK (n > 0);": "scans-table",
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);": "constraint-missing-not-valid",
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT c;":
                    "constraint-missing-not-valid",
                "ALTER TABLE orders ADD FOREIGN KEY (n) REFERENCES p;": "adding-foreign-key-constraint",
                "ALTER TABLE orders ADD UNIQUE (n);": "disallowed-unique-constraint",
                "ALTER TABLE orders ALTER COLUMN n SET NOT NULL;": "adding-not-nullable-field",
                "ALTER TABLE outbox DETACH PARTITION p;": "require-concurrent-partition-detach",
                "ALTER TABLE outbox ATTACH PARTITION p FOR VALUES FROM (1) TO (2);": "locks-table",
                "CREATE TABLE p PARTITION OF outbox FOR VALUES FROM (1) TO (2);": "locks-table",
                "ALTER TABLE orders SET UNLOGGED;": "rewrites-table",
                "VACUUM FULL orders;": "rewrites-table",
                "vacuum (full) orders;": "rewrites-table",
                "CLUSTER orders USING i;": "rewrites-table",
                "LOCK TABLE orders IN SHARE MODE;": "locks-table",
                "TRUNCATE orders;": "locks-table",
                "REFRESH MATERIALIZED VIEW v;": "locks-table",
                "UPDATE orders SET n = 1;": "locks-rows",
                "WITH a AS (SELECT 1) DELETE FROM orders;": "locks-rows",
                "DO $$ BEGIN LOCK orders; END $$;": "hides-statements",
                "SELECT change_everything();": "hides-statements",
        }.items():
            with self.subTest(up):
                self.assertIn(rule, self.rules(TIMEOUT + up))

    def test_what_the_build_before_would_not_survive_is_found(self):
        for up, rule in {
                "ALTER TABLE orders ADD COLUMN n text NOT NULL;": "adding-required-field",
                "ALTER TABLE orders RENAME COLUMN n TO m;": "renaming-column",
                "ALTER TABLE orders RENAME TO purchases;": "renaming-table",
                "ALTER TABLE orders DROP COLUMN n;": "ban-drop-column",
                "DROP TABLE orders;": "ban-drop-table",
                "DROP FUNCTION f();": "removes-object",
                "ALTER TABLE orders SET SCHEMA s;": "removes-object",
                "ALTER TABLE orders ALTER COLUMN n DROP DEFAULT;": "refuses-writes",
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0) NOT VALID;": "refuses-writes",
                "CREATE UNIQUE INDEX CONCURRENTLY i ON orders (n);": "refuses-writes",
                "REVOKE UPDATE ON orders FROM waybill_service;": "refuses-writes",
        }.items():
            with self.subTest(up):
                self.assertIn(rule, self.rules(TIMEOUT + up))

    def test_a_lock_that_is_waited_for_too_long(self):
        add = "ALTER TABLE orders ADD COLUMN n text;"
        self.assertEqual(self.rules(add), {"require-lock-timeout"})
        for other in ("SET LOCAL lock_timeout = '1min';", "SET lock_timeout = '2s';", "SET LOCAL lock_timeout TO 0;",
                      TIMEOUT + "RESET lock_timeout;", TIMEOUT + "SET LOCAL lock_timeout = DEFAULT;"):
            with self.subTest(other):
                self.assertIn("lock-timeout", self.rules(other + add))

    def test_what_would_leave_a_half_behind(self):
        self.assertIn("ends-transaction", self.rules(TIMEOUT + "CREATE TABLE a ();\nCOMMIT;\nCREATE TABLE b ();"))
        alone = "CREATE INDEX CONCURRENTLY i ON orders (n);"
        self.assertIn("ban-concurrent-index-creation-in-transaction", self.rules(TIMEOUT + alone))
        self.assertEqual(self.rules(alone, " transaction:false"), set())
        for up in (alone + alone.replace(" i ", " j "), alone.replace(" i ", " IF NOT EXISTS i "), "CREATE TABLE a ();"):
            with self.subTest(up):
                self.assertIn("half-way", self.rules(up, " transaction:false"))

    def test_an_exemption_covers_its_statement_and_rule_and_has_a_reason(self):
        drop = "ALTER TABLE orders DROP COLUMN n;\n"
        self.assertEqual(self.found(TIMEOUT + "-- exempt ban-drop-column: no build has used it since 1.2.\n" + drop), [])
        self.assertEqual(self.found(TIMEOUT + "ALTER TABLE orders\n  -- exempt ban-drop-column: unused.\n  DROP COLUMN n;"), [])
        self.assertEqual(self.found(TIMEOUT + "-- exempt ban-drop-column\n" + drop),
                         ["migrations/orders/30000101000001_x.sql:3: ban-drop-column: the exemption has no reason"])
        self.assertEqual(self.found(TIMEOUT + "-- exempt locks-rows: few.\nCREATE TABLE a ();"),
                         ["migrations/orders/30000101000001_x.sql:3: locks-rows: the exemption exempts nothing"])
        self.assertIn("ban-drop-column", self.rules(TIMEOUT + "-- exempt locks-rows: few.\n" + drop))
        self.assertIn("ban-drop-column", self.rules(TIMEOUT + "-- exempt ban-drop-column: unused.\n" + drop + drop.replace("n;", "m;")))

    def test_of_two_files_with_one_version_dbmate_would_apply_one(self):
        empty = "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\n"
        for path in ("shared/20200101000001_a.sql", "orders/20200101000001_b.sql", "other/20200101000001_c.sql"):
            self.write(f"migrations/{path}", empty)
        self.assertEqual(migration_locks.check(self.root, SQUAWK),
                         ["migrations/shared/20200101000001_a.sql:1: equal-versions: "
                          "migrations/orders/20200101000001_b.sql has the same version, and both belong to orders"])

    def test_what_squawk_cannot_read_is_not_passed(self):
        self.assertIn("syntax-error", self.rules(TIMEOUT + "ALTER TABEL orders DROP COLUMN n;"))
        self.write("migrations/orders/30000101000001_x.sql", "CREATE TABLE a ();\n")
        self.assertEqual(len(migration_locks.check(self.root, SQUAWK)), 1)


if __name__ == "__main__":
    unittest.main()
