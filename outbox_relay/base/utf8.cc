#include "outbox_relay/base/utf8.h"

#include <iconv.h>

#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::string_view kUtf8 = "UTF8";
constexpr std::string_view kAnyBytes = "SQL_ASCII";

// What PostgreSQL stores text in, as iconv calls it.
std::string IconvName(const std::string& encoding) {
  static const std::map<std::string, std::string> kNames = {
      {"UTF8", "UTF-8"},
      {"SQL_ASCII", "UTF-8"},
      {"LATIN1", "ISO-8859-1"},
      {"LATIN2", "ISO-8859-2"},
      {"LATIN3", "ISO-8859-3"},
      {"LATIN4", "ISO-8859-4"},
      {"LATIN5", "ISO-8859-9"},
      {"LATIN6", "ISO-8859-10"},
      {"LATIN7", "ISO-8859-13"},
      {"LATIN8", "ISO-8859-14"},
      {"LATIN9", "ISO-8859-15"},
      {"LATIN10", "ISO-8859-16"},
      {"ISO_8859_5", "ISO-8859-5"},
      {"ISO_8859_6", "ISO-8859-6"},
      {"ISO_8859_7", "ISO-8859-7"},
      {"ISO_8859_8", "ISO-8859-8"},
      {"WIN866", "CP866"},
      {"WIN874", "CP874"},
      {"WIN1250", "CP1250"},
      {"WIN1251", "CP1251"},
      {"WIN1252", "CP1252"},
      {"WIN1253", "CP1253"},
      {"WIN1254", "CP1254"},
      {"WIN1255", "CP1255"},
      {"WIN1256", "CP1256"},
      {"WIN1257", "CP1257"},
      {"WIN1258", "CP1258"},
      {"KOI8R", "KOI8-R"},
      {"KOI8U", "KOI8-U"},
      {"EUC_JP", "EUC-JP"},
      {"EUC_CN", "EUC-CN"},
      {"EUC_KR", "EUC-KR"},
      {"EUC_TW", "EUC-TW"},
      {"EUC_JIS_2004", "EUC-JISX0213"},
  };
  const auto found = kNames.find(encoding);
  return found == kNames.end() ? encoding : found->second;
}

absl::StatusOr<iconv_t> Open(const std::string& to, const std::string& from,
                             const std::string& encoding) {
  iconv_t descriptor = iconv_open(to.c_str(), from.c_str());
  if (descriptor != reinterpret_cast<iconv_t>(-1)) return descriptor;
  return absl::FailedPreconditionError(StrCat("the database's encoding is ", encoding,
                                              ", which iconv doesn't know on this machine"));
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// False if some of the text has no form in the other encoding.
bool Convert(iconv_t descriptor, std::string_view text, std::string* out) {
  // Of the encodings above none needs more than four bytes for what is one in another.
  out->resize(4 * text.size());
  char* in = const_cast<char*>(text.data());
  std::size_t in_left = text.size();
  char* to = out->data();
  std::size_t to_left = out->size();
  iconv(descriptor, nullptr, nullptr, nullptr, nullptr);
  const bool converted =
      iconv(descriptor, &in, &in_left, &to, &to_left) != static_cast<std::size_t>(-1) &&
      iconv(descriptor, nullptr, nullptr, &to, &to_left) != static_cast<std::size_t>(-1);
  out->resize(out->size() - to_left);
  return converted;
}

}  // namespace

void Utf8Converter::Closer::operator()(void* descriptor) const { iconv_close(descriptor); }

Utf8Converter::Utf8Converter(const std::string& encoding)
    : kind_(encoding == kUtf8       ? Kind::kRight
            : encoding == kAnyBytes ? Kind::kVerified
                                    : Kind::kConverted) {
  if (kind_ == Kind::kRight) return;
  const absl::StatusOr<iconv_t> descriptor = Open("UTF-8", IconvName(encoding), encoding);
  status_ = descriptor.status();
  if (descriptor.ok()) descriptor_.reset(*descriptor);
}

bool Utf8Converter::Convert(std::string_view text, std::string* scratch, std::string_view* utf8) {
  if (kind_ == Kind::kRight || IsAscii(text)) {
    *utf8 = text;
    return true;
  }
  if (descriptor_ == nullptr || !outbox_relay::Convert(descriptor_.get(), text, scratch))
    return false;
  *utf8 = kind_ == Kind::kVerified ? text : std::string_view(*scratch);
  return true;
}

absl::StatusOr<std::string> FromUtf8(std::string_view text, const std::string& encoding) {
  if (encoding == kUtf8 || encoding == kAnyBytes || IsAscii(text)) return std::string(text);
  ASSIGN_OR_RETURN(iconv_t descriptor, Open(IconvName(encoding), "UTF-8", encoding));
  std::string converted;
  const bool fits = Convert(descriptor, text, &converted);
  iconv_close(descriptor);
  if (fits) return converted;
  return absl::FailedPreconditionError(
      StrCat("the database's encoding ", encoding, " has no form of: ", text));
}

std::string Escaped(std::string_view bytes) { return absl::CHexEscape(ToAbsl(bytes)); }

}  // namespace waybill::outbox_relay
