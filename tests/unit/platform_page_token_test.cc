// Page tokens: opaque, and good for one listing only.
#include "platform/grpc/page_token.h"

#include <gtest/gtest.h>

#include <string>

namespace waybill::grpc {
namespace {

constexpr Listing kAnns{.name = "orders", .user = "ann"};

TEST(PageTokens, ATokenGivesItsPositionBack) {
  EXPECT_EQ(*ReadPosition(MakePageToken(kAnns, "position"), kAnns), "position");
}

TEST(PageTokens, ATokenIsGoodForOneUserAndOneListing) {
  const std::string token = MakePageToken(kAnns, "position");
  EXPECT_FALSE(ReadPosition(token, {"orders", "bob"}).ok());
  EXPECT_FALSE(ReadPosition(token, {"products", "ann"}).ok());
  EXPECT_FALSE(ReadPosition(token, {"orders", "ann", "state=PLACED"}).ok());
}

TEST(PageTokens, AnyOtherStringIsRefused) {
  const std::string token = MakePageToken(kAnns, "position");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ReadPosition(forged, kAnns).ok()) << i;
    EXPECT_FALSE(ReadPosition(token.substr(0, i), kAnns).ok()) << i;
  }
  for (const std::string& forged : {token + "=", token + "A", " " + token, std::string("%%"),
                                    std::string(5000, 'A'), std::string("\r\n")}) {
    EXPECT_FALSE(ReadPosition(forged, kAnns).ok()) << forged;
  }
}

}  // namespace
}  // namespace waybill::grpc
