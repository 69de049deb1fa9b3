// Live holds a value that may change while others use it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace waybill {

// Copies share one value: a Set is visible in every copy of a configuration. Thread-safe, except for
// construction and assignment.
template <typename T>
class Live {
 public:
  Live() : Live(T()) {}
  // Implicit, so that a T can be assigned.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Live(T value) : shared_(std::make_shared<Shared>(std::move(value))) {}

  T Get() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->value;
  }
  void Set(T value) {
    const std::lock_guard lock(shared_->mutex);
    shared_->value = std::move(value);
    ++shared_->version;
  }
  // The number of calls of Set so far.
  int version() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->version;
  }

 private:
  struct Shared {
    explicit Shared(T first) : value(std::move(first)) {}
    std::mutex mutex;
    // Guarded by mutex.
    T value;
    int version = 0;
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace waybill
