// RowRange writes the SQL that counts and reads the retained rows that a republication is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/config.h"
#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Which rows; what isn't there isn't asked for.
struct RowFilter {
  // From `since` on, before `until`: timestamps as PostgreSQL reads them.
  std::optional<std::string> since;
  std::optional<std::string> until;
  // As the mapping makes them; the topic is without prefix.
  std::optional<std::string> topic;
  std::optional<std::string> key;
};

// Rows have a place each, in the order of columns.order, else of columns.row_id, else of the table's
// files. A position is that place as text.
class RowRange {
 public:
  // FailedPrecondition when the table lacks a column that the filter needs.
  static absl::StatusOr<RowRange> Create(const SourceConfig& source,
                                         const std::vector<ColumnInfo>& columns,
                                         const RowFilter& filter);

  // The column that orders the rows; "": the table has none.
  const std::string& order() const { return order_; }
  // One row per topic: the topic, how many rows, and the times of the first and the last ("" without
  // columns.time).
  std::string SummarySql() const;
  // How many rows have no place, because their order is null.
  std::string UnplacedSql() const;
  // The position of the last row; no row if there is none.
  std::string LastPositionSql() const;
  // COPY of the first `limit` rows behind `after` ("": from the first on) up to `last`, in order: the
  // table's columns, then the row's position.
  std::string CopySql(std::string_view after, std::string_view last, std::int64_t limit) const;

 private:
  absl::Status AddTimes(const std::vector<ColumnInfo>& columns, const RowFilter& filter);
  absl::Status AddKey(const std::vector<ColumnInfo>& columns, const RowFilter& filter);
  std::string Where() const;
  // The place's columns, each followed by `suffix`.
  std::string Place(std::string_view suffix) const;
  std::string PlaceOf(std::string_view position) const;
  std::string PositionText() const;

  RowMapping mapping_;
  std::string table_;
  std::string columns_;
  std::string order_;
  std::string topic_;
  std::string time_;
  std::vector<std::string> conditions_;
};

}  // namespace waybill::outbox_relay
