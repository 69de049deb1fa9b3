// Reads the stream of one logical replication slot, and confirms it ("Streaming Replication
// Protocol" in PostgreSQL's manual).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

struct StreamMessage {
  enum class Kind { kNothing, kData, kKeepalive };
  Kind kind = Kind::kNothing;
  // kData: a pgoutput message, until the next call of Next.
  std::string_view data;
  // kKeepalive: everything before this position has been sent.
  Lsn sent_up_to = 0;
  bool reply_requested = false;
};

// Not thread-safe. Nothing blocks but Open. Errors are kUnavailable: the connection can't be
// used any more.
class ReplicationStream {
 public:
  // Starts at `start` or where the slot was confirmed last, whichever is later. `binary` asks for
  // values in their binary form: a type that has none comes as text all the same. Text, names among
  // it, comes in the database's encoding: one that has no UTF-8 form would end every stream at its
  // row. Blocks for `timeout`, twice, at most. Aborted with SQLSTATE
  // 55006 when another process streams from the slot.
  static absl::StatusOr<std::unique_ptr<ReplicationStream>> Open(PgConnection connection,
                                                                 const std::string& slot, Lsn start,
                                                                 const std::string& publication,
                                                                 bool binary,
                                                                 absl::Duration timeout);
  // Takes what the socket has.
  absl::Status Read();
  // The next of what was taken; kNothing: Read first. SqlState(status) has what the server reported.
  absl::StatusOr<StreamMessage> Next();
  // Confirms to the server that everything before `confirmed` is safe, so that it may remove it.
  // With `wants_reply` it answers at once: silence is a sign that it doesn't work.
  absl::Status Confirm(Lsn confirmed, bool wants_reply);

  int socket() const { return connection_.socket(); }
  // True while a Confirm hasn't quite left: call Flush when the socket is writable.
  bool wants_write() const { return unsent_; }
  absl::Status Flush();

 private:
  explicit ReplicationStream(PgConnection connection) : connection_(std::move(connection)) {}

  PgConnection connection_;
  std::unique_ptr<char, decltype(&PQfreemem)> buffer_{nullptr, PQfreemem};
  bool unsent_ = false;
};

}  // namespace waybill::outbox_relay
