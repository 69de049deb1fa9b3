#include "outbox_relay/base/utf8.h"

#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

std::string Utf8(const std::string& encoding, std::string_view text) {
  Utf8Converter converter(encoding);
  EXPECT_TRUE(converter.status().ok()) << converter.status();
  std::string scratch;
  std::string_view utf8 = "none";
  converter.Convert(text, &scratch, &utf8);
  return std::string(utf8);
}

TEST(Utf8, IsMadeOfEveryEncodingThatAServerStoresTextIn) {
  EXPECT_EQ(Utf8("UTF8", "caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(Utf8("LATIN1", "caf\xe9"), "caf\u00e9");
  EXPECT_EQ(Utf8("LATIN9", "\xa4"), "\u20ac");
  EXPECT_EQ(Utf8("WIN1252", "\x80"), "\u20ac");
  EXPECT_EQ(Utf8("WIN1251", "\xe6"), "\u0436");
  EXPECT_EQ(Utf8("KOI8R", "\xd6"), "\u0436");
  EXPECT_EQ(Utf8("EUC_JP", "\xc6\xfc"), "\u65e5");
  EXPECT_EQ(Utf8("EUC_KR", "\xb0\xa1"), "\uac00");
  for (const char* encoding :
       {"LATIN2",  "LATIN3",     "LATIN4",     "LATIN5",      "LATIN6",     "LATIN7",  "LATIN8",
        "LATIN10", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7",  "ISO_8859_8", "WIN866",  "WIN874",
        "WIN1250", "WIN1253",    "WIN1254",    "WIN1255",     "WIN1256",    "WIN1257", "WIN1258",
        "KOI8U",   "EUC_CN",     "EUC_TW",     "EUC_JIS_2004"}) {
    EXPECT_EQ(Utf8(encoding, "plain"), "plain") << encoding;
  }
}

TEST(Utf8, IsNotMadeOfWhatIsNoText) {
  EXPECT_EQ(Utf8("WIN1252", "a\x81"), "none");
  EXPECT_EQ(Utf8("EUC_JP", "\xc6"), "none");
  EXPECT_EQ(Utf8("SQL_ASCII", "caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(Utf8("SQL_ASCII", "caf\xe9"), "none");
}

TEST(Utf8, AnUnknownEncodingIsSaidAndItsAsciiStaysReadable) {
  Utf8Converter converter("MULE_INTERNAL");
  EXPECT_EQ(converter.status().code(), absl::StatusCode::kFailedPrecondition);
  std::string scratch;
  std::string_view utf8;
  EXPECT_TRUE(converter.Convert("plain", &scratch, &utf8));
  EXPECT_FALSE(converter.Convert("\x81\xe9", &scratch, &utf8));
}

TEST(Utf8, GoesBackIntoTheServersEncoding) {
  EXPECT_EQ(FromUtf8("caf\u00e9", "LATIN1").value(), "caf\xe9");
  EXPECT_EQ(FromUtf8("caf\u00e9", "SQL_ASCII").value(), "caf\u00e9");
  EXPECT_FALSE(FromUtf8("\u65e5", "LATIN1").ok());
}

TEST(Utf8, EscapesWhatIsNotAscii) { EXPECT_EQ(Escaped("id\xe9"), "id\\xe9"); }

}  // namespace
}  // namespace waybill::outbox_relay
