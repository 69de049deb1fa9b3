#include "outbox_relay/sink/window.h"

#include <algorithm>
#include <limits>

namespace waybill::outbox_relay {

Window::Window(std::size_t max_records, std::size_t max_bytes)
    : max_bytes_(max_bytes), sizes_(std::max<std::size_t>(max_records, 1)) {}

bool Window::HasRoom(std::size_t bytes) const {
  return records() < sizes_.size() && (bytes_ + bytes <= max_bytes_ || empty());
}

std::uint64_t Window::Add(std::size_t bytes) {
  const std::size_t size =
      std::clamp<std::size_t>(bytes, 1, std::numeric_limits<std::uint32_t>::max());
  sizes_[Slot(next_)] = static_cast<std::uint32_t>(size);
  bytes_ += size;
  return next_++;
}

void Window::Done(std::uint64_t number) {
  if (number < first_open_ || number >= next_) return;
  std::uint32_t& size = sizes_[Slot(number)];
  bytes_ -= size;
  size = 0;
  if (number == first_open_) Advance();
}

void Window::EndTransaction(Lsn end, absl::Time committed) {
  const bool has_records = std::exchange(ended_, next_) != next_;
  if (!boundaries_.empty() && boundaries_.back().next == next_) {
    boundaries_.back().end = std::max(boundaries_.back().end, end);
    return;
  }
  if (empty()) {
    confirmed_ = std::max(confirmed_, end);
    if (has_records) completed_.push_back(committed);
    return;
  }
  boundaries_.push_back({next_, end, committed});
}

void Window::Advance() {
  while (first_open_ < next_ && sizes_[Slot(first_open_)] == 0) ++first_open_;
  while (!boundaries_.empty() && boundaries_.front().next <= first_open_) {
    confirmed_ = std::max(confirmed_, boundaries_.front().end);
    completed_.push_back(boundaries_.front().committed);
    boundaries_.pop_front();
  }
}

}  // namespace waybill::outbox_relay
