#include "notification_svc/storage/text_retirement.h"

namespace waybill::notification_svc {
namespace {

// An error may quote the address, too. A refused mail has no sent_at; its due_at is about when it was
// refused.
constexpr postgres::Statement kRetire{"mails_retire_texts", R"sql(
    WITH old AS MATERIALIZED (
      SELECT mail_id FROM mails
      WHERE recipient <> '' AND created_at < $1::timestamptz AND state <> 'PENDING'
        AND coalesce(sent_at, due_at) < $1::timestamptz
      ORDER BY created_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)
    UPDATE mails SET recipient = '', subject = '', text_body = '', html_body = '', error = NULL
    FROM old WHERE mails.mail_id = old.mail_id)sql"};

}  // namespace

std::int64_t RetireTexts(postgres::Transaction& tx, const retention::Batch& batch) {
  const auto blanked = tx.Exec(kRetire, batch.before, batch.limit).affected_rows();
  return static_cast<std::int64_t>(blanked);
}

}  // namespace waybill::notification_svc
