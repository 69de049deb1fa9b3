// What a token must be to be believed: the attacks that are public (RFC 8725, CVE-2015-9235 and
// those like it), and what an issuer gets wrong.
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "platform/auth/base64url.h"
#include "platform/auth/jwks.h"
#include "platform/auth/jwt.h"
#include "platform/types/error.h"
#include "tests/support/token_maker.h"

namespace waybill::auth {
namespace {

using test::JwtHeader;
using test::KeySet;
using test::TokenMaker;

constexpr std::int64_t kNow = 1'800'000'000;
const absl::Time kAt = absl::FromUnixSeconds(kNow);

std::string Claims(const std::string& more = R"(,"sub":"ann")", std::int64_t exp = kNow + 600) {
  return absl::StrCat(R"({"iss":"https://shop","aud":"waybill","exp":)", exp, more, "}");
}

class JwtTest : public ::testing::Test {
 protected:
  absl::StatusOr<VerifiedToken> Verify(const std::string& token, absl::Time now = kAt) {
    return VerifyJwt(token, keys_, rules_, now);
  }
  std::string ReasonOfVerify(const std::string& token, absl::Time now = kAt) {
    const auto verified = Verify(token, now);
    EXPECT_FALSE(verified.ok());
    if (verified.ok()) return "";
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
    // A token is a secret: no message may hold a part of it.
    const std::string message(verified.status().message());
    for (std::size_t at = 0; at + 12 <= token.size(); at += 12) {
      EXPECT_FALSE(absl::StrContains(message, token.substr(at, 12))) << message;
    }
    return ReasonOf(verified.status());
  }

  static TokenMaker& Rsa() {
    static auto& maker = *new TokenMaker("RS256", "rsa");
    return maker;
  }
  static TokenMaker& Ec() {
    static auto& maker = *new TokenMaker("ES256", "ec");
    return maker;
  }
  static TokenMaker& Ed() {
    static auto& maker = *new TokenMaker("EdDSA", "ed");
    return maker;
  }

  const Jwks keys_ = *Jwks::Parse(KeySet({Rsa().Jwk(), Ec().Jwk(), Ed().Jwk()}));
  JwtRules rules_{.issuer = "https://shop", .audience = "waybill"};
};

TEST_F(JwtTest, ATokenOfEachAlgorithmIsBelieved) {
  for (const TokenMaker* maker : {&Rsa(), &Ec(), &Ed()}) {
    const auto verified = Verify(maker->Sign(Claims()));
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->principal.user.value(), "ann");
    EXPECT_EQ(verified->principal.roles, (Roles{Role::kCustomer}));
    EXPECT_EQ(verified->end, absl::FromUnixSeconds(kNow + 600) + rules_.leeway);
  }
}

TEST_F(JwtTest, NoTokenChoosesItsAlgorithm) {
  const std::string claims = Claims();
  const std::string none =
      test::Base64Url(JwtHeader("none", "rsa")) + "." + test::Base64Url(claims) + ".";
  EXPECT_EQ(ReasonOfVerify(none), "TOKEN_INVALID");
  for (const char* alg : {"none", "None", "HS256", "RS512", "PS256", "ES256", ""}) {
    EXPECT_EQ(ReasonOfVerify(Rsa().Sign(JwtHeader(alg, "rsa"), claims)), "TOKEN_INVALID") << alg;
  }
  // The public key, which everyone has, as the secret of an HMAC.
  for (const std::string& secret : {Rsa().PublicPem(), Rsa().Jwk(), std::string()}) {
    for (const char* alg : {"HS256", "RS256"}) {
      EXPECT_EQ(ReasonOfVerify(test::SignWithSecret(secret, JwtHeader(alg, "rsa"), claims)),
                "TOKEN_INVALID");
    }
  }
}

TEST_F(JwtTest, NoTokenBringsItsKey) {
  const TokenMaker stranger("RS256", "rsa");
  EXPECT_EQ(ReasonOfVerify(stranger.Sign(Claims())), "TOKEN_INVALID");
  for (const std::string& header :
       {absl::StrCat(R"({"alg":"RS256","jwk":)", stranger.Jwk(), "}"),
        std::string(R"({"alg":"RS256","jku":"https://evil/jwks","kid":"nobody"})"),
        std::string(R"({"alg":"RS256","kid":"../../../dev/null"})"),
        std::string(R"({"alg":"RS256","kid":["rsa"]})"), std::string(R"({"alg":"RS256"})")}) {
    EXPECT_EQ(ReasonOfVerify(stranger.Sign(header, Claims())), "TOKEN_INVALID") << header;
  }
  // One key's token under another key's name.
  EXPECT_EQ(ReasonOfVerify(Ec().Sign(JwtHeader("ES256", "rsa"), Claims())), "TOKEN_INVALID");
  EXPECT_EQ(ReasonOfVerify(Rsa().Sign(JwtHeader("RS256", "ec"), Claims())), "TOKEN_INVALID");
  EXPECT_EQ(ReasonOfVerify(Rsa().Sign(JwtHeader("ES256", "ec"), Claims())), "TOKEN_INVALID");
}

TEST_F(JwtTest, ACriticalHeaderIsRefused) {
  EXPECT_EQ(ReasonOfVerify(
                Rsa().Sign(R"({"alg":"RS256","kid":"rsa","crit":["b64"],"b64":false})", Claims())),
            "TOKEN_INVALID");
}

TEST_F(JwtTest, TimesCount) {
  const std::string token = Rsa().Sign(Claims());
  EXPECT_TRUE(Verify(token, kAt + absl::Seconds(629)).ok());
  EXPECT_EQ(ReasonOfVerify(token, kAt + absl::Seconds(630)), "TOKEN_EXPIRED");
  EXPECT_TRUE(Verify(Rsa().Sign(Claims(absl::StrCat(R"(,"sub":"ann","nbf":)", kNow + 29)))).ok());
  for (const std::string& more :
       {absl::StrCat(R"(,"sub":"ann","nbf":)", kNow + 31),
        std::string(R"(,"sub":"ann","nbf":"soon")"), std::string(R"(,"sub":"ann","nbf":-1)"),
        std::string(R"(,"sub":"ann","nbf":1e300)")}) {
    EXPECT_EQ(ReasonOfVerify(Rsa().Sign(Claims(more))), "TOKEN_INVALID") << more;
  }
  for (const char* exp :
       {"", R"("exp":null,)", R"("exp":"1900000000",)", R"("exp":1e400,)", R"("exp":-5,)"}) {
    const std::string claims =
        absl::StrCat("{", exp, R"("iss":"https://shop","aud":"waybill","sub":"ann"})");
    EXPECT_EQ(ReasonOfVerify(Rsa().Sign(claims)), "TOKEN_INVALID") << exp;
  }
}

TEST_F(JwtTest, IssuerAudienceAndUserMustBeOurs) {
  const std::string exp = absl::StrCat(R"(,"exp":)", kNow + 60, "}");
  for (const char* claims :
       {R"({"iss":"https://shop/","aud":"waybill","sub":"ann")", R"({"aud":"waybill","sub":"ann")",
        R"({"iss":["https://shop"],"aud":"waybill","sub":"ann")",
        R"({"iss":"https://shop","aud":"other","sub":"ann")",
        R"({"iss":"https://shop","sub":"ann")",
        R"({"iss":"https://shop","aud":{"waybill":1},"sub":"ann")",
        R"({"iss":"https://shop","aud":[],"sub":"ann")", R"({"iss":"https://shop","aud":"waybill")",
        R"({"iss":"https://shop","aud":"waybill","sub":"")",
        R"({"iss":"https://shop","aud":"waybill","sub":7)",
        R"({"iss":"https://shop","aud":"waybill","sub":"two words")",
        R"({"iss":"https://shop","aud":"waybill","sub":"a\u0000b")"}) {
    EXPECT_EQ(ReasonOfVerify(Rsa().Sign(claims + exp)), "TOKEN_INVALID") << claims;
  }
  for (const char* claims :
       {R"({"iss":"https://shop","aud":["other","waybill"],"sub":"auth0|5f7c8ec7")",
        R"({"iss":"https://shop","aud":"waybill","sub":"ann+shop@example.com")"}) {
    EXPECT_TRUE(Verify(Rsa().Sign(claims + exp)).ok()) << claims;
  }
}

TEST_F(JwtTest, RolesComeFromTheConfiguredClaim) {
  const auto roles = [&](const std::string& more) {
    const auto verified = Verify(Ed().Sign(Claims(R"(,"sub":"ann")" + more)));
    EXPECT_TRUE(verified.ok()) << verified.status();
    return verified->principal.roles.ToString();
  };
  EXPECT_EQ(roles(R"(,"roles":["operator","auditor"])"), "operator, auditor");
  EXPECT_EQ(roles(R"(,"roles":"service")"), "service");
  EXPECT_EQ(roles(R"(,"roles":["admin","OPERATOR",7])"), "customer");
  EXPECT_EQ(roles(R"(,"roles":{"operator":true})"), "customer");
  EXPECT_EQ(roles(R"(,"role":"operator")"), "customer");
  rules_.roles_claim = "realm_access.roles";
  EXPECT_EQ(roles(R"(,"realm_access":{"roles":["operator"]})"), "operator");
  EXPECT_EQ(roles(R"(,"realm_access":["roles"],"roles":["operator"])"), "customer");
}

TEST_F(JwtTest, WhatIsNoTokenIsRefused) {
  const std::string good = Ec().Sign(Claims());
  const std::string deep = std::string(3000, '[') + std::string(3000, ']');
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), good + ".",
        good + "=", good + "A", " " + good, good + "\n", std::string(1 << 20, 'a'),
        good.substr(0, good.size() - 1), Rsa().Sign(JwtHeader("RS256", "rsa"), deep),
        Rsa().Sign(JwtHeader("RS256", "rsa"), "null"), Rsa().Sign("[]", Claims())}) {
    EXPECT_EQ(ReasonOfVerify(token), "TOKEN_INVALID");
  }
}

// Whatever single byte is changed, and wherever a token is cut, it is no longer believed.
TEST_F(JwtTest, AChangedOrCutTokenIsRefused) {
  std::mt19937 random(1);
  for (const TokenMaker* maker : {&Rsa(), &Ec(), &Ed()}) {
    const std::string good = maker->Sign(Claims());
    for (int round = 0; round < 300; ++round) {
      std::string token = good;
      const std::size_t at = random() % token.size();
      token[at] = static_cast<char>(token[at] ^ (1 << (random() % 8)));
      EXPECT_FALSE(Verify(token).ok()) << at;
      EXPECT_FALSE(Verify(good.substr(0, at)).ok()) << at;
    }
  }
}

TEST(Base64UrlTest, HasOneFormOnly) {
  EXPECT_EQ(FromBase64Url("AA"), std::string(1, '\0'));
  for (const char* text : {"AA==", "AB", "A", "A A", "+/+/", "AA\n", "\xc3\xa9"}) {
    EXPECT_FALSE(FromBase64Url(text).has_value()) << text;
  }
}

class JwksTest : public ::testing::Test {
 protected:
  static std::string ErrorOf(const std::string& text) {
    const auto keys = Jwks::Parse(text);
    EXPECT_FALSE(keys.ok()) << text;
    return std::string(keys.status().message());
  }
};

TEST_F(JwksTest, AKeySetThatIsWrongIsRefusedWithTheReason) {
  const std::string good = TokenMaker("EdDSA", "a").Jwk();
  EXPECT_TRUE(absl::StrContains(ErrorOf(""), "not a JWKS"));
  EXPECT_TRUE(absl::StrContains(ErrorOf(good), "not a JWKS"));
  EXPECT_TRUE(absl::StrContains(ErrorOf(KeySet({})), "no key"));
  EXPECT_TRUE(absl::StrContains(ErrorOf(KeySet({good, good})), "keys[1] has the \"kid\""));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf(KeySet({R"({"kty":"oct","kid":"b","k":"AAAA"})"})), "symmetric"));
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(KeySet({R"({"kty":"OKP","crv":"Ed25519","kid":"b","d":"AA","x":"AA"})"})),
      "private"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf(KeySet({R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"})), "no \"kid\""));
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(KeySet({R"({"kty":"RSA","kid":"b","n":"AQAB","e":"AQAB"})"})), "bits"));
  // (1, 1) is not on the curve.
  const std::string one = test::Base64Url(std::string(31, '\0') + "\x01");
  EXPECT_TRUE(
      absl::StrContains(ErrorOf(KeySet({absl::StrCat(R"({"kty":"EC","crv":"P-256","kid":"b","x":")",
                                                     one, R"(","y":")", one, "\"}")})),
                        "EC key"));
}

TEST_F(JwksTest, KeysForOtherUsesAreLeftOut) {
  const auto keys =
      Jwks::Parse(KeySet({TokenMaker("EdDSA", "a").Jwk(),
                          R"({"kty":"RSA","use":"enc","kid":"b","n":"AQAB","e":"AQAB"})",
                          R"({"kty":"EC","crv":"P-521","kid":"c","x":"AA","y":"AA"})"}));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 1U);
  EXPECT_NE(keys->Find("a"), nullptr);
}

}  // namespace
}  // namespace waybill::auth
