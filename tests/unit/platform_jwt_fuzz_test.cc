// Feeds tokens and key sets that are changed at random: none may be believed, or end the process. The sanitizers'
// presets run this, too.
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "platform/auth/jwks.h"
#include "platform/auth/jwt.h"
#include "tests/support/token_maker.h"

namespace waybill::auth {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
// What parsers stumble over.
const char* const kPieces[] = {"\"",  "\\",   "\\u0000",  "{",  "}",    "[[[[[[[[", "]",    ",",
                               ":",   "null", "1e999",    "-0", "true", "\xff\xfe", "none", "alg",
                               "kid", "crit", "\"exp\":", ".",  "="};

class Changer {
 public:
  explicit Changer(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t end) { return random_() % end; }

  // One to four changes: a bit, a cut, a piece put in, a part twice.
  std::string Change(std::string text) {
    for (std::size_t i = Below(4) + 1; i > 0; --i) {
      const std::size_t at = Below(text.size() + 1);
      switch (Below(4)) {
        case 0:
          if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
          break;
        case 1:
          text.erase(at, Below(8) + 1);
          break;
        case 2:
          text.insert(at, kPieces[Below(std::size(kPieces))]);
          break;
        default:
          text.insert(at, text.substr(Below(text.size() + 1), Below(64)));
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

class JwtFuzzTest : public ::testing::TestWithParam<const char*> {
 protected:
  bool IsBelieved(const std::string& token) const {
    return VerifyJwt(token, keys_, {.issuer = "https://shop", .audience = "waybill"},
                     absl::FromUnixSeconds(kNow))
        .ok();
  }

  const test::TokenMaker maker_{GetParam(), "one"};
  const std::string header_ = test::JwtHeader(GetParam(), "one");
  const std::string claims_ = absl::StrCat(
      R"({"iss":"https://shop","aud":["waybill"],"sub":"ann","roles":["operator"],"exp":)",
      kNow + 600, "}");
  const Jwks keys_ = *Jwks::Parse(test::KeySet({maker_.Jwk()}));
};

TEST_P(JwtFuzzTest, AChangedTokenIsNotBelieved) {
  const std::string token = maker_.Sign(header_, claims_);
  ASSERT_TRUE(IsBelieved(token));
  Changer changer(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string changed = changer.Change(token);
    EXPECT_EQ(IsBelieved(changed), changed == token) << changed;
  }
}

// As somebody would who can write JSON, but can't sign it.
TEST_P(JwtFuzzTest, ChangedContentsUnderAnotherSignatureAreNotBelieved) {
  const std::vector<std::string> parts = absl::StrSplit(maker_.Sign(header_, claims_), '.');
  Changer changer(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string header = header_;
    std::string claims = claims_;
    std::string& changed = changer.Below(2) == 0 ? header : claims;
    const std::string before = changed;
    changed = changer.Change(changed);
    const std::string token =
        absl::StrCat(test::Base64Url(header), ".", test::Base64Url(claims), ".", parts[2]);
    EXPECT_EQ(IsBelieved(token), changed == before) << header << "\n" << claims;
  }
}

// Whatever an issuer signs is read to its end without harm.
TEST_P(JwtFuzzTest, ChangedContentsThatAreSignedDoNoHarm) {
  Changer changer(3);
  for (int i = 0; i < 2'000; ++i) {
    IsBelieved(maker_.Sign(changer.Change(header_), claims_));
    IsBelieved(maker_.Sign(header_, changer.Change(claims_)));
  }
}

TEST_P(JwtFuzzTest, AChangedKeySetDoesNoHarm) {
  const std::string token = maker_.Sign(header_, claims_);
  const std::string set = test::KeySet({maker_.Jwk()});
  Changer changer(4);
  for (int i = 0; i < 5'000; ++i) {
    const auto keys = Jwks::Parse(changer.Change(set));
    if (!keys.ok()) continue;
    static_cast<void>(VerifyJwt(token, *keys, {.issuer = "https://shop", .audience = "waybill"},
                                absl::FromUnixSeconds(kNow)));
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, JwtFuzzTest, ::testing::Values("RS256", "ES256", "EdDSA"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace waybill::auth
