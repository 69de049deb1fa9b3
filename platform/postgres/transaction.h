// Transaction is an open transaction, and Param a parameter of its statements. They hide libpqxx:
// no other folder includes that library.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "platform/postgres/array.h"
#include "platform/postgres/result.h"
#include "platform/postgres/rows.h"
#include "platform/postgres/statement.h"
#include "platform/types/names.h"
#include "platform/types/uuid.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace waybill::postgres {

// One parameter of a statement, in text form.
class Param {
 public:
  Param(std::nullopt_t) {}                                       // NOLINT: implicit by design
  Param(std::string_view text) : text_(text) {}                  // NOLINT
  Param(const std::string& text) : text_(text) {}                // NOLINT
  Param(std::string&& text) : text_(std::move(text)) {}          // NOLINT
  Param(const char* text) : text_(text) {}                       // NOLINT
  Param(bool flag) : text_(flag ? "t" : "f") {}                  // NOLINT
  Param(int number) : text_(std::to_string(number)) {}           // NOLINT
  Param(std::int64_t number) : text_(std::to_string(number)) {}  // NOLINT
  Param(const Uuid& uuid) : text_(uuid.ToString()) {}            // NOLINT
  Param(absl::Time time);                                        // NOLINT
  template <typename Tag>
  Param(const UuidId<Tag>& id) : text_(id.ToString()) {}  // NOLINT
  template <typename T>
  Param(const std::optional<T>& value) {  // NOLINT
    if (value) text_ = Param(*value).text_;
  }
  template <typename Rule>
  Param(const CheckedText<Rule>& text) : text_(text.value()) {}  // NOLINT

  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

// "\x0a1b…", for a parameter cast to bytea.
std::string HexBytes(std::string_view bytes);

class Connection;

// Throws what libpqxx throws; whoever opens transactions (RunTransaction, the consumer engine)
// catches that. Used by one thread, for as long as the function that receives it runs.
class Transaction {
 public:
  Transaction(Connection& connection, pqxx::transaction_base& work)
      : connection_(connection), work_(work) {}
  // A transaction of one statement, which commits itself: the first Flush runs it, and any further
  // statement throws std::logic_error.
  enum OneStatement { kOneStatement };
  Transaction(Connection& connection, pqxx::transaction_base& work, OneStatement)
      : connection_(connection), work_(work), statements_left_(1) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Runs the statement. Blocks for one round trip, at most the session's statement_timeout.
  template <typename... Args>
  Result Exec(const Statement& statement, const Args&... args) {
    return ExecParams(statement, {Param(args)...});
  }
  // Runs a statement that has $rows, once for all rows. `args` are its numbered parameters.
  template <typename... Args>
  Result ExecRows(const Statement& statement, const Rows& rows, const Args&... args) {
    std::vector<Param> params = {Param(args)...};
    for (std::string& array : rows.Parameters()) params.emplace_back(std::move(array));
    return ExecParams(statement, params);
  }

  // Queues a statement that has $rows and no other parameters, and whose result is not needed. The
  // queued statements are run before the next Exec, or before the commit, as one statement in one
  // round trip. Each sees the tables as they were before, so none may read or change a row that
  // another one writes. Does nothing if `rows` is empty; doesn't block, unless the queue has this
  // statement already, which is then flushed first.
  void Write(const Statement& statement, const Rows& rows);
  // Runs the statement now, together with the queued ones in one round trip, under the same
  // condition.
  Result WriteNow(const Statement& statement, const Rows& rows);
  // Runs the queued statements. Blocks for one round trip if there are any.
  void Flush();

 private:
  struct PendingWrite {
    const Statement* statement;
    std::vector<std::string> arrays;
  };

  Result ExecParams(const Statement& statement, const std::vector<Param>& params);
  Result ExecPending();
  static std::string SqlOf(const std::vector<PendingWrite>& writes);
  Result ExecPrepared(const std::string& name, absl::FunctionRef<std::string()> sql,
                      const std::vector<Param>& params);

  Connection& connection_;
  pqxx::transaction_base& work_;
  std::vector<PendingWrite> pending_;
  // How many more statements may run.
  int statements_left_ = std::numeric_limits<int>::max();
};

}  // namespace waybill::postgres
