#include "order_svc/storage/history_retirement.h"

#include "platform/types/uuid.h"

namespace waybill::order_svc {
namespace {

// An order's id is a UUIDv7: an order that was last changed before a time was placed before it. What
// has ended never begins again; it may still be cancelled, which adds a transition.
constexpr postgres::Statement kRetire{"order_history_retire", R"sql(
    DELETE FROM order_history
    WHERE ctid = ANY (ARRAY(SELECT h.ctid FROM order_history h JOIN orders o USING (order_id)
                            WHERE h.order_id < $1::uuid AND o.order_id < $1::uuid
                              AND o.updated_at < $2::timestamptz
                              AND o.state IN ('CONFIRMED', 'CANCELLED')
                            ORDER BY h.order_id, h.transition LIMIT $3::integer))
      AND at < $2::timestamptz)sql"};

}  // namespace

std::int64_t RetireHistory(postgres::Transaction& tx, const retention::Batch& batch) {
  const auto deleted =
      tx.Exec(kRetire, Uuid::LowestV7(batch.before), batch.before, batch.limit).affected_rows();
  return static_cast<std::int64_t>(deleted);
}

}  // namespace waybill::order_svc
