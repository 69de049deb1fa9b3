#include "tools/verify/pages.h"

#include "absl/strings/str_replace.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::verify {
namespace {

std::string FirstLiteral(KeyType type) {
  switch (type) {
    case KeyType::kUuid:
      return "'00000000-0000-0000-0000-000000000000'";
    case KeyType::kBigint:
      return "-1";
    case KeyType::kText:
      return "''";
  }
  return "";
}

std::string LiteralOf(const postgres::BinaryRow& row, KeyType type) {
  switch (type) {
    case KeyType::kUuid:
      return StrCat("'", row.AsUuid(0).ToString(), "'");
    case KeyType::kBigint:
      return StrCat(row.Int(0));
    case KeyType::kText:
      return StrCat("'", absl::StrReplaceAll(ToAbsl(row.Text(0)), {{"'", "''"}}), "'");
  }
  return "";
}

}  // namespace

absl::Status ReadPages(postgres::BinaryRows& session, const std::string& select,
                       const std::string& key, KeyType type, std::int64_t& rows,
                       absl::FunctionRef<void(const postgres::BinaryRow&)> take,
                       absl::FunctionRef<absl::Status(const std::string&)> after_page) {
  std::string after = FirstLiteral(type);
  int in_page = kPageRows;
  while (in_page == kPageRows) {
    in_page = 0;
    std::string last = after;
    RETURN_IF_ERROR(session.ForEach(
        StrCat(select, " AND ", key, " > ", after, " ORDER BY ", key, " LIMIT ", kPageRows),
        [&](const postgres::BinaryRow& row) {
          take(row);
          if (++in_page == kPageRows) last = LiteralOf(row, type);
        }));
    rows += in_page;
    const bool whole = in_page == kPageRows;
    RETURN_IF_ERROR(after_page(
        StrCat(key, " > ", after, whole ? StrCat(" AND ", key, " <= ", last) : std::string())));
    after = last;
  }
  return absl::OkStatus();
}

}  // namespace waybill::verify
