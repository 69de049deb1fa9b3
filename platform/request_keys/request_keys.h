// Request ids (AIP-155): the same request_id from the same user gives the first successful answer
// again, with other parameters it is an error. One row a successful request, in the transaction of
// its effect; failures are not stored. Table: request_keys (migrations/request_keys).
#pragma once

#include <map>

#include "absl/types/span.h"
#include "platform/postgres/transaction.h"
#include "platform/request_keys/request_key.h"

namespace waybill::request_keys {

// Inserts the records, in one statement, in sorted order so that two batches can't deadlock. Waits
// for a transaction that is just writing the same key. Returns what is stored under every key that
// at least one of `records` could not take. A record whose key is in the result under another
// resource must not take effect again; two records with one key in the same batch must therefore
// have different resources (the first wins).
std::map<RequestKey, Record> Insert(postgres::Transaction& tx, absl::Span<const Record> records);

// What the keys hold; keys never used are not in the result.
std::map<RequestKey, Record> Find(postgres::Transaction& tx, absl::Span<const RequestKey> keys);

}  // namespace waybill::request_keys
