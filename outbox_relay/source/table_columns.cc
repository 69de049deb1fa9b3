#include "outbox_relay/source/table_columns.h"

#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// A type is sent by a function that it shares with the domains over it. Those of PostgreSQL itself
// (language internal, 12) are known by their names, also where an extension's type uses them.
constexpr char kSender[] = "CASE WHEN f.prolang = 12 THEN f.prosrc END";

// The views and columns of newer servers are asked for as members, which older ones lack.
constexpr char kColumns[] = R"sql(
WITH published AS (
  SELECT to_jsonb(p) ->> 'pubgencols' AS generated, to_jsonb(r) ->> 'prattrs' AS listed
  FROM pg_publication p LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = $1::oid
  WHERE p.pubname = $2)
SELECT a.attname, a.atttypid, $SENDER,
       CASE WHEN listed IS NULL AND a.attgenerated <> ''
                 AND (a.attgenerated <> 's' OR generated IS DISTINCT FROM 's') THEN 'generated'
            WHEN a.attnum::text <> ALL (regexp_split_to_array(listed, '\D+')) THEN 'unlisted'
       END
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_proc f ON f.oid = t.typsend
LEFT JOIN published ON true
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)sql";

ColumnForm FormOf(std::string_view sender) {
  static const std::map<std::string_view, ColumnForm> kForms = {
      {"textsend", ColumnForm::kText},
      {"varcharsend", ColumnForm::kText},
      {"namesend", ColumnForm::kText},
      {"enum_send", ColumnForm::kText},
      {"json_send", ColumnForm::kText},
      {"bpcharsend", ColumnForm::kBlankPadded},
      {"byteasend", ColumnForm::kBytea},
      {"boolsend", ColumnForm::kBool},
      {"int2send", ColumnForm::kInt2},
      {"int4send", ColumnForm::kInt4},
      {"int8send", ColumnForm::kInt8},
      {"xid8send", ColumnForm::kXid8},
      {"timestamp_send", ColumnForm::kTimestamp},
      {"timestamptz_send", ColumnForm::kTimestamp},
      {"uuid_send", ColumnForm::kUuid},
      {"jsonb_send", ColumnForm::kJsonb},
      {"inet_send", ColumnForm::kInet},
  };
  const auto found = kForms.find(sender);
  return found == kForms.end() ? ColumnForm::kOther : found->second;
}

ColumnInfo::Stream StreamOf(std::string_view left_out) {
  if (left_out == "generated") return ColumnInfo::Stream::kLeavesOutGenerated;
  if (left_out == "unlisted") return ColumnInfo::Stream::kLeavesOutUnlisted;
  return ColumnInfo::Stream::kCarries;
}

}  // namespace

absl::StatusOr<std::vector<ColumnInfo>> ReadColumns(PgConnection& connection,
                                                    const std::string& table_oid,
                                                    const std::string& publication) {
  static const std::string kSql = absl::StrReplaceAll(kColumns, {{"$SENDER", kSender}});
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kSql, {table_oid, publication}));
  std::vector<ColumnInfo> columns;
  for (int i = 0; i < result.rows(); ++i) {
    ColumnInfo column{.name = std::string(result.Text(i, 0)),
                      .form = FormOf(result.Text(i, 2)),
                      .stream = StreamOf(result.Text(i, 3))};
    if (!ParseNumber(result.Text(i, 1), &column.type)) {
      return absl::InternalError("pg_attribute has a type oid that is not a number");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

absl::Status ReadForms(PgConnection& connection, std::vector<ColumnInfo>& columns) {
  static const std::string kSql =
      StrCat("SELECT t.oid, ", kSender,
             " FROM pg_type t JOIN pg_proc f ON f.oid = t.typsend WHERE t.oid = ANY ($1::oid[])");
  const auto append_type = [](std::string* out, const ColumnInfo& column) {
    StrAppend(out, column.type);
  };
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection.Exec(kSql, {StrCat("{", absl::StrJoin(columns, ",", append_type), "}")}));
  absl::flat_hash_map<std::uint32_t, ColumnForm> forms;
  for (int i = 0; i < result.rows(); ++i) {
    std::uint32_t type = 0;
    if (!ParseNumber(result.Text(i, 0), &type)) {
      return absl::InternalError("pg_type has an oid that is not a number");
    }
    forms[type] = FormOf(result.Text(i, 1));
  }
  for (ColumnInfo& column : columns) {
    const auto found = forms.find(column.type);
    column.form = found == forms.end() ? ColumnForm::kOther : found->second;
  }
  return absl::OkStatus();
}

}  // namespace waybill::outbox_relay
