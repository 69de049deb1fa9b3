// Collects the violations of one order.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/verify/judge.h"

namespace waybill::verify {

// In the order of OrderState.
inline constexpr const char* kOrderStates[] = {"PLACED",    "PAYMENT_CONFIRMED", "RESERVED",
                                               "CONFIRMED", "CANCELLED",         "unknown"};

// Used by one thread. `out` must outlive it.
class Complaints {
 public:
  Complaints(const Uuid& order, std::vector<Violation>& out) : order_(order), out_(out) {}

  void Add(int promise, std::string what, std::string subject = "") {
    out_.push_back({promise, order_.ToString(), std::move(subject), std::move(what)});
  }

 private:
  const Uuid order_;
  std::vector<Violation>& out_;
};

}  // namespace waybill::verify
