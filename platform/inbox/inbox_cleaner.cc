#include "platform/inbox/inbox_cleaner.h"

#include "absl/time/clock.h"
#include "platform/log/log.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"

namespace waybill::inbox {
namespace {

constexpr int kRowsARound = 5000;

constexpr postgres::Statement kDeleteOld{"inbox_delete_old", R"sql(
    DELETE FROM inbox
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox
                            WHERE consumer = $1::text AND event_id < $2::uuid
                              AND received_at < $3::timestamptz LIMIT $4::int))
      AND received_at < $3::timestamptz)sql"};

}  // namespace

absl::StatusOr<RoundResult> CleanInbox(postgres::Pool& pool, const std::string& consumer,
                                       absl::Duration retention) {
  const absl::Time now = absl::Now();
  std::size_t deleted = 0;
  RETURN_IF_ERROR(postgres::RunTransaction(
      pool, {.name = "clean inbox", .deadline = now + absl::Seconds(20)},
      [&](postgres::Transaction& tx) {
        deleted = tx.Exec(kDeleteOld, consumer, Uuid::LowestV7(now - retention), now - retention,
                          kRowsARound)
                      .affected_rows();
        return absl::OkStatus();
      }));
  if (deleted > 0)
    log::Info("the inbox rows that were older than the retention were deleted",
              {{"consumer", consumer}, {"rows", deleted}});
  return deleted == kRowsARound ? RoundResult::kMoreWork : RoundResult::kIdle;
}

}  // namespace waybill::inbox
