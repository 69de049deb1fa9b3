#include "tools/orderctl/api_key_tables.h"

#include "absl/functional/function_ref.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "platform/postgres/array.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/orderctl/databases.h"

namespace waybill::orderctl {
namespace {

using postgres::Row;
using postgres::Statement;
using postgres::Transaction;

constexpr Statement kRead{"keys_read", R"sql(
    SELECT prefix, user_id, array_to_string(roles, ',') AS roles,
           array_to_string(methods, ',') AS methods, created_at, expires_at, revoked_at, last_used_at
    FROM api_keys LEFT JOIN api_key_uses USING (prefix))sql"};

constexpr Statement kInsert{"keys_insert", R"sql(
    INSERT INTO api_keys (prefix, digest, user_id, roles, methods, expires_at)
    VALUES ($1::text, decode($2::text, 'hex'), $3::text, $4::text[], $5::text[], $6::timestamptz)
    ON CONFLICT DO NOTHING)sql"};

constexpr Statement kExpire{"keys_expire", R"sql(
    UPDATE api_keys SET expires_at = least(expires_at, $2::timestamptz) WHERE prefix = $1::text)sql"};

constexpr Statement kRevoke{"keys_revoke", R"sql(
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE prefix = $1::text)sql"};

// The first error, if any.
absl::Status InEach(
    const Databases& databases,
    absl::FunctionRef<absl::Status(const std::string& service, postgres::Pool& pool)> body) {
  absl::Status first;
  for (int i = 0; i < verify::kConsumers; ++i) {
    const auto consumer = static_cast<verify::Consumer>(i);
    const std::string service = verify::NameOf(consumer);
    postgres::Pool pool(OneSession(DatabaseOf(databases, consumer)), "orderctl");
    const absl::Status status = body(service, pool);
    if (status.ok() || !first.ok()) continue;
    first = absl::Status(status.code(), StrCat(service, ": ", ToStd(status.message())));
  }
  return first;
}

absl::Status WriteInEach(const Databases& databases,
                         absl::FunctionRef<void(Transaction& tx)> write) {
  return InEach(databases, [&](const std::string&, postgres::Pool& pool) {
    return RunIn(pool, "keys", [&](Transaction& tx) {
      write(tx);
      return absl::OkStatus();
    });
  });
}

std::vector<std::string> Split(const std::string& list) {
  return absl::StrSplit(list, ',', absl::SkipEmpty());
}

void Add(const Row& row, const std::string& service, std::map<std::string, ApiKeyRow>& keys) {
  const auto prefix = row.Get<std::string>("prefix");
  ApiKeyRow found{.prefix = prefix,
                  .user = row.Get<std::string>("user_id"),
                  .roles = Split(row.Get<std::string>("roles")),
                  .methods = Split(row.Get<std::string>("methods")),
                  .created_at = row.Get<absl::Time>("created_at"),
                  .expires_at = row.Get<std::optional<absl::Time>>("expires_at"),
                  .revoked_at = row.Get<std::optional<absl::Time>>("revoked_at"),
                  .last_used_at = row.Get<std::optional<absl::Time>>("last_used_at")};
  ApiKeyRow& key = keys.try_emplace(prefix, found).first->second;
  if (!key.revoked_at) key.revoked_at = found.revoked_at;
  // The latest; nullopt is never.
  if (!found.expires_at || (key.expires_at && *key.expires_at < *found.expires_at)) {
    key.expires_at = found.expires_at;
  }
  if (found.revoked_at) key.revoked_in.push_back(service);
  // nullopt comes before every time.
  key.last_used_at = std::max(key.last_used_at, found.last_used_at);
  key.services.push_back(service);
}

}  // namespace

absl::StatusOr<std::map<std::string, ApiKeyRow>> ReadApiKeys(const Databases& databases) {
  std::map<std::string, ApiKeyRow> keys;
  RETURN_IF_ERROR(InEach(databases, [&](const std::string& service, postgres::Pool& pool) {
    return RunIn(pool, "keys", [&](Transaction& tx) {
      const postgres::Result rows = tx.Exec(kRead);
      for (const Row row : rows) Add(row, service, keys);
      return absl::OkStatus();
    });
  }));
  return keys;
}

absl::Status InsertApiKey(const Databases& databases, const ApiKeyRow& key,
                          const std::string& digest) {
  return WriteInEach(databases, [&](Transaction& tx) {
    tx.Exec(kInsert, key.prefix, absl::BytesToHexString(digest), key.user,
            postgres::ArrayOf(key.roles), postgres::ArrayOf(key.methods), key.expires_at);
  });
}

absl::Status ExpireApiKey(const Databases& databases, const std::string& prefix, absl::Time at) {
  return WriteInEach(databases, [&](Transaction& tx) { tx.Exec(kExpire, prefix, at); });
}

absl::Status RevokeApiKey(const Databases& databases, const std::string& prefix) {
  return WriteInEach(databases, [&](Transaction& tx) { tx.Exec(kRevoke, prefix); });
}

}  // namespace waybill::orderctl
