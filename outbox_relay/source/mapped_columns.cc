#include "outbox_relay/source/mapped_columns.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_join.h"
#include "outbox_relay/base/pg_connection.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

bool IsMapped(const RowMapping& mapping, const std::string& name) {
  return name == mapping.key || name == mapping.payload || name == mapping.headers ||
         name == mapping.row_id || mapping.topic.find("{" + name + "}") != std::string::npos ||
         std::ranges::any_of(mapping.header_rules,
                             [&name](const HeaderRule& rule) { return rule.column == name; });
}

template <typename Predicate>
std::vector<ColumnInfo> Select(const std::vector<ColumnInfo>& columns, Predicate&& predicate) {
  std::vector<ColumnInfo> selected;
  std::ranges::copy_if(columns, std::back_inserter(selected), predicate);
  return selected;
}

}  // namespace

std::vector<ColumnInfo> MappedColumns(const RowMapping& mapping,
                                      const std::vector<ColumnInfo>& columns) {
  return Select(columns,
                [&mapping](const ColumnInfo& column) { return IsMapped(mapping, column.name); });
}

std::vector<ColumnInfo> CopiedColumns(const RowMapping& mapping,
                                      const std::vector<ColumnInfo>& columns) {
  return Select(columns, [&mapping](const ColumnInfo& column) {
    return IsMapped(mapping, column.name) || column.name == mapping.tx;
  });
}

std::string CopyList(const std::vector<ColumnInfo>& columns) {
  return absl::StrJoin(columns, ", ", [](std::string* list, const ColumnInfo& column) {
    StrAppend(list, QuoteIdentifier(column.name), HasReadableBinary(column.form) ? "" : "::text");
  });
}

absl::Status CheckStreamed(const ColumnInfo& column) {
  switch (column.stream) {
    case ColumnInfo::Stream::kCarries:
      return absl::OkStatus();
    case ColumnInfo::Stream::kLeavesOutGenerated:
      return absl::FailedPreconditionError(
          StrCat("PostgreSQL doesn't stream column \"", column.name,
                 "\", because it is generated: let a default, a trigger or the writer fill a plain",
                 " column, or, with PostgreSQL 18 and a stored one, ALTER PUBLICATION ... SET",
                 " (publish_generated_columns = stored)"));
    case ColumnInfo::Stream::kLeavesOutUnlisted:
      return absl::FailedPreconditionError(
          StrCat("PostgreSQL doesn't stream column \"", column.name,
                 "\", because it isn't in the publication's column list: ALTER PUBLICATION ... SET",
                 " TABLE with the column, or without a list"));
  }
  return absl::OkStatus();
}

absl::Status CheckStreamed(const std::vector<ColumnInfo>& columns) {
  for (const ColumnInfo& column : columns) RETURN_IF_ERROR(CheckStreamed(column));
  return absl::OkStatus();
}

const ColumnInfo* FindUnreadableBinary(const std::vector<ColumnInfo>& columns) {
  const auto found = std::ranges::find_if_not(
      columns, [](const ColumnInfo& column) { return HasReadableBinary(column.form); });
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace waybill::outbox_relay
