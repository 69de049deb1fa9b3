#include "outbox_relay/source/replication_stream.h"

#include "outbox_relay/base/big_endian.h"
#include "outbox_relay/base/utf8.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<std::unique_ptr<ReplicationStream>> ReplicationStream::Open(
    PgConnection connection, const std::string& slot, Lsn start, const std::string& publication,
    bool binary, absl::Duration timeout) {
  ASSIGN_OR_RETURN(const std::string name, FromUtf8(publication, connection.server_encoding()));
  RETURN_IF_ERROR(connection.ExecSimple("SET client_encoding = SQL_ASCII", timeout).status());
  const std::string sql =
      StrCat("START_REPLICATION SLOT ", QuoteIdentifier(slot), " LOGICAL ", FormatLsn(start),
             " (proto_version '1', publication_names ", QuoteLiteral(QuoteIdentifier(name)),
             ", binary '", binary ? "true" : "false", "')");
  ASSIGN_OR_RETURN(const PgResult started, connection.ExecSimple(sql, timeout));
  if (started.status() != PGRES_COPY_BOTH) return connection.Broken(sql);
  return std::unique_ptr<ReplicationStream>(new ReplicationStream(std::move(connection)));
}

absl::Status ReplicationStream::Read() {
  return PQconsumeInput(connection_.get()) != 0 ? absl::OkStatus()
                                                : connection_.Broken("streaming");
}

absl::StatusOr<StreamMessage> ReplicationStream::Next() {
  char* buffer = nullptr;
  const int size = PQgetCopyData(connection_.get(), &buffer, 1);
  buffer_.reset(buffer);
  if (size == 0) return StreamMessage{};
  if (size < 0) {
    PgResult ended(PQgetResult(connection_.get()));
    return WithSqlState(
        absl::UnavailableError(StrCat("the stream ended: ", PQresultErrorMessage(ended.get()),
                                      PQerrorMessage(connection_.get()))),
        ended.get());
  }
  Fields fields(std::string_view(buffer, static_cast<std::size_t>(size)));
  StreamMessage message;
  switch (fields.U8()) {
    case 'w':
      message.kind = StreamMessage::Kind::kData;
      fields.Bytes(24);
      message.data = fields.Bytes(fields.left());
      break;
    case 'k':
      message.kind = StreamMessage::Kind::kKeepalive;
      message.sent_up_to = fields.U64();
      fields.U64();
      message.reply_requested = fields.U8() != 0;
      break;
    default:
      break;
  }
  if (!fields.ok()) return absl::UnavailableError("the stream has a message that is cut short");
  return message;
}

absl::Status ReplicationStream::Confirm(Lsn confirmed, bool wants_reply) {
  constexpr absl::Duration kUnixTo2000 = absl::Seconds(946'684'800);
  char message[34] = {'r'};
  WriteBig64(message + 1, confirmed);
  WriteBig64(message + 9, confirmed);
  WriteBig64(message + 17, confirmed);
  WriteBig64(message + 25, static_cast<std::uint64_t>(absl::ToInt64Microseconds(
                               absl::Now() - absl::UnixEpoch() - kUnixTo2000)));
  message[33] = wants_reply ? 1 : 0;
  if (PQputCopyData(connection_.get(), message, sizeof message) < 0) {
    return connection_.Broken("confirming");
  }
  return Flush();
}

absl::Status ReplicationStream::Flush() {
  const int unsent = PQflush(connection_.get());
  unsent_ = unsent > 0;
  return unsent < 0 ? connection_.Broken("confirming") : absl::OkStatus();
}

}  // namespace waybill::outbox_relay
