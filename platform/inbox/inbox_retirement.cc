#include "platform/inbox/inbox_retirement.h"

#include "platform/types/uuid.h"

namespace waybill::inbox {
namespace {

constexpr postgres::Statement kRetire{"inbox_retire", R"sql(
    DELETE FROM inbox
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox
                            WHERE consumer = $1::text AND event_id < $2::uuid
                              AND received_at < $3::timestamptz
                            ORDER BY consumer, event_id LIMIT $4::integer))
      AND received_at < $3::timestamptz)sql"};

}  // namespace

std::int64_t RetireInbox(postgres::Transaction& tx, const std::string& consumer,
                         const retention::Batch& batch) {
  const auto deleted =
      tx.Exec(kRetire, consumer, Uuid::LowestV7(batch.before), batch.before, batch.limit)
          .affected_rows();
  return static_cast<std::int64_t>(deleted);
}

}  // namespace waybill::inbox
