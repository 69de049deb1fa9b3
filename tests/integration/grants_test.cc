// What each database role may do is what deploy/postgres/grants.txt says, and nothing more.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/test_database.h"

namespace waybill::test {
namespace {

// One line per role and table: "orders order_svc public.orders INSERT SELECT UPDATE". Only the
// database's service and the relay may connect to it (deploy/postgres/databases.sql).
std::string GrantsIn(const std::string& database, const std::string& service) {
  TestDatabase db(database);
  std::string lines;
  for (const auto& row : db.QueryRows(R"sql(
           SELECT r.rolname, n.nspname || '.' || c.relname, string_agg(granted, ' ' ORDER BY granted)
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                pg_roles r,
                unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) verb,
                LATERAL (SELECT CASE WHEN has_table_privilege(r.oid, c.oid, verb) THEN verb
                                     WHEN verb IN ('SELECT', 'INSERT', 'UPDATE')
                                      AND has_any_column_privilege(r.oid, c.oid, verb)
                                     THEN verb || '(columns)' END AS granted) g
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
             AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND granted IS NOT NULL
             AND r.rolname IN ('outbox_relay', ')sql" +
                                      service + R"sql(')
           GROUP BY r.rolname, n.nspname, c.relname
           ORDER BY r.rolname COLLATE "C", n.nspname COLLATE "C", c.relname COLLATE "C")sql")) {
    lines += database + " " + row[0] + " " + row[1] + " " + row[2] + "\n";
  }
  return lines;
}

TEST(Grants, EachRoleMayDoWhatIsListedAndNothingMore) {
  std::ifstream file(WAYBILL_GRANTS);
  std::ostringstream listed;
  listed << file.rdbuf();
  std::string found;
  found += GrantsIn("orders", "order_svc");
  found += GrantsIn("payments", "payment_svc");
  found += GrantsIn("inventory", "inventory_svc");
  found += GrantsIn("notifications", "notification_svc");
  found += GrantsIn("sandbox", "payment_sandbox");
  EXPECT_EQ(found, listed.str());
}

TEST(Grants, NoServiceIsMoreThanALogin) {
  TestDatabase db("orders");
  EXPECT_EQ(
      db.QueryInt("SELECT count(*) FROM pg_roles WHERE rolname IN ('order_svc', 'payment_svc',"
                  " 'inventory_svc', 'notification_svc', 'payment_sandbox', 'outbox_relay',"
                  " 'waybill_service') AND (rolsuper OR rolcreaterole OR rolcreatedb OR"
                  " rolbypassrls OR (rolreplication AND rolname <> 'outbox_relay'))"),
      0);
  EXPECT_EQ(db.QueryText("SELECT has_schema_privilege('order_svc', 'public', 'CREATE')"), "f");
}

}  // namespace
}  // namespace waybill::test
