// A database of a test's own.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/test_stack.h"

namespace waybill::test {

// Migrated like one of ours and empty; dropped, with its replication slots and whoever is still
// connected, in the destructor.
//
//   TestDatabase db("orders");
//   Pool pool({.conninfo = db.Conninfo("order_svc")}, "test");
//   EXPECT_EQ(db.QueryInt("SELECT count(*) FROM orders"), 1);
//
// The queries run as superuser, each in its own transaction; they throw what libpqxx throws, and
// connect again after the server was gone. Thread-safe.
class TestDatabase {
 public:
  // `of`: orders, payments, inventory, notifications or sandbox; "" for a database without tables.
  explicit TestDatabase(const std::string& of, TestStack stack = TestStack::Get());
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // Unique in its server.
  const std::string& name() const { return name_; }
  // What a service logs in with: role "order_svc", say; "postgres" is the superuser.
  std::string Conninfo(const std::string& role) const;

  void Exec(const std::string& sql);
  // The first column of the only row; throws when there is not exactly one row, or it holds NULL.
  std::int64_t QueryInt(const std::string& sql);
  std::string QueryText(const std::string& sql);
  // All rows, NULL as "NULL".
  std::vector<std::vector<std::string>> QueryRows(const std::string& sql);

 private:
  // A session with the server; libpqxx stays out of this header, which every test includes.
  struct Session;

  void DropSlots();

  const TestStack stack_;
  const std::string name_;
  std::mutex mutex_;
  // Guarded by mutex_; made when first needed.
  std::unique_ptr<Session> session_;
};

}  // namespace waybill::test
