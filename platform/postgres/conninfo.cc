#include "platform/postgres/conninfo.h"

#include <libpq-fe.h>

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "platform/types/strings.h"

namespace waybill::postgres {

absl::StatusOr<ConninfoKeywords> ParseConninfo(const std::string& conninfo) {
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &error);
  if (options == nullptr) {
    const absl::Status status = absl::InvalidArgumentError(
        StrCat("conninfo: ", absl::StripSuffix(error == nullptr ? "out of memory" : error, "\n")));
    PQfreemem(error);
    return status;
  }
  ConninfoKeywords keywords;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  return keywords;
}

std::string ConninfoOf(const ConninfoKeywords& keywords) {
  std::string conninfo;
  for (const auto& [keyword, value] : keywords) {
    StrAppend(&conninfo, conninfo.empty() ? "" : " ", keyword, "='",
              absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
  }
  return conninfo;
}

}  // namespace waybill::postgres
