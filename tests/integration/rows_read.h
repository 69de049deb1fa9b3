// RowsRead counts the rows of a table that a transaction's statements read.
#pragma once

#include <cstdint>
#include <string>

#include "platform/postgres/statement.h"
#include "platform/postgres/transaction.h"

namespace waybill::test {

// Lives no longer than the transaction that it borrows. Rows that are dead don't count.
class RowsRead {
 public:
  RowsRead(postgres::Transaction& tx, std::string table)
      : tx_(tx), table_(std::move(table)), before_(Count()) {}

  // Since the construction.
  std::int64_t Get() { return Count() - before_; }

 private:
  // The server's counters are of the session, since they were last added to the database's.
  std::int64_t Count() {
    static constexpr postgres::Statement kCount{"rows_read", R"sql(
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows_read
    FROM pg_stat_xact_user_tables WHERE relname = $1::text)sql"};
    return tx_.Exec(kCount, table_).front().Get<std::int64_t>("rows_read");
  }

  postgres::Transaction& tx_;
  const std::string table_;
  const std::int64_t before_;
};

}  // namespace waybill::test
