#include "notification_svc/storage/mail_store.h"

#include <optional>
#include <string>

#include "platform/postgres/transaction.h"

namespace waybill::notification_svc {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kAdd{"mails_add",
                         R"sql(
    INSERT INTO mails ($columns) SELECT $columns FROM $rows)sql",
                         {"mail_id uuid, order_id uuid, sequence bigint, recipient text,"
                          "subject text, text_body text, html_body text, traceparent text"}};

// Mails of one order come into the table in the order of their sequence, so an earlier one that is
// still to be sent is there to be seen. One that was refused for good holds nothing up.
//
// PostgreSQL underestimates the number of pending mails. OFFSET 0 and ARRAY make it look up each mail in
// an index; otherwise it would join all pending mails with each other, and with the whole table. NOT IN
// means PENDING, but keeps that look-up off the index of the pending mails.
constexpr Statement kClaim{"mails_claim", R"sql(
    WITH due AS MATERIALIZED (
      SELECT mail_id FROM mails m
      WHERE state = 'PENDING' AND due_at <= now()
        AND (leased_until IS NULL OR leased_until <= now())
        AND NOT EXISTS (SELECT FROM mails e WHERE e.order_id = m.order_id
                        AND e.sequence < m.sequence AND e.state NOT IN ('SENT', 'FAILED')
                        OFFSET 0)
      ORDER BY due_at LIMIT $1::integer FOR UPDATE SKIP LOCKED)
    UPDATE mails SET leased_until = now() + $2::bigint * interval '1 ms', tries = tries + 1
    WHERE mail_id = ANY (ARRAY(SELECT mail_id FROM due))
    RETURNING mails.mail_id, order_id, recipient, subject, text_body, html_body, traceparent,
              created_at, tries)sql"};

constexpr Statement kSettle{"mails_settle",
                            R"sql(
    UPDATE mails SET $set, leased_until = NULL,
                     sent_at = CASE WHEN rows.state = 'SENT' THEN now() END
    FROM $rows WHERE mails.mail_id = rows.mail_id AND mails.state = 'PENDING')sql",
                            {"mail_id uuid, state text, error text, due_at timestamptz"}};

DueMail MailIn(const Row& row) {
  return {.id = row.Get<EventId>("mail_id"),
          .order = row.Get<OrderId>("order_id"),
          .recipient = row.Get<EmailAddress>("recipient"),
          .content = {.subject = row.Get<std::string>("subject"),
                      .text = row.Get<std::string>("text_body"),
                      .html = row.Get<std::string>("html_body")},
          .trace = TraceContext::FromHeader(row.Get<std::string>("traceparent")),
          .written_at = row.Get<absl::Time>("created_at"),
          .tries = row.Get<int>("tries")};
}

std::optional<std::string> ErrorOf(const Delivery& delivery) {
  if (delivery.outcome == Delivery::Outcome::kSent) return std::nullopt;
  return delivery.error;
}

}  // namespace

void MailStore::Add(absl::Span<const NewMail> mails) {
  Rows rows(kAdd);
  for (const NewMail& mail : mails) {
    rows.Set("mail_id", mail.id)
        .Set("order_id", mail.order)
        .Set("sequence", mail.sequence)
        .Set("recipient", mail.recipient)
        .Set("subject", mail.content.subject)
        .Set("text_body", mail.content.text)
        .Set("html_body", mail.content.html)
        .Set("traceparent", mail.trace.ToHeader());
  }
  tx_.Write(kAdd, rows);
}

std::vector<DueMail> MailStore::Claim(int limit, absl::Duration lease) {
  std::vector<DueMail> mails;
  for (const Row row : tx_.Exec(kClaim, limit, absl::ToInt64Milliseconds(lease))) {
    mails.push_back(MailIn(row));
  }
  return mails;
}

void MailStore::Settle(absl::Span<const MailResult> results) {
  Rows rows(kSettle);
  for (const MailResult& result : results) {
    rows.Set("mail_id", result.id)
        .Set("state", StateAfter(result.delivery.outcome))
        .Set("error", ErrorOf(result.delivery))
        .Set("due_at", result.due_at);
  }
  tx_.Write(kSettle, rows);
}

}  // namespace waybill::notification_svc
