#include "outbox_relay/republish/row_range.h"

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/topic_template.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// pg_type.dat: timestamp.
constexpr std::uint32_t kTimestampWithoutZone = 1114;

// The table is called o in every statement: a bare column of ORDER BY would be the result's.
std::string Column(std::string_view name) { return StrCat("o.", QuoteIdentifier(name)); }

absl::StatusOr<ColumnInfo> FindColumn(const std::vector<ColumnInfo>& columns,
                                      const std::string& name) {
  for (const ColumnInfo& column : columns) {
    if (column.name == name) return column;
  }
  return absl::FailedPreconditionError(StrCat("the outbox table has no column \"", name,
                                              "\": change [source.columns] or the table"));
}

absl::StatusOr<std::string> TopicSql(const RowMapping& mapping,
                                     const std::vector<ColumnInfo>& columns) {
  ASSIGN_OR_RETURN(const std::vector<TopicPart> parts, ParseTopicTemplate(mapping.topic));
  std::vector<std::string> texts;
  for (const TopicPart& part : parts) {
    if (!part.is_column) {
      texts.push_back(StrCat(QuoteLiteral(part.text), "::text"));
      continue;
    }
    RETURN_IF_ERROR(FindColumn(columns, part.text).status());
    texts.push_back(StrCat(Column(part.text), "::text"));
  }
  return absl::StrJoin(texts, " || ");
}

}  // namespace

absl::StatusOr<RowRange> RowRange::Create(const SourceConfig& source,
                                          const std::vector<ColumnInfo>& columns,
                                          const RowFilter& filter) {
  RowRange range;
  range.mapping_ = source.mapping;
  range.table_ = QuoteTable(source.schema, source.table);
  range.columns_ = CopyList(CopiedColumns(source.mapping, columns));
  range.order_ = source.mapping.order.empty() ? source.mapping.row_id : source.mapping.order;
  if (!range.order_.empty()) {
    RETURN_IF_ERROR(FindColumn(columns, range.order_).status());
  }
  ASSIGN_OR_RETURN(range.topic_, TopicSql(source.mapping, columns));
  RETURN_IF_ERROR(range.AddTimes(columns, filter));
  RETURN_IF_ERROR(range.AddKey(columns, filter));
  if (filter.topic) {
    range.conditions_.push_back(StrCat(range.topic_, " = ", QuoteLiteral(*filter.topic)));
  }
  return range;
}

absl::Status RowRange::AddTimes(const std::vector<ColumnInfo>& columns, const RowFilter& filter) {
  if (mapping_.time.empty()) {
    if (!filter.since && !filter.until) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "--since and --until need a column that says when a row was inserted: set columns.time to a"
        " timestamptz column");
  }
  ASSIGN_OR_RETURN(const ColumnInfo column, FindColumn(columns, mapping_.time));
  if (column.form != ColumnForm::kTimestamp) {
    return absl::FailedPreconditionError(StrCat("columns.time: column \"", mapping_.time,
                                                "\" is neither timestamptz nor timestamp"));
  }
  time_ = Column(mapping_.time);
  // Times without a zone are read as UTC, as in headers.
  const std::string zone = column.type == kTimestampWithoutZone ? " AT TIME ZONE 'UTC'" : "";
  const auto bound = [&](const char* comparison, const std::string& time) {
    conditions_.push_back(
        StrCat(time_, comparison, "(", QuoteLiteral(time), "::timestamptz", zone, ")"));
  };
  if (filter.since) bound(" >= ", *filter.since);
  if (filter.until) bound(" < ", *filter.until);
  return absl::OkStatus();
}

absl::Status RowRange::AddKey(const std::vector<ColumnInfo>& columns, const RowFilter& filter) {
  if (!filter.key) return absl::OkStatus();
  if (mapping_.key.empty()) {
    return absl::FailedPreconditionError(
        "the source's records have no key: columns.key is not set");
  }
  ASSIGN_OR_RETURN(const ColumnInfo column, FindColumn(columns, mapping_.key));
  const std::string name = Column(mapping_.key);
  conditions_.push_back(column.form == ColumnForm::kBytea
                            ? StrCat(name, " = ", QuoteLiteral(ByteaLiteral(*filter.key)))
                            : StrCat(name, "::text = ", QuoteLiteral(*filter.key)));
  return absl::OkStatus();
}

std::string RowRange::Where() const {
  return conditions_.empty() ? " WHERE true"
                             : StrCat(" WHERE ", absl::StrJoin(conditions_, " AND "));
}

// Rows may share an order; the row's table and place in it tell them apart.
std::string RowRange::Place(std::string_view suffix) const {
  const std::string order = order_.empty() ? "" : StrCat(Column(order_), suffix, ", ");
  return StrCat(order, "o.tableoid", suffix, ", o.ctid", suffix);
}

std::string RowRange::PositionText() const {
  return StrCat("concat_ws(' ', o.tableoid, o.ctid",
                order_.empty() ? "" : StrCat(", ", Column(order_)), ")");
}

std::string RowRange::PlaceOf(std::string_view position) const {
  // The order comes last: it alone may have spaces.
  std::vector<std::string> parts = absl::StrSplit(ToAbsl(position), absl::MaxSplits(' ', 2));
  parts.resize(3);
  const std::string order = order_.empty() ? "" : StrCat(QuoteLiteral(parts[2]), ", ");
  return StrCat(order, QuoteLiteral(parts[0]), ", ", QuoteLiteral(parts[1]));
}

std::string RowRange::SummarySql() const {
  const std::string times =
      time_.empty() ? "'', ''" : StrCat("min(", time_, ")::text, max(", time_, ")::text");
  return StrCat("SELECT coalesce(", topic_, ", ''), count(*), ", times, " FROM ", table_, " o",
                Where(), " GROUP BY 1 ORDER BY 1");
}

std::string RowRange::UnplacedSql() const {
  return StrCat("SELECT count(*) FROM ", table_, " o", Where(), " AND ",
                order_.empty() ? "false" : StrCat(Column(order_), " IS NULL"));
}

std::string RowRange::LastPositionSql() const {
  return StrCat("SELECT ", PositionText(), " FROM ", table_, " o", Where(), " ORDER BY ",
                Place(" DESC"), " LIMIT 1");
}

std::string RowRange::CopySql(std::string_view after, std::string_view last,
                              std::int64_t limit) const {
  std::string sql = StrCat(kRawText, "COPY (SELECT ", columns_, ", ", PositionText(), " FROM ",
                           table_, " o", Where());
  if (!after.empty()) StrAppend(&sql, " AND (", Place(""), ") > (", PlaceOf(after), ")");
  return StrCat(sql, " AND (", Place(""), ") <= (", PlaceOf(last), ") ORDER BY ", Place(""),
                " LIMIT ", limit, ") TO STDOUT (FORMAT binary)");
}

}  // namespace waybill::outbox_relay
