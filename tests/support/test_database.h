// A database for one test.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/test_stack.h"

namespace waybill::test {

// Migrated like one of Waybill's databases, and empty. The destructor drops it with its replication
// slots and disconnects whoever is still connected.
//
//   TestDatabase db("orders");
//   Pool pool({.conninfo = db.Conninfo("order_svc")}, "test");
//   EXPECT_EQ(db.QueryInt("SELECT count(*) FROM orders"), 1);
//
// The queries run as superuser, each in its own transaction. They throw what libpqxx throws, and
// reconnect when the server has been down. Thread-safe.
class TestDatabase {
 public:
  // `of` is orders, payments, inventory, notifications or sandbox; "" creates a database without
  // tables, which may have `options` of CREATE DATABASE: "ENCODING 'LATIN1' LOCALE 'C'".
  explicit TestDatabase(const std::string& of, TestStack stack = TestStack::Get(),
                        const std::string& options = "");
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // The name, which is unique in its server.
  const std::string& name() const { return name_; }
  // Returns the connection string for a role, such as "order_svc"; "postgres" is the superuser.
  std::string Conninfo(const std::string& role) const;

  void Exec(const std::string& sql);
  // Drops the slots that a query selects: "slot FROM outbox_relay.checkpoints". Waits for the server,
  // which may still be ending the session of a relay that has just ended.
  void DropSlots(const std::string& selection);
  // Returns the first column of the only row; throws when there is not exactly one row, or it is
  // NULL.
  std::int64_t QueryInt(const std::string& sql);
  std::string QueryText(const std::string& sql);
  // Returns all rows, with NULL as "NULL".
  std::vector<std::vector<std::string>> QueryRows(const std::string& sql);

 private:
  // A session with the server. libpqxx is not included here, because every test includes this
  // header.
  struct Session;

  void DropSlots();

  const TestStack stack_;
  const std::string name_;
  std::mutex mutex_;
  // Guarded by mutex_; opened by the first query.
  std::unique_ptr<Session> session_;
};

}  // namespace waybill::test
