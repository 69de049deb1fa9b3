#include "outbox_relay/source/open_transactions.h"

#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

// A transaction that writes holds a lock on its own number. pg_stat_activity shows that number only
// to members of pg_read_all_stats, pg_locks to everybody.
constexpr char kFind[] = R"sql(
SELECT
  (SELECT coalesce(string_agg(format('process %s (user %s, database %s)', pid, usename, datname),
                              ', '), '')
   FROM (SELECT DISTINCT l.pid, a.usename, a.datname
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
           AND l.pid IS NOT NULL ORDER BY l.pid LIMIT 20) s),
  (SELECT coalesce(string_agg(format(
     'a transaction was prepared %s ago by %s and not ended: run COMMIT PREPARED %L or'
     ' ROLLBACK PREPARED %3$L in database %s',
     date_trunc('second', clock_timestamp() - prepared), owner, gid, database), '; '), '')
   FROM (SELECT * FROM pg_prepared_xacts ORDER BY prepared LIMIT 20) p))sql";

}  // namespace

absl::StatusOr<OpenTransactions> FindOpenTransactions(PgConnection& connection) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kFind));
  return OpenTransactions{std::string(result.Text(0, 0)), std::string(result.Text(0, 1))};
}

std::string DescribeOpenTransactions(PgConnection& connection) {
  const absl::StatusOr<OpenTransactions> open = FindOpenTransactions(connection);
  return open.ok() ? open->Text() : std::string(open.status().message());
}

}  // namespace waybill::outbox_relay
