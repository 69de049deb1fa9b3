#include "outbox_relay/source/column_text.h"

#include <charconv>

#include "outbox_relay/base/big_endian.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/source/timestamp_text.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

std::string_view UuidText(std::string_view bytes, std::string* scratch) {
  static constexpr char kHex[] = "0123456789abcdef";
  scratch->resize(36);
  char* out = scratch->data();
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *out++ = kHex[byte >> 4];
    *out++ = kHex[byte & 15];
  }
  return *scratch;
}

template <typename Number>
std::string_view NumberText(Number number, std::string* scratch) {
  scratch->resize(24);
  const auto end = std::to_chars(scratch->data(), scratch->data() + scratch->size(), number);
  scratch->resize(static_cast<std::size_t>(end.ptr - scratch->data()));
  return *scratch;
}

std::string_view WithoutBlanks(std::string_view padded) {
  return padded.substr(0, padded.find_last_not_of(' ') + 1);
}

// The output function leaves out the mask of a single address, the cast to text doesn't.
std::string_view InetText(std::string_view address, std::string* scratch) {
  if (address.find('/') != std::string_view::npos) return address;
  const bool v6 = address.find(':') != std::string_view::npos;
  *scratch = StrCat(address, v6 ? "/128" : "/32");
  return *scratch;
}

// Of the text that PostgreSQL's output function makes.
std::string_view OutputText(std::string_view data, ColumnForm form, std::string* scratch) {
  switch (form) {
    case ColumnForm::kBool:
      return data == "t" ? "true" : "false";
    case ColumnForm::kBlankPadded:
      return WithoutBlanks(data);
    case ColumnForm::kTimestamp:
      return TimestampText(data, scratch);
    case ColumnForm::kInet:
      return InetText(data, scratch);
    default:
      return data;
  }
}

std::string_view BinaryText(std::string_view data, ColumnForm form, std::string* scratch) {
  switch (form) {
    case ColumnForm::kUuid:
      return data.size() == 16 ? UuidText(data, scratch) : data;
    case ColumnForm::kInt8:
      return data.size() == 8
                 ? NumberText(static_cast<std::int64_t>(ReadBig64(data.data())), scratch)
                 : data;
    case ColumnForm::kXid8:
      return data.size() == 8 ? NumberText(ReadBig64(data.data()), scratch) : data;
    case ColumnForm::kInt4:
      return data.size() == 4
                 ? NumberText(static_cast<std::int32_t>(ReadBig32(data.data())), scratch)
                 : data;
    case ColumnForm::kInt2:
      return data.size() == 2
                 ? NumberText(static_cast<std::int16_t>(ReadBig16(data.data())), scratch)
                 : data;
    case ColumnForm::kTimestamp:
      return data.size() == 8
                 ? TimestampText(static_cast<std::int64_t>(ReadBig64(data.data())), scratch)
                 : data;
    case ColumnForm::kBool:
      return data == std::string_view("\x01", 1) ? "true" : "false";
    case ColumnForm::kJsonb:
      return data.empty() ? data : data.substr(1);
    case ColumnForm::kBlankPadded:
      return WithoutBlanks(data);
    case ColumnForm::kBytea:
      return *scratch = ByteaLiteral(data);
    default:
      return data;
  }
}

}  // namespace

std::string_view ColumnText(const ColumnValue& value, ColumnForm form, std::string* scratch) {
  switch (value.form) {
    case ColumnValue::Form::kBinary:
      return BinaryText(value.data, form, scratch);
    case ColumnValue::Form::kText:
      return OutputText(value.data, form, scratch);
    case ColumnValue::Form::kNull:
      break;
  }
  return {};
}

std::string_view ColumnBytes(const ColumnValue& value, ColumnForm form, std::string* scratch) {
  if (form != ColumnForm::kBytea) return ColumnText(value, form, scratch);
  if (value.form != ColumnValue::Form::kText) return value.data;
  return *scratch = ParseBytea(value.data);
}

}  // namespace waybill::outbox_relay
