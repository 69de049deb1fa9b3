#include "platform/trace/trace_context.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "platform/types/random.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

std::string RandomHex(std::size_t bytes) { return absl::BytesToHexString(RandomBytes(bytes)); }

bool IsLowerHex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsId(std::string_view text, std::size_t size) {
  return IsLowerHex(text, size) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

TraceContext TraceContext::NewRoot() {
  TraceContext context;
  context.trace_id_ = RandomHex(16);
  context.parent_id_ = RandomHex(8);
  return context;
}

TraceContext TraceContext::FromHeader(std::string_view traceparent) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(traceparent), '-');
  if (parts.size() < 4 || !IsLowerHex(parts[0], 2) || parts[0] == "ff" || !IsId(parts[1], 32) ||
      !IsId(parts[2], 16) || !IsLowerHex(parts[3], 2)) {
    return NewRoot();
  }
  TraceContext context;
  context.trace_id_ = parts[1];
  context.parent_id_ = parts[2];
  context.flags_ = parts[3];
  return context;
}

TraceContext TraceContext::Child() const {
  TraceContext child = *this;
  child.parent_id_ = RandomHex(8);
  return child;
}

std::string TraceContext::ToHeader() const {
  return StrCat("00-", trace_id_, "-", parent_id_, "-", flags_);
}

}  // namespace waybill
