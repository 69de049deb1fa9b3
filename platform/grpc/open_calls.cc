#include "platform/grpc/open_calls.h"

#include <string_view>

namespace waybill::grpc {

// Lives as long as its call.
class OpenCalls::Call final : public ::grpc::experimental::Interceptor {
 public:
  explicit Call(OpenCalls& calls) : calls_(calls) {
    const std::lock_guard lock(calls_.mutex_);
    counts_ = !calls_.waiting_;
    if (counts_) ++calls_.open_;
  }
  ~Call() override {
    if (!counts_) return;
    const std::lock_guard lock(calls_.mutex_);
    if (--calls_.open_ == 0) calls_.none_.notify_all();
  }

  void Intercept(::grpc::experimental::InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }

 private:
  OpenCalls& calls_;
  bool counts_ = false;
};

class OpenCalls::Factory final : public ::grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(OpenCalls& calls) : calls_(calls) {}

  ::grpc::experimental::Interceptor* CreateServerInterceptor(
      ::grpc::experimental::ServerRpcInfo* info) override {
    const bool grpcs_own = std::string_view(info->method()).starts_with("/grpc.");
    return grpcs_own ? nullptr : new Call(calls_);
  }

 private:
  OpenCalls& calls_;
};

std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface> OpenCalls::MakeFactory() {
  return std::make_unique<Factory>(*this);
}

void OpenCalls::WaitForThoseBegun(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  waiting_ = true;
  none_.wait_for(lock, absl::ToChronoNanoseconds(patience), [this] { return open_ == 0; });
}

}  // namespace waybill::grpc
