#include "platform/request_keys/key_retirement.h"

#include "platform/retention/config.h"

namespace waybill::request_keys {
namespace {

constexpr postgres::Statement kRetire{"request_keys_retire", R"sql(
    DELETE FROM request_keys
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM request_keys WHERE created_at < $1::timestamptz
                            ORDER BY created_at LIMIT $2::integer))
      AND created_at < $1::timestamptz)sql"};

}  // namespace

absl::Duration ReadRetention(ConfigReader& reader) {
  return retention::ReadPeriod(reader, "retention.request_keys", kRetention, kLeastRetention);
}

std::int64_t RetireKeys(postgres::Transaction& tx, const retention::Batch& batch) {
  const auto deleted = tx.Exec(kRetire, batch.before, batch.limit).affected_rows();
  return static_cast<std::int64_t>(deleted);
}

}  // namespace waybill::request_keys
