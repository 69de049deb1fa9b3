// RowFeed offers rows to the publisher, one at a time, and keeps the one that found no room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/sink/publisher.h"
#include "outbox_relay/source/columns.h"
#include "outbox_relay/source/row_mapper.h"

namespace waybill::outbox_relay {

// Not thread-safe. The columns of a row that was held must stay as they are until it is taken.
class RowFeed {
 public:
  // `publisher` outlives this. `encoding` as for RowMapper.
  RowFeed(const RowMapping& mapping, std::string encoding, Publisher& publisher)
      : mapper_(mapping, std::move(encoding)), publisher_(publisher) {}

  // See RowMapper::Bind.
  absl::Status Bind(const std::vector<ColumnInfo>& columns) { return mapper_.Bind(columns); }
  // True if the publisher took the row, false if it is held: then Retry until true.
  absl::StatusOr<bool> Offer(const std::vector<ColumnValue>& columns);
  absl::StatusOr<bool> Retry(const std::vector<ColumnValue>& columns);
  bool held() const { return held_; }

 private:
  RowMapper mapper_;
  Publisher& publisher_;
  Record record_;
  absl::Status unreadable_;
  bool held_ = false;
};

}  // namespace waybill::outbox_relay
