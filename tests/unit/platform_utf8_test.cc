#include "platform/types/utf8.h"

#include <gtest/gtest.h>

namespace waybill {
namespace {

TEST(Utf8Test, WhatIsNotUtf8IsReplacedAndTheRestKept) {
  EXPECT_TRUE(IsUtf8("Bo\xc3\xaete \xf0\x9f\x8d\xb5"));
  EXPECT_FALSE(IsUtf8("Bo\xeete"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));
  EXPECT_EQ(ToStorableText("Bo\xc3\xaete"), "Bo\xc3\xaete");
  EXPECT_EQ(ToStorableText("Bo\xeete"), "Bo\xef\xbf\xbdte");
  EXPECT_EQ(ToStorableText(std::string("a\0b", 3)),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(ToStorableText("cut \xf0\x9f\x8d"), "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Utf8Test, CharactersAreCountedNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0u);
  EXPECT_EQ(CountCharacters("a\xd1\x89\xe6\xbc\xa2\xf0\x9f\x8d\xb5"), 4u);
  EXPECT_EQ(CountCharacters("cut \xf0\x9f\x8d"), 7u);
}

TEST(Utf8Test, AControlCharacterIsFoundWhateverItsSize) {
  EXPECT_TRUE(HasControl("a\x1b"));
  EXPECT_TRUE(HasControl("a\x7f"));
  EXPECT_TRUE(
      HasControl("a\xc2\x9b"
                 "31m"));
  EXPECT_FALSE(HasControl("a \xc2\xa0\xe2\x80\xae\xff"));
}

TEST(Utf8Test, WhatWouldActOnATerminalIsShownEscapedAndTheRestUnchanged) {
  for (const char* harmless :
       {"", "a\\b", "Bo\xc3\xaete \xf0\x9f\x8d\xb5", "\xc2\xa0\xe2\x80\xa7\xe2\x81\xaa"}) {
    EXPECT_EQ(ToVisibleText(harmless), harmless);
  }
  EXPECT_EQ(ToVisibleText("\x1b[2J\x07\r\n\x7f"), "\\u001b[2J\\u0007\\u000d\\u000a\\u007f");
  EXPECT_EQ(ToVisibleText(std::string("a\0", 2)), "a\\u0000");
  // CSI and NEL of the C1 controls; both separators; every character of Bidi_Control.
  EXPECT_EQ(ToVisibleText("\xc2\x9b"
                          "31m\xc2\x85"),
            "\\u009b31m\\u0085");
  EXPECT_EQ(ToVisibleText("\xe2\x80\xa8\xe2\x80\xa9"), "\\u2028\\u2029");
  EXPECT_EQ(ToVisibleText("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f"), "\\u061c\\u200e\\u200f");
  EXPECT_EQ(ToVisibleText("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae"),
            "\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_EQ(ToVisibleText("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9"),
            "\\u2066\\u2067\\u2068\\u2069");
  EXPECT_EQ(ToVisibleText("Bo\xeete\x9b"), "Bo\\xeete\\x9b");
}

}  // namespace
}  // namespace waybill
