#include "platform/postgres/statement.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace {

void AddColumns(const char* list, bool is_extra, const Statement& statement,
                std::vector<Column>& columns) {
  if (*list == '\0') return;
  for (const absl::string_view part : absl::StrSplit(list, ',')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(absl::StripAsciiWhitespace(part), absl::MaxSplits(' ', 1));
    if (words.size() != 2) {
      std::fprintf(stderr, "statement %s: \"%s\" is not a list of \"name type\"\n", statement.name,
                   list);
      std::abort();
    }
    columns.push_back({.name = ToStd(words[0]),
                       .type = ToStd(absl::StripAsciiWhitespace(words[1])),
                       .is_extra = is_extra});
  }
}

// The highest $1, $2, ... in the SQL; 0 when there is none.
int NumberedParameters(std::string_view sql) {
  int highest = 0;
  for (std::size_t i = 0; i + 1 < sql.size(); ++i) {
    if (sql[i] == '$' && std::isdigit(static_cast<unsigned char>(sql[i + 1])) != 0) {
      highest = std::max(highest, std::atoi(sql.data() + i + 1));
    }
  }
  return highest;
}

}  // namespace

std::vector<Column> ColumnsOf(const Statement& statement) {
  std::vector<Column> columns;
  AddColumns(statement.columns.first, false, statement, columns);
  AddColumns(statement.columns.second, false, statement, columns);
  AddColumns(statement.columns.extra, true, statement, columns);
  return columns;
}

std::string ExpandedSql(const Statement& statement, int taken) {
  const std::vector<Column> columns = ColumnsOf(statement);
  if (columns.empty()) return statement.sql;
  std::vector<std::string> names, sets, fields, arrays;
  int parameter = NumberedParameters(statement.sql) + taken;
  for (const Column& column : columns) {
    fields.emplace_back(column.name);
    arrays.push_back(StrCat("$", ++parameter, "::", column.type, "[]"));
    if (column.is_extra) continue;
    names.emplace_back(column.name);
    if (names.size() > 1) sets.push_back(StrCat(column.name, " = rows.", column.name));
  }
  return absl::StrReplaceAll(
      statement.sql,
      {{"$columns", absl::StrJoin(names, ", ")},
       {"$set", absl::StrJoin(sets, ", ")},
       {"$rows", StrCat("unnest(", absl::StrJoin(arrays, ", "), ") WITH ORDINALITY AS rows(",
                        absl::StrJoin(fields, ", "), ", ordinality)")}});
}

}  // namespace waybill::postgres
