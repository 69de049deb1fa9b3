// TestHandlers serves one method of OrderService, as a test wants it.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "platform/grpc/handlers.h"
#include "tests/support/recorded_trail.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::grpc {

using orders::v1::OrderService;
using orders::v1::PlaceOrderRequest;
using orders::v1::PlaceOrderResponse;

using Method =
    std::function<absl::StatusOr<PlaceOrderResponse>(const Caller&, const PlaceOrderRequest&)>;

// PlaceOrder runs `method`, which answers with the caller's name until a test sets another. One
// thread; `queue` calls may wait for it, and a caller may have what `limits` say.
class TestHandlers final : public Handlers<OrderService> {
 public:
  explicit TestHandlers(int queue, CallerLimitsConfig limits = {})
      : Handlers(door_), limits_(limits, registry_), executor_(1, queue) {
    Serve("PlaceOrder", &TestHandlers::Place);
  }
  Method method = [](const Caller& caller, const PlaceOrderRequest&) {
    PlaceOrderResponse response;
    response.mutable_order()->set_user_id(caller.user.value());
    return absl::StatusOr<PlaceOrderResponse>(response);
  };
  void Close() { executor_.Close(); }
  // From now on a call tells that it has come, and waits before it is answered as before.
  void HoldCalls(absl::Notification& entered, absl::Notification& release) {
    method = [&, answer = method](const Caller& caller, const PlaceOrderRequest& request) {
      entered.Notify();
      release.WaitForNotification();
      return answer(caller, request);
    };
  }

 private:
  absl::StatusOr<PlaceOrderResponse> Place(const Caller& caller, const PlaceOrderRequest& request) {
    return method(caller, request);
  }

  metrics::Registry registry_;
  CallerLimits limits_;
  Executor executor_;
  auth::Authenticator authenticator_{auth::AuthConfig{}};
  test::RecordedTrail trail_;
  Door door_{executor_, authenticator_, limits_, trail_};
};

}  // namespace waybill::grpc
