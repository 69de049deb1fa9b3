#include "platform/auth/api_key_directory.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "platform/log/log.h"
#include "platform/postgres/array.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::auth {
namespace {

using postgres::Row;
using postgres::Statement;
using postgres::Transaction;

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kWriteUsesEvery = absl::Minutes(1);

constexpr Statement kKeys{"api_keys", R"sql(
    SELECT prefix, encode(digest, 'hex') AS digest, user_id, array_to_string(roles, ',') AS roles,
           array_to_string(methods, ',') AS methods, expires_at,
           revoked_at IS NOT NULL AS is_revoked
    FROM api_keys)sql"};

// A key may have been deleted meanwhile.
constexpr Statement kUses{"api_key_uses", R"sql(
    INSERT INTO api_key_uses (prefix, last_used_at)
    SELECT prefix, u.last_used_at
    FROM unnest($1::text[], $2::timestamptz[]) AS u (prefix, last_used_at)
    JOIN api_keys USING (prefix)
    ORDER BY prefix
    ON CONFLICT (prefix) DO UPDATE
    SET last_used_at = greatest(api_key_uses.last_used_at, excluded.last_used_at))sql"};

std::vector<std::string> Split(const std::string& list) {
  return absl::StrSplit(list, ',', absl::SkipEmpty());
}

// Roles that this build doesn't know give nothing.
Roles RolesOf(const std::string& list) {
  Roles roles;
  for (const std::string& name : Split(list)) {
    if (const absl::StatusOr<Role> role = Parse<Role>(name); role.ok()) roles.Add(*role);
  }
  return roles;
}

}  // namespace

ApiKeyDirectory::ApiKeyDirectory(postgres::Pool& pool)
    : pool_(pool),
      reloader_("api keys", "the API keys could not be read again; they stay as they were",
                [this] { return Reload(); }) {}

ApiKeyDirectory::~ApiKeyDirectory() { Stop(); }

absl::Status ApiKeyDirectory::Start() { return reloader_.Start(); }

void ApiKeyDirectory::Stop() {
  reloader_.Stop();
  TryToWriteUses();
}

absl::Status ApiKeyDirectory::Reload() {
  RETURN_IF_ERROR(ReadKeys());
  if (absl::Now() < uses_written_at_ + kWriteUsesEvery) return absl::OkStatus();
  TryToWriteUses();
  return absl::OkStatus();
}

void ApiKeyDirectory::TryToWriteUses() {
  uses_written_at_ = absl::Now();
  const absl::Status written = WriteUses();
  if (written.ok()) return;
  log::Warn("could not note when API keys were last used", {{"error", ToStd(written.message())}});
}

absl::Status ApiKeyDirectory::ReadKeys() {
  std::vector<ApiKeyRecord> records;
  RETURN_IF_ERROR(postgres::RunBackgroundWork(pool_, "api_keys", kPatience, [&](Transaction& tx) {
    records.clear();
    for (const Row row : tx.Exec(kKeys)) {
      absl::StatusOr<UserId> user = UserId::Parse(row.Get<std::string>("user_id"));
      if (!user.ok()) continue;
      records.push_back(
          {.prefix = row.Get<std::string>("prefix"),
           .digest = absl::HexStringToBytes(row.Get<std::string>("digest")),
           .user = *std::move(user),
           .roles = RolesOf(row.Get<std::string>("roles")),
           .methods = Split(row.Get<std::string>("methods")),
           .expires_at =
               row.Get<std::optional<absl::Time>>("expires_at").value_or(absl::InfiniteFuture()),
           .is_revoked = row.Get<bool>("is_revoked")});
    }
    return absl::OkStatus();
  }));
  auto keys = std::make_shared<const ApiKeys>(std::move(records));
  const absl::MutexLock lock(&mutex_);
  keys_ = std::move(keys);
  return absl::OkStatus();
}

absl::Status ApiKeyDirectory::WriteUses() {
  std::map<std::string, absl::Time, std::less<>> uses;
  {
    const absl::MutexLock lock(&mutex_);
    uses.swap(uses_);
  }
  if (uses.empty()) return absl::OkStatus();
  std::vector<std::string> prefixes;
  std::vector<absl::Time> times;
  for (const auto& [prefix, time] : uses) {
    prefixes.push_back(prefix);
    times.push_back(time);
  }
  const absl::Status status =
      postgres::RunBackgroundWork(pool_, "api_key_uses", kPatience, [&](Transaction& tx) {
        tx.Exec(kUses, postgres::ArrayOf(prefixes), postgres::ArrayOf(times));
        return absl::OkStatus();
      });
  if (status.ok()) return status;
  const absl::MutexLock lock(&mutex_);
  // A use since then is the later one.
  for (const auto& [prefix, time] : uses) uses_.insert({prefix, time});
  return status;
}

absl::StatusOr<Principal> ApiKeyDirectory::Identify(std::string_view token) {
  std::shared_ptr<const ApiKeys> keys;
  {
    const absl::ReaderMutexLock lock(&mutex_);
    keys = keys_;
  }
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(Principal principal, keys->Identify(token, now));
  const absl::MutexLock lock(&mutex_);
  uses_.insert_or_assign(std::string(PrefixOf(token)), now);
  return principal;
}

}  // namespace waybill::auth
