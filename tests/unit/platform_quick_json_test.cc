#include "platform/events/quick_json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "waybill/events/v1/events.pb.h"

namespace waybill::events {
namespace {

namespace v1 = ::waybill::events::v1;
using google::protobuf::util::JsonParseOptions;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageDifferencer;

v1::OrderPlaced Placed() {
  v1::OrderPlaced body;
  body.set_order_id("01a21b7f-df1d-7f54-8e16-bdae69d60a61");
  body.set_user_id("ann \"щ\" \n <b> \u2028 \U0001F600");
  for (int i = 1; i <= 3; ++i) {
    v1::Item& item = *body.add_items();
    item.set_product_id("tea-" + std::to_string(i));
    item.set_quantity(i);
  }
  body.set_amount_minor(9'007'199'254'740'993);
  body.set_currency("EUR");
  body.mutable_placed_at()->set_seconds(1'700'000'000);
  body.mutable_placed_at()->set_nanos(123'000'000);
  return body;
}

std::string Written(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

TEST(QuickJsonTest, ReadsWhatIsWritten) {
  v1::OrderPlaced read;
  ASSERT_TRUE(ParseQuickly(Written(Placed()), read));
  EXPECT_TRUE(MessageDifferencer::Equals(read, Placed())) << read.DebugString();
}

// Whatever the quick parser accepts, protobuf's own reads as the same message.
TEST(QuickJsonTest, AgreesWithProtobufsParser) {
  const std::vector<std::string> values = {R"("text")",
                                           R"("")",
                                           R"("12")",
                                           R"("-3")",
                                           R"("+3")",
                                           R"(" 3")",
                                           R"("3 ")",
                                           R"("1e2")",
                                           R"("1.0")",
                                           R"("--1")",
                                           R"("-")",
                                           "7",
                                           "-7",
                                           "1.0",
                                           "1e2",
                                           "0.5",
                                           "2147483647",
                                           "2147483648",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "true",
                                           "null",
                                           "{}",
                                           "[]",
                                           "[1]",
                                           R"(["a"])",
                                           R"([{}])",
                                           R"({"productId":"a"})",
                                           R"([{"productId":"a","quantity":2}])",
                                           R"([{"productId":"a"},{"unknown":[{"x":[1]}]}])",
                                           R"([[]])",
                                           R"([null])",
                                           R"("2023-11-14T22:13:20Z")",
                                           R"("2023-11-14T22:13:20.123456789Z")",
                                           R"("2023-11-14T22:13:20+01:00")",
                                           R"("2023-11-14")",
                                           R"({"seconds":"1"})",
                                           R"("\ud83d\ude00")",
                                           R"("\ud83d")",
                                           R"("\u0000")"};
  int accepted = 0;
  for (const std::string name : {"orderId", "order_id", "amountMinor", "amount_minor", "items",
                                 "placedAt", "placed_at", "unknown", "", "ORDERID"}) {
    for (const std::string& value : values) {
      for (const std::string& json :
           {"{\"" + name + "\":" + value + "}",
            "{\"unknown\":{\"orderId\":1},\"" + name + "\":" + value + ",\"userId\":\"u\"}",
            "{\"" + name + "\":" + value + "} x", "{\"" + name + "\":" + value}) {
        v1::OrderPlaced quick;
        if (!ParseQuickly(json, quick)) continue;
        ++accepted;
        v1::OrderPlaced slow;
        JsonParseOptions options;
        options.ignore_unknown_fields = true;
        EXPECT_TRUE(JsonStringToMessage(json, &slow, options).ok()) << json;
        EXPECT_TRUE(MessageDifferencer::Equals(quick, slow)) << json << "\n" << quick.DebugString();
      }
    }
  }
  EXPECT_GT(accepted, 100);
}

TEST(QuickJsonTest, LeavesTheRestToProtobufsParser) {
  for (const std::string json : {"", "1", "[]", "\"\"", "null", "{", "{}{}", R"({"orderId":null})",
                                 R"({"orderId":5})", "{\"orderId\":\"\xff\"}"}) {
    v1::OrderPlaced read;
    EXPECT_FALSE(ParseQuickly(json, read)) << json;
  }
}

}  // namespace
}  // namespace waybill::events
