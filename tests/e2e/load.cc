#include "tests/e2e/load.h"

#include <stdexcept>

#include "absl/time/clock.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kThreads = 24;
constexpr absl::Duration kPatience = absl::Seconds(90);

}  // namespace

void Load::Stock(const System& system) {
  Shop shop(system);
  shop.Stock("tea", 790, 1'000'000);
  shop.Stock("pot", 3400, 1'000'000);
  shop.Stock("rare", 9900, 0);
}

Load::Load(const System& system, int orders, int per_second)
    : shop_(system),
      orders_(orders),
      per_second_(per_second),
      begin_(absl::Now()),
      ids_(static_cast<std::size_t>(orders)),
      errors_(static_cast<std::size_t>(orders)) {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Run(); });
}

Load::~Load() {
  next_ = orders_;
  for (std::thread& thread : threads_) thread.join();
}

std::vector<std::string> Load::Finish() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const std::string& error : errors_) {
    if (!error.empty()) throw std::runtime_error(error);
  }
  return ids_;
}

std::vector<std::string> Load::Stop() {
  next_ = orders_;
  std::vector<std::string> ids = Finish();
  std::erase(ids, "");
  return ids;
}

void Load::Run() {
  for (int number = next_++; number < orders_; number = next_++) {
    test::PaceUntil(begin_ + absl::Seconds(1) * number / per_second_);
    try {
      PlaceOne(number);
    } catch (const std::exception& e) {
      errors_[static_cast<std::size_t>(number)] = e.what();
    }
  }
}

void Load::PlaceOne(int number) {
  Purchase purchase = {.items = {{"tea", 1 + number % 3}, {"pot", 1}}};
  if (number % 10 == 3) purchase.payment_method = kDeclinedCard;
  if (number % 10 == 6) purchase.items.push_back({"rare", 1});
  const std::string id = shop_.Place(purchase, kPatience).order_id();
  ids_[static_cast<std::size_t>(number)] = id;
  ++placed_;
  // It doesn't matter here whether the cancellation is in time, or whether the service is running.
  if (number % 7 == 5) shop_.Cancel(id);
}

}  // namespace waybill::e2e
