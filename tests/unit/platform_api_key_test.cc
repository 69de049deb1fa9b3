// Whose API key one is, and what is none.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/auth/api_key.h"
#include "platform/types/error.h"
#include "platform/types/sha256.h"

namespace waybill::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class ApiKeyTest : public ::testing::Test {
 protected:
  static ApiKeyRecord RecordOf(const NewApiKey& key) {
    return {.prefix = key.prefix,
            .digest = key.digest,
            .user = UserId("shop"),
            .roles = {Role::kService},
            .methods = {"OrderService"}};
  }
  // Why the text isn't taken.
  static std::string Refusal(const ApiKeys& keys, const std::string& text, absl::Time now = kNow) {
    const absl::StatusOr<Principal> principal = keys.Identify(text, now);
    if (principal.ok()) return "";
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kUnauthenticated);
    if (text.size() > 30) {
      EXPECT_FALSE(absl::StrContains(principal.status().message(), text.substr(21, 8)));
    }
    return ReasonOf(principal.status());
  }

  const NewApiKey key_ = MakeApiKey();
};

TEST_F(ApiKeyTest, AKeyIsItsOwners) {
  const ApiKeys keys({RecordOf(MakeApiKey()), RecordOf(key_)});
  const absl::StatusOr<Principal> principal = keys.Identify(key_.text, kNow);
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user.value(), "shop");
  EXPECT_EQ(principal->roles, Roles{Role::kService});
  EXPECT_EQ(principal->methods, std::vector<std::string>{"OrderService"});
  EXPECT_EQ(principal->credential, "key " + key_.prefix);
  EXPECT_EQ(PrefixOf(key_.text), key_.prefix);
}

TEST_F(ApiKeyTest, NoTwoAreAlikeAndNoSecretIsStored) {
  const NewApiKey other = MakeApiKey();
  EXPECT_NE(key_.prefix, other.prefix);
  EXPECT_NE(key_.text.substr(21), other.text.substr(21));
  EXPECT_EQ(key_.digest, Sha256(key_.text.substr(21)));
}

TEST_F(ApiKeyTest, WhatIsNotTheKeyIsNotTaken) {
  const NewApiKey other = MakeApiKey();
  const ApiKeys keys({RecordOf(key_), RecordOf(other)});
  std::string changed = key_.text;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {std::string(), std::string("wbk_"), std::string("wbk"), key_.prefix, changed,
        key_.text + "A", key_.text.substr(0, key_.text.size() - 1), " " + key_.text,
        MakeApiKey().text, std::string("WBK_") + key_.text.substr(4),
        // Another key's prefix with this one's secret.
        "wbk_" + other.prefix + "_" + key_.text.substr(21),
        key_.text.substr(0, 20) + "-" + key_.text.substr(21) + "-",
        key_.text.substr(0, 63) + std::string(1, '\0'), std::string(100'000, 'w'),
        "wbk_" + key_.prefix + "_" + key_.digest + std::string(11, 'A')}) {
    EXPECT_EQ(Refusal(keys, text), "KEY_INVALID") << text.substr(0, 80);
  }
  EXPECT_EQ(Refusal(ApiKeys(), key_.text), "KEY_INVALID");
}

TEST_F(ApiKeyTest, ARevokedOrExpiredOneSaysSoToItsHolderOnly) {
  ApiKeyRecord revoked = RecordOf(key_);
  revoked.is_revoked = true;
  EXPECT_EQ(Refusal(ApiKeys({revoked}), key_.text), "KEY_REVOKED");
  ApiKeyRecord expired = RecordOf(key_);
  expired.expires_at = kNow;
  EXPECT_EQ(Refusal(ApiKeys({expired}), key_.text), "KEY_EXPIRED");
  EXPECT_EQ(Refusal(ApiKeys({expired}), key_.text, kNow - absl::Seconds(1)), "");
  std::string guessed = key_.text;
  guessed.replace(30, 3, "xyz");
  EXPECT_EQ(Refusal(ApiKeys({revoked}), guessed), "KEY_INVALID");
  EXPECT_EQ(Refusal(ApiKeys({expired}), guessed), "KEY_INVALID");
}

}  // namespace
}  // namespace waybill::auth
