// RowsRead counts the rows of a table that a transaction's statements read.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "platform/postgres/statement.h"
#include "platform/postgres/transaction.h"

namespace waybill::test {

// Counts rows that are fetched from the table; not dead ones, nor those that an index alone answers for.
// `table` is without its schema. Lives no longer than the transaction that it borrows.
class RowsRead {
 public:
  RowsRead(postgres::Transaction& tx, std::string table)
      : tx_(tx), table_(std::move(table)), before_(Count()) {}

  // Since the construction.
  std::int64_t Get() { return Count() - before_; }

 private:
  // The view has what the session has counted and not yet reported, earlier transactions included.
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
