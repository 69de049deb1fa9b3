// Makes a Kafka record of each outbox row, as the configuration's mapping says.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/config.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class RowMapper {
 public:
  explicit RowMapper(const RowMapping& mapping) : mapping_(mapping) {}

  // Finds the mapping's columns. FailedPrecondition names those that the table (or the
  // publication's column list) lacks. To be called before Map, and again whenever the columns may
  // have changed.
  absl::Status Bind(const std::vector<ColumnInfo>& columns);

  // Fills `record` from the row. InvalidArgument when the row makes no record: its topic is empty,
  // or its headers are no JSON object; `record` then has what could be read. It refers to `row` and
  // to this mapper, until the next call.
  absl::Status Map(const std::vector<ColumnValue>& row, Record* record);
  // The name of the row for operators; "" if the mapping has no such column.
  std::string RowId(const std::vector<ColumnValue>& row) const;

 private:
  struct Use {
    int column = -1;
    std::uint32_t type = 0;
    std::string literal = {};
    std::string scratch = {};
  };
  struct HeaderUse {
    std::string name;
    Use value;
  };

  absl::Status Find(const std::vector<ColumnInfo>& columns, const std::string& name,
                    Use* use) const;
  absl::Status BindTopic(const std::vector<ColumnInfo>& columns);
  std::string_view Topic(const std::vector<ColumnValue>& row);
  static std::string_view Text(const std::vector<ColumnValue>& row, Use& use);

  const RowMapping mapping_;
  std::vector<Use> topic_;
  Use key_;
  Use payload_;
  Use headers_;
  Use row_id_;
  std::vector<HeaderUse> header_uses_;
  std::string topic_scratch_;
  std::string json_scratch_;
};

}  // namespace waybill::outbox_relay
