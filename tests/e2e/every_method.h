// Visits every method that the running services list by reflection, so that a new one is visited by itself.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/e2e/system.h"
#include "tests/support/reflection_client.h"

namespace waybill::e2e {

inline const std::vector<std::string> kAllServices = {kOrderSvc, kPaymentSvc, kInventorySvc,
                                                      kNotificationSvc};

// A method of a service of Waybill, with a channel to its server. Valid during the visit.
struct Method {
  const google::protobuf::MethodDescriptor& descriptor;
  // "/waybill.orders.v1.OrderService/PlaceOrder".
  std::string path;
  const std::shared_ptr<::grpc::Channel>& channel;
};

// Shows the servers the client certificate `own`. The test fails if a service can't be described.
inline void ForEachMethod(const System& system, const test::IssuedCertificate& own,
                          const std::function<void(const Method&)>& visit) {
  for (const std::string& process : kAllServices) {
    const auto channel = system.doors().MakeChannel(system.Address(process), own);
    test::ReflectionClient reflection(channel);
    for (const std::string& name : reflection.ListServices()) {
      if (!absl::StartsWith(name, "waybill.")) continue;
      const auto* service = reflection.Describe(name);
      ASSERT_NE(service, nullptr) << process << ": " << name;
      for (int i = 0; i < service->method_count(); ++i) {
        visit({*service->method(i), "/" + name + "/" + service->method(i)->name(), channel});
      }
    }
  }
}

}  // namespace waybill::e2e
