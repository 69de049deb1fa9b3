#include "notification_svc/storage/pg_mail_store.h"

#include "platform/postgres/array.h"

namespace waybill::notification_svc {
namespace {

constexpr postgres::Statement kAdd{
    "mails_add",
    "INSERT INTO mails (mail_id, order_id, sequence, recipient, subject, text_body, html_body,"
    "                   traceparent) "
    "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[],"
    "                     $7::text[], $8::text[])"};

}  // namespace

void PgMailStore::Add(absl::Span<const NewMail> mails) {
  if (mails.empty()) return;
  postgres::ArrayBuilder ids, orders, sequences, recipients, subjects, texts, htmls, traces;
  for (const NewMail& mail : mails) {
    ids.Add(mail.id);
    orders.Add(mail.order);
    sequences.Add(mail.sequence);
    recipients.Add(mail.recipient.text());
    subjects.Add(mail.content.subject);
    texts.Add(mail.content.text);
    htmls.Add(mail.content.html);
    traces.Add(mail.trace.ToHeader());
  }
  tx_.Exec(kAdd, ids.text(), orders.text(), sequences.text(), recipients.text(), subjects.text(),
           texts.text(), htmls.text(), traces.text());
}

}  // namespace waybill::notification_svc
