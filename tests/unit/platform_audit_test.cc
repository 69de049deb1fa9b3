// The trail of what operators did: which calls it keeps, and what of them.
#include "platform/grpc/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "platform/grpc/handlers.h"
#include "platform/grpc/server.h"
#include "platform/types/error.h"
#include "tests/support/grpc_client.h"
#include "tests/support/recorded_trail.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::grpc {
namespace {

using orders::v1::OrderService;
using orders::v1::RefundOrderRequest;
using orders::v1::RefundOrderResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RefundingHandlers final : public Handlers<OrderService> {
 public:
  explicit RefundingHandlers(const Door& door) : Handlers(door) {
    Serve("GetOrder", &RefundingHandlers::Get);
    Serve("RefundOrder", &RefundingHandlers::Refund);
  }

  std::atomic<int> refunds = 0;

 private:
  absl::StatusOr<orders::v1::GetOrderResponse> Get(const Caller&,
                                                   const orders::v1::GetOrderRequest&) {
    return orders::v1::GetOrderResponse();
  }
  absl::StatusOr<RefundOrderResponse> Refund(const Caller&, const RefundOrderRequest& request) {
    ++refunds;
    if (request.order_id().empty()) {
      return MakeError(absl::StatusCode::kNotFound, "ORDER_NOT_FOUND", "there is no such order");
    }
    return RefundOrderResponse();
  }
};

class AuditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok());
    stub_ = OrderService::NewStub(test::MakeChannel("127.0.0.1:" + std::to_string(server_.port())));
  }

  ::grpc::Status Refund(const std::string& role, const std::string& order = "o-1") {
    RefundOrderRequest request;
    request.set_order_id(order);
    const auto context = test::MakeContext("desk");
    context->AddMetadata("x-user-role", role);
    RefundOrderResponse response;
    return stub_->RefundOrder(context.get(), request, &response);
  }

  metrics::Registry registry_;
  CallerLimits limits_{{}, registry_};
  Executor executor_{1, 8};
  auth::Authenticator authenticator_{auth::AuthConfig{}};
  test::RecordedTrail trail_;
  Door door_{executor_, authenticator_, limits_, trail_};
  RefundingHandlers handlers_{door_};
  Server server_{ServerConfig{}, {&handlers_}};
  std::unique_ptr<OrderService::Stub> stub_;
};

TEST_F(AuditTest, WhatAnOperatorChangesIsKept) {
  EXPECT_TRUE(Refund("operator").ok());
  EXPECT_FALSE(Refund("operator", "").ok());
  ASSERT_EQ(trail_.calls().size(), 2U);
  const AuditedCall call = trail_.calls()[0];
  EXPECT_EQ(call.caller, "desk");
  EXPECT_EQ(call.credential, "metadata");
  EXPECT_EQ(call.method, "OrderService.RefundOrder");
  EXPECT_EQ(call.subject, "order_id=o-1");
  EXPECT_THAT(call.came_from, HasSubstr("127.0.0.1"));
  EXPECT_EQ(call.trace_id.size(), 32U);
  EXPECT_THAT(trail_.outcomes(), ElementsAre("OK", "NOT_FOUND (ORDER_NOT_FOUND)"));
}

TEST_F(AuditTest, ReadsAndRefusedCallersAreNotKept) {
  const auto context = test::MakeContext("desk");
  context->AddMetadata("x-user-role", "operator");
  orders::v1::GetOrderResponse response;
  EXPECT_TRUE(stub_->GetOrder(context.get(), {}, &response).ok());
  EXPECT_EQ(Refund("auditor").error_code(), ::grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(trail_.calls().empty());
}

TEST_F(AuditTest, WhatCanNotBeKeptIsNotDone) {
  trail_.Refuse(absl::UnavailableError("no database"));
  EXPECT_EQ(Refund("operator").error_code(), ::grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(handlers_.refunds, 0);
}

TEST(AuditSubjectTest, ItIsTheIdsOfTheRequest) {
  RefundOrderRequest request;
  request.set_request_id("r-1");
  request.set_order_id("o\n1");
  request.mutable_amount()->set_minor_units(5);
  EXPECT_EQ(SubjectOf(request), "request_id=r-1, order_id=o\\u000a1");
  request.set_order_id(std::string(1000, 'x'));
  EXPECT_EQ(SubjectOf(request), "request_id=r-1, order_id=" + std::string(100, 'x'));
  EXPECT_EQ(SubjectOf(RefundOrderRequest()), "");
}

}  // namespace
}  // namespace waybill::grpc
