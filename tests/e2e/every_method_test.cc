// Walks over every method of every service that the running servers list by reflection, so that a
// new method is in it by itself.
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/match.h"
#include "platform/types/uuid.h"
#include "tests/e2e/every_method.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"
#include "tests/support/reflection_client.h"

namespace waybill::e2e {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kMaxTrailerBytes = 4096;
constexpr int kMaxDepth = 3;

// What the fields of a request are filled with.
struct Filling {
  const char* name;
  // How many elements a repeated field gets.
  int repeated;
  std::int64_t number;
  std::function<std::string(const std::string& field)> text;
};

std::string LongText(const std::string&) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "\xd1\x89%\x1b";
  return text;
}

// A value that passes the checks of a field's form and names nothing that there is.
std::string WellFormed(const std::string& field) {
  if (field == "email") return "ann@example.com";
  return absl::EndsWith(field, "_id") ? Uuid::NewV7().ToString() : std::string("x");
}

const Filling kFillings[] = {
    {"nothing set, many lines", 100, 0, [](const std::string&) { return ""; }},
    {"more lines than are allowed", 5000, 0, [](const std::string&) { return ""; }},
    {"long texts and huge numbers", 100, std::numeric_limits<std::int64_t>::max(), LongText},
    {"negative numbers", 100, std::numeric_limits<std::int64_t>::min(), LongText},
    {"texts that are not UTF-8", 1000, 1, [](const std::string&) { return "\xff"; }},
    {"names of what there is not", 100, 1, WellFormed},
    {"SQL", 1, 1, [](const std::string&) { return "x'; DROP TABLE orders CASCADE; --"; }},
    {"headers", 1, 1, [](const std::string&) { return "ann@example.com\r\nBcc: eve@example.com"; }},
};

void Fill(Message& message, const Filling& filling, int depth);

void FillOne(Message& message, const FieldDescriptor& field, const Filling& filling, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  const auto set = [&](auto setter, auto adder, auto value) {
    repeated ? (reflection.*adder)(&message, &field, value)
             : (reflection.*setter)(&message, &field, value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return set(&Reflection::SetInt32, &Reflection::AddInt32,
                 static_cast<std::int32_t>(filling.number));
    case FieldDescriptor::CPPTYPE_INT64:
      return set(&Reflection::SetInt64, &Reflection::AddInt64, filling.number);
    case FieldDescriptor::CPPTYPE_BOOL:
      return set(&Reflection::SetBool, &Reflection::AddBool, filling.number != 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return set(&Reflection::SetEnumValue, &Reflection::AddEnumValue,
                 static_cast<int>(filling.number));
    case FieldDescriptor::CPPTYPE_STRING:
      return set(&Reflection::SetString, &Reflection::AddString, filling.text(field.name()));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(repeated ? *reflection.AddMessage(&message, &field)
                           : *reflection.MutableMessage(&message, &field),
                  filling, depth + 1);
    default:
      ADD_FAILURE() << field.full_name() << " is of a type that this test doesn't fill yet";
  }
}

void Fill(Message& message, const Filling& filling, int depth) {
  if (depth > kMaxDepth) return;
  const Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const int count = field.is_repeated() ? filling.repeated : 1;
    for (int k = 0; k < count; ++k) FillOne(message, field, filling, depth);
  }
}

class EveryMethodTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.processes = kAllServices});
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> EveryMethodTest::system_;

