#include "platform/request_keys/request_key_store.h"

#include <numeric>
#include <set>
#include <utility>

namespace waybill::request_keys {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr char kColumns[] =
    "user_id text, request_id uuid, fingerprint bytea, resource text, response bytea";

constexpr Statement kFind{"request_keys_find",
                          R"sql(
    SELECT user_id, request_id, fingerprint, resource, response
    FROM $rows JOIN request_keys USING (user_id, request_id))sql",
                          {"user_id text, request_id uuid"}};

constexpr Statement kInsert{"request_keys_insert",
                            R"sql(
    INSERT INTO request_keys ($columns)
    SELECT $columns FROM $rows ORDER BY ordinality
    ON CONFLICT DO NOTHING)sql",
                            {kColumns}};

constexpr Statement kInsertFresh{"request_keys_insert_fresh",
                                 R"sql(
    INSERT INTO request_keys ($columns) SELECT $columns FROM $rows ORDER BY ordinality)sql",
                                 {kColumns}};

}  // namespace

absl::StatusOr<std::vector<absl::StatusOr<Answer>>> RequestKeyStore::AnswerOnce(
    absl::Span<const Request> requests,
    absl::FunctionRef<std::vector<absl::StatusOr<Answer>>(const std::vector<std::size_t>&)>
        effect) {
  std::vector<absl::StatusOr<Answer>> answers(requests.size(), absl::UnknownError("not answered"));
  std::map<RequestKey, Record> known = Find(requests);
  std::vector<std::size_t> open(requests.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  while (!open.empty()) {
    std::vector<std::size_t> fresh, behind;
    std::set<RequestKey> seen;
    for (const std::size_t i : open) {
      const Request& request = requests[i];
      if (const auto record = known.find(request.key); record != known.end()) {
        if (record->second.fingerprint == request.fingerprint) {
          answers[i] = record->second.answer;
        } else {
          answers[i] = Reused(request.key);
        }
      } else {
        (seen.insert(request.key).second ? fresh : behind).push_back(i);
      }
    }
    if (fresh.empty()) break;
    const std::vector<absl::StatusOr<Answer>> effects = effect(fresh);
    std::map<RequestKey, Record> records;
    for (std::size_t n = 0; n < fresh.size(); ++n) {
      const Request& request = requests[fresh[n]];
      answers[fresh[n]] = effects[n];
      if (effects[n].ok()) records[request.key] = {request.fingerprint, *effects[n]};
    }
    if (!Insert(records)) {
      return absl::AbortedError("another call has used the request_id in the meantime");
    }
    known.merge(records);
    open = std::move(behind);
  }
  return answers;
}

std::map<RequestKey, RequestKeyStore::Record> RequestKeyStore::Find(
    absl::Span<const Request> requests) {
  std::map<RequestKey, Record> records;
  if (requests.empty()) return records;
  std::set<RequestKey> keys;
  for (const Request& request : requests) keys.insert(request.key);
  Rows rows(kFind);
  for (const RequestKey& key : keys) {
    rows.Set("user_id", key.user).Set("request_id", key.request_id);
  }
  for (const Row row : tx_.ExecRows(kFind, rows)) {
    records[{row.Get<UserId>("user_id"), row.Get<RequestId>("request_id")}] = {
        .fingerprint = row.GetBytes("fingerprint"),
        .answer = {.resource = row.Get<std::string>("resource"),
                   .response = row.GetBytes("response")}};
  }
  return records;
}

bool RequestKeyStore::Insert(const std::map<RequestKey, Record>& records) {
  if (records.empty()) return true;
  Rows rows(kInsert);
  for (const auto& [key, record] : records) AddRow(rows, key, record);
  return tx_.WriteNow(kInsert, rows).affected_rows() == records.size();
}

void RequestKeyStore::InsertFresh(absl::Span<const Request> requests,
                                  absl::Span<const Answer> answers) {
  // Sorted, so that two batches can't deadlock.
  std::map<RequestKey, Record> records;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    records[requests[i].key] = {requests[i].fingerprint, answers[i]};
  }
  Rows rows(kInsertFresh);
  for (const auto& [key, record] : records) AddRow(rows, key, record);
  tx_.Write(kInsertFresh, rows);
}

void RequestKeyStore::AddRow(Rows& rows, const RequestKey& key, const Record& record) {
  rows.Set("user_id", key.user)
      .Set("request_id", key.request_id)
      .Set("fingerprint", record.fingerprint)
      .Set("resource", record.answer.resource)
      .Set("response", record.answer.response);
}

}  // namespace waybill::request_keys
