#include "platform/inbox/missing_rows.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace waybill::inbox {
namespace {

// The type of the payload with the keys, one per line.
constexpr char kMissingKeys[] = "waybill/missing_keys";

}  // namespace

absl::Status MissingRows(const std::set<std::string>& keys) {
  absl::Status status = absl::NotFoundError(absl::StrCat(
      "there is no row of ", *keys.begin(),
      keys.size() == 1 ? "" : absl::StrCat(" and of ", keys.size() - 1, " other keys")));
  status.SetPayload(kMissingKeys, absl::Cord(absl::StrJoin(keys, "\n")));
  return status;
}

std::set<std::string> MissingKeysOf(const absl::Status& status) {
  const auto keys = status.GetPayload(kMissingKeys);
  if (!keys) return {};
  return absl::StrSplit(std::string(*keys), '\n');
}

}  // namespace waybill::inbox
