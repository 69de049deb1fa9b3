#include "outbox_relay/base/stop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "outbox_relay/base/steady_time.h"
#include "platform/log/log.h"

namespace waybill::outbox_relay {

Stop::Stop() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) {
    log::Error("the relay can't start: it has no file descriptor left for an eventfd");
    std::abort();
  }
}

Stop::~Stop() { close(fd_); }

void Stop::Request() {
  requested_ = true;
  const std::uint64_t one = 1;
  if (write(fd_, &one, sizeof one) < 0) {
    log::Warn("a write to an eventfd failed: waiting threads learn late of the request to end");
  }
}

bool Stop::WaitFor(absl::Duration duration) const {
  const SteadyTime deadline = SteadyNow() + duration;
  while (!requested()) {
    const absl::Duration left = deadline - SteadyNow();
    if (left <= absl::ZeroDuration()) return false;
    pollfd poll_fd{fd_, POLLIN, 0};
    poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
  return true;
}

}  // namespace waybill::outbox_relay
