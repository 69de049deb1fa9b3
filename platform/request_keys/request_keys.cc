#include "platform/request_keys/request_keys.h"

#include <algorithm>
#include <set>

#include "platform/postgres/array.h"

namespace waybill::request_keys {
namespace {

constexpr postgres::Statement kInsert{
    "request_keys_insert",
    "INSERT INTO request_keys (user_id, request_id, fingerprint, resource, response) "
    "SELECT user_id, request_id, fingerprint, resource, response "
    "FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::bytea[]) WITH ORDINALITY"
    "     AS k(user_id, request_id, fingerprint, resource, response, n) "
    "ORDER BY n ON CONFLICT DO NOTHING RETURNING user_id, request_id, resource"};

constexpr postgres::Statement kFind{
    "request_keys_find",
    "SELECT k.user_id, k.request_id, k.fingerprint, k.resource, k.response "
    "FROM unnest($1::text[], $2::uuid[]) AS w(user_id, request_id) "
    "JOIN request_keys k USING (user_id, request_id)"};

}  // namespace

std::map<RequestKey, Record> Insert(postgres::Transaction& tx, absl::Span<const Record> records) {
  if (records.empty()) return {};
  std::vector<const Record*> sorted;
  for (const Record& record : records) sorted.push_back(&record);
  std::ranges::stable_sort(sorted, {}, [](const Record* r) { return r->key; });

  postgres::ArrayBuilder users, ids, fingerprints, resources, responses;
  for (const Record* record : sorted) {
    users.Add(record->key.user.value());
    ids.Add(record->key.request_id);
    fingerprints.AddBytes(record->fingerprint);
    resources.Add(record->resource);
    responses.AddBytes(record->response);
  }
  // (user, request id, resource): of two equal keys in one batch only the first is inserted.
  std::set<std::pair<RequestKey, std::string>> inserted;
  for (const auto& row : tx.Exec(kInsert, users.text(), ids.text(), fingerprints.text(),
                                 resources.text(), responses.text())) {
    inserted.emplace(RequestKey{UserId(row[0].c_str()), RequestId(postgres::UuidOf(row[1]))},
                     row[2].c_str());
  }
  std::vector<RequestKey> taken;
  for (const Record* record : sorted) {
    if (!inserted.contains({record->key, record->resource})) taken.push_back(record->key);
  }
  return Find(tx, taken);
}

std::map<RequestKey, Record> Find(postgres::Transaction& tx, absl::Span<const RequestKey> keys) {
  std::map<RequestKey, Record> found;
  if (keys.empty()) return found;
  postgres::ArrayBuilder users, ids;
  for (const RequestKey& key : keys) {
    users.Add(key.user.value());
    ids.Add(key.request_id);
  }
  for (const auto& row : tx.Exec(kFind, users.text(), ids.text())) {
    const RequestKey key{UserId(row[0].c_str()), RequestId(postgres::UuidOf(row[1]))};
    found[key] = Record{.key = key,
                        .fingerprint = postgres::BytesOf(row[2]),
                        .resource = row[3].c_str(),
                        .response = postgres::BytesOf(row[4])};
  }
  return found;
}

}  // namespace waybill::request_keys
