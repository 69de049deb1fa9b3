// Counts and times every call a server answers, unary or streaming, in one place.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "platform/metrics/registry.h"

namespace waybill::grpc {

// waybill_rpc_total{service,method,code} and waybill_rpc_seconds{service,method}: from the call's
// arrival to its status being sent. gRPC's own methods (health, reflection) and names that a client
// made up count together as service "other". Thread-safe; owned by gRPC's server,
// borrows the registry.
class RpcMetricsFactory final : public ::grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit RpcMetricsFactory(metrics::Registry& registry);
  ~RpcMetricsFactory() override;

  // Called by gRPC for each call.
  ::grpc::experimental::Interceptor* CreateServerInterceptor(
      ::grpc::experimental::ServerRpcInfo* info) override;

 private:
  class Method;
  class Interceptor;

  Method& MethodOf(std::string_view path);

  metrics::Registry& registry_;
  const std::unique_ptr<Method> other_;
  std::shared_mutex mutex_;
  // Guarded by mutex_; grows to the number of methods.
  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods_;
};

}  // namespace waybill::grpc
