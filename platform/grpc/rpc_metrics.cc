#include "platform/grpc/rpc_metrics.h"

#include <google/protobuf/descriptor.h>

#include <array>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace waybill::grpc {
namespace {

constexpr int kCodes = 17;

}  // namespace

// One method's instruments. Those of a code are made when it is first answered, so that what never
// happens isn't shown sixteen times a method.
class RpcMetricsFactory::Method {
 public:
  Method(metrics::Registry& registry, std::string service, std::string name)
      : registry_(registry),
        labels_{{"service", std::move(service)}, {"method", std::move(name)}},
        seconds_(registry.AddHistogram("waybill_rpc_seconds", "How long calls took to be answered",
                                       metrics::SecondsBuckets(), labels_)) {
    CounterOf(::grpc::StatusCode::OK);
  }

  void Count(::grpc::StatusCode code, absl::Duration duration) {
    seconds_.Observe(duration);
    CounterOf(code >= 0 && code < kCodes ? code : ::grpc::StatusCode::UNKNOWN).Add();
  }

 private:
  const metrics::Counter& CounterOf(::grpc::StatusCode code) {
    ByCode& one = by_code_[code];
    std::call_once(one.made, [&] {
      metrics::Labels labels = labels_;
      labels["code"] = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
      one.counter = registry_.AddCounter("waybill_rpc_total", "Calls answered", labels);
    });
    return one.counter;
  }

  struct ByCode {
    std::once_flag made;
    metrics::Counter counter;
  };

  metrics::Registry& registry_;
  const metrics::Labels labels_;
  const metrics::Histogram seconds_;
  std::array<ByCode, kCodes> by_code_;
};

class RpcMetricsFactory::Interceptor final : public ::grpc::experimental::Interceptor {
 public:
  explicit Interceptor(Method& method) : method_(method), begun_at_(absl::Now()) {}

  void Intercept(::grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            ::grpc::experimental::InterceptionHookPoints::PRE_SEND_STATUS)) {
      method_.Count(methods->GetSendStatus().error_code(), absl::Now() - begun_at_);
    }
    methods->Proceed();
  }

 private:
  Method& method_;
  const absl::Time begun_at_;
};

RpcMetricsFactory::RpcMetricsFactory(metrics::Registry& registry)
    : registry_(registry), other_(std::make_unique<Method>(registry, "other", "other")) {}

RpcMetricsFactory::~RpcMetricsFactory() = default;

::grpc::experimental::Interceptor* RpcMetricsFactory::CreateServerInterceptor(
    ::grpc::experimental::ServerRpcInfo* info) {
  return new Interceptor(MethodOf(info->method()));
}

RpcMetricsFactory::Method& RpcMetricsFactory::MethodOf(std::string_view path) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = methods_.find(path); found != methods_.end()) return *found->second;
  }
  const std::size_t slash = path.rfind('/');
  if (slash == 0 || slash == std::string_view::npos) return *other_;
  const std::string service(path.substr(1, slash - 1));
  const std::string name(path.substr(slash + 1));
  if (service.rfind("grpc.", 0) == 0) return *other_;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* descriptor = pool->FindServiceByName(service);
  if (descriptor == nullptr || descriptor->FindMethodByName(name) == nullptr) return *other_;
  const std::unique_lock lock(mutex_);
  std::unique_ptr<Method>& method = methods_[std::string(path)];
  if (method == nullptr) method = std::make_unique<Method>(registry_, service, name);
  return *method;
}

}  // namespace waybill::grpc
