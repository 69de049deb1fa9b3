// One WatchOrder call.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "order_svc/application/watch_hub.h"

namespace waybill::order_svc {

// Sends what the hub tells, one message after the other. Thread-safe. Owns itself until gRPC is
// done with it; the hub only borrows it.
class WatchStream final : public ::grpc::ServerWriteReactor<::grpc::ByteBuffer>,
                          public WatchHub::Watcher {
 public:
  static std::shared_ptr<WatchStream> Create();

  void OnTransition(const OrderId& order, const Transition& transition) override;
  void OnEnd(const absl::Status& status) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WatchStream() = default;
  // Starts the next write, or finishes when there is nothing left to send.
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Abandon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // An order has five transitions at most, which bounds it.
  std::deque<::grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mutex_);
  ::grpc::ByteBuffer being_written_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<WatchStream> self_;
};

}  // namespace waybill::order_svc
