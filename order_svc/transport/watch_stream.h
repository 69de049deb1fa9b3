// WatchStream is one WatchOrder call.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "order_svc/application/watch_orders.h"
#include "platform/grpc/caller_limits.h"

namespace waybill::order_svc {

// Sends what WatchOrders reports, one message after the other. Thread-safe. Owns itself until gRPC
// is done with it; WatchOrders only borrows it.
class WatchStream final : public ::grpc::ServerWriteReactor<::grpc::ByteBuffer>,
                          public WatchOrders::Watcher {
 public:
  // `open_call` is Caller::open_call; it ends when the stream does.
  static std::shared_ptr<WatchStream> Create(grpc::OpenCall open_call);

  void OnTransition(const OrderId& order, const Transition& transition) override;
  void OnEnd(const absl::Status& status) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit WatchStream(grpc::OpenCall open_call) : open_call_(std::move(open_call)) {}
  // Starts the next write, or finishes when there is nothing left to send. With mutex_ held.
  void Continue();
  // Drops what is not sent yet. With mutex_ held.
  void Abandon();

  const grpc::OpenCall open_call_;

  std::mutex mutex_;
  // Guarded by mutex_. An order has five transitions at most, which bounds the queue.
  std::deque<::grpc::ByteBuffer> queue_;
  ::grpc::ByteBuffer being_written_;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<absl::Status> end_;

  // Set by Create, reset in OnDone.
  std::shared_ptr<WatchStream> self_;
};

}  // namespace waybill::order_svc
