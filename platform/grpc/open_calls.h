// OpenCalls knows which calls of a server have not ended.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <condition_variable>
#include <memory>
#include <mutex>

#include "absl/time/time.h"

namespace waybill::grpc {

// Thread-safe. Must outlive the server that has its factory. gRPC's own methods don't count: a
// health watch never ends by itself.
class OpenCalls {
 public:
  // For the server's interceptors.
  std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface> MakeFactory();

  // Waits until the calls that have begun before have ended, their answers sent; at most `patience`.
  // Calls that begin from now on don't count. Once.
  void WaitForThoseBegun(absl::Duration patience);

 private:
  class Factory;
  class Call;

  std::mutex mutex_;
  std::condition_variable none_;
  // Guarded by mutex_.
  bool waiting_ = false;
  int open_ = 0;
};

}  // namespace waybill::grpc
