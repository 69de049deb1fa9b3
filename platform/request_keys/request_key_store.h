// The table request_keys (AIP-155): the same request_id from the same user gives the first
// successful answer again; with other parameters it is an error. One row per successful request,
// inserted in the transaction of its effect; failures are not stored.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "platform/postgres/transaction.h"
#include "platform/request_keys/request_key.h"

namespace waybill::request_keys {

// Lives no longer than the transaction it borrows. Throws what libpqxx throws.
class RequestKeyStore {
 public:
  explicit RequestKeyStore(postgres::Transaction& tx) : tx_(tx) {}

  // Lets those of `requests` take effect whose key was never used, and answers the others from the
  // table. Every use case that changes something runs through it.
  //
  // `effect` gets the places (indexes into `requests`) of the new ones, no two with the same key,
  // and returns one answer for each, in that order; an answer that is not OK is not stored. It is
  // called again for a request whose key's first holder in the same batch has failed.
  //
  // One answer per request, in order; REQUEST_ID_REUSED where the key was used with other
  // parameters. kAborted: another transaction has used a key in the meantime; the transaction must
  // be rolled back and run again, which RunTransaction does. Two statements, and what `effect`
  // does.
  absl::StatusOr<std::vector<absl::StatusOr<Answer>>> AnswerOnce(
      absl::Span<const Request> requests,
      absl::FunctionRef<std::vector<absl::StatusOr<Answer>>(const std::vector<std::size_t>&)>
          effect);

  // Queues the insert of the requests' answers (Transaction::Write), for a transaction of one
  // statement. No two requests may have the same key. If a key was used before, the statement fails
  // with kInvalidArgument; AnswerOnce then finds out which.
  void InsertFresh(absl::Span<const Request> requests, absl::Span<const Answer> answers);

 private:
  struct Record {
    std::string fingerprint;
    Answer answer;
  };

  // What the requests' keys hold; a key never used is not in the result.
  std::map<RequestKey, Record> Find(absl::Span<const Request> requests);
  // Inserts the records in sorted order, so that two batches can't deadlock; waits for a
  // transaction that is just inserting the same key. False when one of the keys was there.
  bool Insert(const std::map<RequestKey, Record>& records);
  static void AddRow(postgres::Rows& rows, const RequestKey& key, const Record& record);

  postgres::Transaction& tx_;
};

}  // namespace waybill::request_keys
