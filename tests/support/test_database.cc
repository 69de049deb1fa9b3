#include "tests/support/test_database.h"

#include <iostream>
#include <pqxx/pqxx>
#include <stdexcept>

#include "platform/types/uuid.h"
#include "tests/support/wait.h"

#ifdef __SANITIZE_ADDRESS__
// Suppresses the same leak of libpqxx as platform/postgres/transaction.cc, for tests that don't
// link it.
extern "C" __attribute__((weak)) const char* __lsan_default_suppressions() {
  return "leak:PQmakeEmptyPGresult\n";
}
#endif

namespace waybill::test {
namespace {

std::string UniqueName(const std::string& of) {
  std::string unique = Uuid::NewV7().ToString();
  std::erase(unique, '-');
  return "test_" + (of.empty() ? "empty" : of) + "_" + unique;
}

void Admin(const TestStack& stack, const std::string& sql) {
  pqxx::connection connection(stack.admin_conninfo);
  pqxx::nontransaction work(connection);
  work.exec(sql);
}

std::string Oneliner(const std::string& sql) {
  return sql.size() > 200 ? sql.substr(0, 200) + "..." : sql;
}

}  // namespace

struct TestDatabase::Session {
  explicit Session(const std::string& conninfo) : connection(conninfo) {}
  pqxx::connection connection;
};

TestDatabase::TestDatabase(const std::string& of, TestStack stack, const std::string& options)
    : stack_(std::move(stack)), name_(UniqueName(of)) {
  const std::string source = !options.empty() ? "template0"
                             : of.empty()     ? "template1"
                                              : of + "_template";
  // CREATE DATABASE is refused while anyone, such as autovacuum, is connected to the template.
  WaitUntil(
      [&] {
        Admin(stack_, "CREATE DATABASE " + name_ + " TEMPLATE " + source + " " + options);
        return true;
      },
      "a database created from " + source);
}

TestDatabase::~TestDatabase() {
  session_.reset();
  try {
    WaitUntil(
        [&] {
          DropSlots();
          Admin(stack_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
          return true;
        },
        "DROP DATABASE " + name_, absl::Seconds(10));
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
  }
}

// A database with a logical slot can't be dropped, and neither can a slot in use.
void TestDatabase::DropSlots() {
  Admin(stack_,
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = '" +
            name_ + "' AND active_pid IS NOT NULL");
  Admin(stack_,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '" +
            name_ + "'");
}

std::string TestDatabase::Conninfo(const std::string& role) const {
  return stack_.server_conninfo + " dbname=" + name_ + " user=" + role;
}

std::vector<std::vector<std::string>> TestDatabase::QueryRows(const std::string& sql) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr || !session_->connection.is_open()) {
    session_ = std::make_unique<Session>(Conninfo("postgres") + " options='-c timezone=UTC'");
  }
  try {
    pqxx::work work(session_->connection);
    const pqxx::result result = work.exec(sql);
    work.commit();
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : result) {
      std::vector<std::string>& values = rows.emplace_back();
      for (const auto& field : row) values.push_back(field.is_null() ? "NULL" : field.c_str());
    }
    return rows;
  } catch (const pqxx::broken_connection&) {
    session_.reset();
    throw;
  }
}

void TestDatabase::Exec(const std::string& sql) { QueryRows(sql); }

std::string TestDatabase::QueryText(const std::string& sql) {
  const auto rows = QueryRows(sql);
  if (rows.size() != 1 || rows[0].empty()) {
    throw std::runtime_error(std::to_string(rows.size()) +
                             " rows instead of one: " + Oneliner(sql));
  }
  if (rows[0][0] == "NULL") throw std::runtime_error("the result is NULL: " + Oneliner(sql));
  return rows[0][0];
}

void TestDatabase::DropSlots(const std::string& selection) {
  WaitUntil(
      [&] {
        Exec("SELECT pg_drop_replication_slot(" + selection.substr(0, selection.find(" FROM ")) +
             ")" + selection.substr(selection.find(" FROM ")));
        return true;
      },
      "no session uses the slot");
}

std::int64_t TestDatabase::QueryInt(const std::string& sql) { return std::stoll(QueryText(sql)); }

}  // namespace waybill::test
