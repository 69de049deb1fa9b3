#include "platform/audit/operator_call_store.h"

#include "platform/log/log.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::audit {
namespace {

using postgres::Statement;
using postgres::Transaction;

constexpr absl::Duration kEndPatience = absl::Seconds(5);

// An answer to a commit may be lost, and the statement run again.
constexpr Statement kBegin{"operator_call_begin", R"sql(
    INSERT INTO operator_calls (call_id, caller, credential, method, subject, came_from, trace_id)
    VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text)
    ON CONFLICT DO NOTHING)sql"};

constexpr Statement kEnd{"operator_call_end", R"sql(
    INSERT INTO operator_call_ends (call_id, outcome) VALUES ($1::uuid, $2::text)
    ON CONFLICT DO NOTHING)sql"};

constexpr Statement kRetire{"operator_calls_retire", R"sql(
    SELECT operator_calls_retire($1::timestamptz, $2::integer) AS retired)sql"};

}  // namespace

absl::StatusOr<Uuid> OperatorCallStore::Begin(const grpc::AuditedCall& call, absl::Time deadline) {
  const Uuid id = Uuid::NewV7();
  RETURN_IF_ERROR(
      postgres::RunUnitOfWork(pool_, "operator_call_begin", deadline, [&](Transaction& tx) {
        tx.Exec(kBegin, id, call.caller, call.credential, call.method, call.subject, call.came_from,
                call.trace_id);
        return absl::OkStatus();
      }));
  return id;
}

void OperatorCallStore::End(const Uuid& call, std::string_view outcome) {
  const absl::Status status =
      postgres::RunBackgroundWork(pool_, "operator_call_end", kEndPatience, [&](Transaction& tx) {
        tx.Exec(kEnd, call, outcome);
        return absl::OkStatus();
      });
  if (status.ok()) return;
  log::Error(
      "could not record how an operator's call ended",
      {{"call_id", call.ToString()}, {"outcome", outcome}, {"error", ToStd(status.message())}});
}

std::int64_t RetireOperatorCalls(Transaction& tx, const retention::Batch& batch) {
  return tx.Exec(kRetire, batch.before, batch.limit).front().Get<std::int64_t>("retired");
}

}  // namespace waybill::audit
