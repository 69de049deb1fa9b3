#include "notification_svc/storage/pg_mail_queue.h"

#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/array.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::notification_svc {
namespace {

using postgres::ArrayBuilder;
using postgres::Statement;
using postgres::Transaction;

constexpr absl::Duration kTimeout = absl::Seconds(10);

// Mails of one order come into the table in the order of their sequence, so an earlier one that is
// still to be sent is there to be seen. One that was refused for good holds nothing up.
constexpr Statement kClaim{
    "mails_claim",
    "WITH due AS MATERIALIZED ("
    "  SELECT mail_id FROM mails m"
    "  WHERE state = 'PENDING' AND due_at <= now()"
    "    AND (leased_until IS NULL OR leased_until <= now())"
    "    AND NOT EXISTS (SELECT FROM mails e WHERE e.order_id = m.order_id"
    "                    AND e.sequence < m.sequence AND e.state = 'PENDING')"
    "  ORDER BY due_at, mail_id LIMIT $1::integer FOR UPDATE SKIP LOCKED) "
    "UPDATE mails SET leased_until = now() + $2::bigint * interval '1 ms', tries = tries + 1 "
    "FROM due WHERE mails.mail_id = due.mail_id "
    "RETURNING mails.mail_id, order_id, recipient, subject, text_body, html_body, traceparent,"
    "          created_at, tries"};

constexpr Statement kSettle{
    "mails_settle",
    "UPDATE mails m SET state = u.state, error = u.error, due_at = u.due_at, leased_until = NULL,"
    "  sent_at = CASE WHEN u.state = 'SENT' THEN now() END "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])"
    "     AS u(mail_id, state, error, due_at) "
    "WHERE m.mail_id = u.mail_id AND m.state = 'PENDING'"};

DueMail MailOf(const pqxx::row& row) {
  return {.id = EventId(postgres::UuidOf(row[0])),
          .order = OrderId(postgres::UuidOf(row[1])),
          .recipient = row[2].c_str(),
          .content = {.subject = row[3].c_str(), .text = row[4].c_str(), .html = row[5].c_str()},
          .trace = TraceContext::FromHeader(row[6].c_str()),
          .written_at = postgres::TimeOf(row[7]),
          .tries = row[8].as<int>()};
}

const char* StateAfter(Delivery::Outcome outcome) {
  switch (outcome) {
    case Delivery::Outcome::kSent:
      return "SENT";
    case Delivery::Outcome::kRefused:
      return "FAILED";
    case Delivery::Outcome::kDeferred:
    case Delivery::Outcome::kUnreachable:
      break;
  }
  return "PENDING";
}

std::optional<std::string> ErrorOf(const Delivery& delivery) {
  if (delivery.outcome == Delivery::Outcome::kSent) return std::nullopt;
  return delivery.error;
}

}  // namespace

absl::StatusOr<std::vector<DueMail>> PgMailQueue::Claim(int limit, absl::Duration lease) {
  std::vector<DueMail> mails;
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = "claim mails", .deadline = absl::Now() + kTimeout}, [&](Transaction& tx) {
        mails.clear();
        for (const pqxx::row& row : tx.Exec(kClaim, limit, absl::ToInt64Milliseconds(lease))) {
          mails.push_back(MailOf(row));
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return mails;
}

absl::Status PgMailQueue::Settle(absl::Span<const MailResult> results) {
  if (results.empty()) return absl::OkStatus();
  ArrayBuilder ids, states, errors, due_at;
  for (const MailResult& result : results) {
    ids.Add(result.id);
    states.Add(StateAfter(result.delivery.outcome));
    errors.Add(ErrorOf(result.delivery));
    due_at.Add(result.due_at);
  }
  return postgres::RunTransaction(
      pool_, {.name = "settle mails", .deadline = absl::Now() + kTimeout}, [&](Transaction& tx) {
        tx.Exec(kSettle, ids.text(), states.text(), errors.text(), due_at.text());
        return absl::OkStatus();
      });
}

}  // namespace waybill::notification_svc