// A client answers an error whose trailers are too large with one of its own, RESOURCE_EXHAUSTED or
// INTERNAL, which tells its caller to come back with what will never be accepted.
TEST_F(EveryMethodTest, TheWorstInputIsAnsweredWithAnErrorThatEveryClientTakes) {
  const auto tables = [] {
    std::vector<std::int64_t> counts;
    for (const char* database : {"orders", "payments", "inventory", "notifications"}) {
      counts.push_back(system_->Db(database).QueryInt("SELECT count(*) FROM pg_tables"));
    }
    return counts;
  };
  const std::vector<std::int64_t> before = tables();
  int refused = 0;
  ForEachMethod(*system_, {}, [&](const Method& method) {
    google::protobuf::DynamicMessageFactory factory;
    for (const Filling& filling : kFillings) {
      const std::unique_ptr<Message> request(
          factory.GetPrototype(method.descriptor.input_type())->New());
      Fill(*request, filling, 0);
      for (const char* role : {"", "operator"}) {
        const auto context = system_->Context({.role = role});
        const ::grpc::Status status =
            test::CallBytes(method.channel, *context, method.path, request->SerializeAsString())
                .status;
        const std::string what = method.path + ", " + filling.name + ": " + test::Describe(status);
        EXPECT_LT(test::TrailerSizeOf(status), kMaxTrailerBytes) << what;
        EXPECT_NE(status.error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED) << what;
        EXPECT_NE(status.error_code(), ::grpc::StatusCode::INTERNAL) << what;
        EXPECT_NE(status.error_code(), ::grpc::StatusCode::UNKNOWN) << what;
        if (!status.ok()) ++refused;
      }
    }
  });
  EXPECT_GT(refused, 100);
  EXPECT_EQ(tables(), before);
}

// Every method that takes a page token, also one that is added later.
TEST_F(EveryMethodTest, APageTokenOfAnotherCallOrAnotherCallerOrACutOneIsRefused) {
  Shop shop(*system_);
  for (const char* product : {"cup", "tea"}) shop.Stock(product, 100, 10);
  for (int i = 0; i < 2; ++i) shop.Place({.items = {{"tea", 1}}});
  const auto stub = orders_v1::OrderService::NewStub(system_->Channel(kOrderSvc));
  orders_v1::ListOrdersRequest list;
  list.set_page_size(1);
  orders_v1::ListOrdersResponse listed;
  ASSERT_TRUE(stub->ListOrders(system_->Context().get(), list, &listed).ok());
  const std::string anns = listed.next_page_token();
  ASSERT_FALSE(anns.empty());

  int paged = 0;
  ForEachMethod(*system_, {}, [&](const Method& method) {
    const FieldDescriptor* field = method.descriptor.input_type()->FindFieldByName("page_token");
    if (field == nullptr) return;
    ++paged;
    google::protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<Message> request(
        factory.GetPrototype(method.descriptor.input_type())->New());
    for (const std::string& token : {anns, anns.substr(0, anns.size() - 1), anns + "A"}) {
      for (const char* user : {"ann", "bea"}) {
        const bool is_own =
            method.descriptor.name() == "ListOrders" && token == anns && user[0] == 'a';
        if (is_own) continue;
        request->GetReflection()->SetString(request.get(), field, token);
        const auto context = system_->Context({.user = user, .role = "operator"});
        const ::grpc::Status status =
            test::CallBytes(method.channel, *context, method.path, request->SerializeAsString())
                .status;
        EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT) << method.path;
        EXPECT_TRUE(test::DetailsOf(status).Violates("page_token")) << method.path;
      }
    }
  });
  // Those of orders and products, and two of parked events at each of the four services.
  EXPECT_GE(paged, 10);
}

TEST_F(EveryMethodTest, EveryServiceIsDescribedAndItsHealthIsKnown) {
  for (const std::string& process : kAllServices) {
    const auto channel = system_->Channel(process);
    test::ReflectionClient reflection(channel);
    for (const std::string& name : reflection.ListServices()) {
      EXPECT_NE(reflection.Describe(name), nullptr) << process << ": " << name;
      // HealthCheckRequest.service, and HealthCheckResponse.status = SERVING.
      const std::string request = "\x0a" + std::string(1, static_cast<char>(name.size())) + name;
      const test::RawAnswer answer =
          test::CallBytes(channel, "/grpc.health.v1.Health/Check", request);
      ASSERT_TRUE(answer.status.ok()) << process << ": " << name;
      EXPECT_EQ(answer.messages.at(0), "\x08\x01") << process << ": " << name;
    }
  }
}

}  // namespace
}  // namespace waybill::e2e
