#include "order_svc/transport/watch_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <utility>

#include "order_svc/transport/messages.h"
#include "platform/grpc/errors.h"

namespace waybill::order_svc {

std::shared_ptr<WatchStream> WatchStream::Create(grpc::OpenCall open_call) {
  std::shared_ptr<WatchStream> stream(new WatchStream(std::move(open_call)));
  stream->self_ = stream;
  return stream;
}

void WatchStream::OnTransition(const OrderId& order, const Transition& transition) {
  ::grpc::ByteBuffer bytes;
  bool own_buffer = false;
  const ::grpc::Status serialized =
      ::grpc::GenericSerialize<::grpc::ProtoBufferWriter, orders::v1::WatchOrderResponse>(
          ToProto(order, transition), &bytes, &own_buffer);
  const std::lock_guard lock(mutex_);
  if (end_) return;
  if (serialized.ok()) {
    queue_.push_back(std::move(bytes));
  } else {
    end_ = absl::InternalError(serialized.error_message());
  }
  Continue();
}

void WatchStream::OnEnd(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  if (!end_) end_ = status;
  Continue();
}

void WatchStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (!ok) Abandon();
  Continue();
}

void WatchStream::OnCancel() {
  const std::lock_guard lock(mutex_);
  Abandon();
  Continue();
}

void WatchStream::OnDone() {
  // The last owner may be this one: nothing of the object is touched after.
  const std::shared_ptr<WatchStream> self = std::move(self_);
}

void WatchStream::Continue() {
  if (finished_ || writing_) return;
  if (!queue_.empty()) {
    being_written_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    StartWrite(&being_written_);
  } else if (end_) {
    finished_ = true;
    open_call_.End();
    Finish(grpc::ToGrpc(*end_));
  }
}

void WatchStream::Abandon() {
  queue_.clear();
  end_ = absl::CancelledError("the caller went away");
}

}  // namespace waybill::order_svc
