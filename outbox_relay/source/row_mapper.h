// Makes a Kafka record of each outbox row, as the configuration's mapping says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/base/utf8.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/row_identity.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class RowMapper {
 public:
  // `encoding` is that of the rows' text, as PgConnection::server_encoding has it.
  explicit RowMapper(const RowMapping& mapping, std::string encoding = "UTF8")
      : mapping_(mapping), encoding_(std::move(encoding)), converter_(encoding_) {}

  // Finds the mapping's columns. FailedPrecondition names those that the table lacks or the stream
  // doesn't carry. To be called before Map, and again whenever the columns may have changed.
  absl::Status Bind(const std::vector<ColumnInfo>& columns);

  // Fills `record` from the row. InvalidArgument when the row makes no record: its topic is empty,
  // its headers are no JSON object, or a text of it has no UTF-8 form; `record` then has what could
  // be read, and such a text's bytes as they are, but for the topic's. It refers to `row` and to
  // this mapper, until the next call.
  absl::Status Map(const std::vector<ColumnValue>& row, Record* record);
  // What the row is called, as UTF-8, as far as the mapping has columns for it.
  RowName Name(const std::vector<ColumnValue>& row);

 private:
  struct Use {
    int column = -1;
    ColumnForm form = ColumnForm::kOther;
    // The column's name, or the constant.
    std::string literal = {};
    std::string scratch = {};
    std::string utf8 = {};
  };
  struct HeaderUse {
    std::string name;
    Use value;
  };

  absl::Status Find(const std::vector<ColumnInfo>& columns, const std::string& name,
                    Use* use) const;
  absl::Status BindTopic(const std::vector<ColumnInfo>& columns);
  std::string_view Topic(const std::vector<ColumnValue>& row);
  // UTF-8, but for the bytes of a bytea.
  std::string_view Bytes(const std::vector<ColumnValue>& row, Use& use);
  // False, and why in unreadable_, if it has no UTF-8 form.
  bool ToUtf8(std::string_view text, Use& use, std::string_view* utf8);

  const RowMapping mapping_;
  const std::string encoding_;
  Utf8Converter converter_;
  // Why the row at hand makes no record.
  absl::Status unreadable_;
  std::vector<Use> topic_;
  Use key_;
  Use payload_;
  Use headers_;
  Use row_id_;
  Use tx_;
  std::vector<HeaderUse> header_uses_;
  std::string topic_scratch_;
  std::string json_scratch_;
};

}  // namespace waybill::outbox_relay
