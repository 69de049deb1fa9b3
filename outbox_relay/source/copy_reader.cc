#include "outbox_relay/source/copy_reader.h"

#include "outbox_relay/base/big_endian.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::Status CopyReader::Start(const std::string& copy_sql, absl::Duration timeout) {
  ASSIGN_OR_RETURN(const PgResult started, connection_.ExecSimple(copy_sql, timeout));
  return started.status() == PGRES_COPY_OUT ? absl::OkStatus() : connection_.Broken(copy_sql);
}

absl::Status CopyReader::Read() {
  return PQconsumeInput(connection_.get()) != 0 ? absl::OkStatus() : connection_.Broken("COPY");
}

absl::StatusOr<CopyReader::Next> CopyReader::NextRow() {
  for (;;) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(connection_.get(), &buffer, 1);
    buffer_.reset(buffer);
    if (size == 0) return Next::kNothing;
    if (size < 0) {
      PgResult ended(PQgetResult(connection_.get()));
      if (size == -1 && ended.status() == PGRES_COMMAND_OK) {
        PgResult last(PQgetResult(connection_.get()));
        return Next::kEnd;
      }
      return absl::UnavailableError(StrCat("the COPY failed: ", PQresultErrorMessage(ended.get()),
                                           PQerrorMessage(connection_.get())));
    }
    Fields fields(std::string_view(buffer, static_cast<std::size_t>(size)));
    if (!header_seen_) {
      header_seen_ = true;
      fields.Bytes(15);
      fields.Bytes(fields.U32());
      if (fields.left() == 0) continue;
    }
    const auto count = static_cast<std::int16_t>(fields.U16());
    if (count < 0) continue;
    columns_.resize(static_cast<std::size_t>(count));
    for (ColumnValue& column : columns_) {
      const auto length = static_cast<std::int32_t>(fields.U32());
      column = length < 0 ? ColumnValue{}
                          : ColumnValue{ColumnValue::Form::kBinary,
                                        fields.Bytes(static_cast<std::size_t>(length))};
    }
    if (!fields.ok()) return absl::UnavailableError("the COPY has a row that is cut short");
    return Next::kRow;
  }
}

}  // namespace waybill::outbox_relay
