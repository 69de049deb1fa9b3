// Decodes the messages of PostgreSQL's `pgoutput` plugin, protocol version 1 ("Logical Replication
// Message Formats" in PostgreSQL's manual).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/utf8.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

struct Change {
  // kOther is everything an outbox has no use for: updates, deletes, truncates, origins, types.
  enum class Kind { kBegin, kCommit, kRelation, kInsert, kOther };
  Kind kind = Kind::kOther;
  std::uint32_t xid = 0;
  // kBegin: the commit's position. kCommit: the position behind the transaction, the one to
  // confirm.
  Lsn lsn = 0;
  // kBegin: when it was committed, as the server's clock had it.
  absl::Time committed = {};
  // kRelation and kInsert; lives until the relation is described again.
  const RelationInfo* relation = nullptr;
};

// Not thread-safe. One per replication session: relations are described anew in every session.
class PgOutputDecoder {
 public:
  // Names come in the database's encoding (PgConnection::server_encoding) and become UTF-8.
  explicit PgOutputDecoder(const std::string& encoding = "UTF8") : utf8_(encoding) {}

  // InvalidArgument for bytes that are no such message. After kInsert, columns() has the row until
  // the next call, and refers to `message`.
  absl::StatusOr<Change> Decode(std::string_view message);
  const std::vector<ColumnValue>& columns() const { return columns_; }

 private:
  absl::StatusOr<Change> DecodeRelation(std::string_view body);
  absl::StatusOr<Change> DecodeInsert(std::string_view body);
  // Bytes that have no UTF-8 form stay as they are: no configuration can name them.
  std::string Name(std::string_view bytes);

  Utf8Converter utf8_;
  std::string scratch_;

  absl::flat_hash_map<std::uint32_t, std::unique_ptr<RelationInfo>> relations_;
  const RelationInfo* last_relation_ = nullptr;
  std::vector<ColumnValue> columns_;
};

}  // namespace waybill::outbox_relay
