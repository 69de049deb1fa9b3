#include "platform/postgres/array.h"

#include "absl/strings/escaping.h"
#include "platform/types/strings.h"

namespace waybill::postgres {

void ArrayBuilder::Separate() {
  if (text_.size() > 1) text_.push_back(',');
}

ArrayBuilder& ArrayBuilder::Add(std::string_view element) {
  Separate();
  text_.push_back('"');
  for (const char c : element) {
    if (c == '"' || c == '\\') text_.push_back('\\');
    text_.push_back(c);
  }
  text_.push_back('"');
  return *this;
}

ArrayBuilder& ArrayBuilder::Add(std::int64_t element) {
  Separate();
  StrAppend(&text_, element);
  return *this;
}

ArrayBuilder& ArrayBuilder::Add(bool element) {
  Separate();
  text_.push_back(element ? 't' : 'f');
  return *this;
}

ArrayBuilder& ArrayBuilder::Add(const Uuid& element) {
  Separate();
  text_ += element.ToString();
  return *this;
}

ArrayBuilder& ArrayBuilder::Add(absl::Time element) {
  return Add(absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", element, absl::UTCTimeZone()));
}

ArrayBuilder& ArrayBuilder::AddNull() {
  Separate();
  text_ += "NULL";
  return *this;
}

ArrayBuilder& ArrayBuilder::AddBytes(std::string_view bytes) {
  Separate();
  StrAppend(&text_, "\"\\\\x", absl::BytesToHexString(ToAbsl(bytes)), "\"");
  return *this;
}

}  // namespace waybill::postgres
