// The names of things, as types.
#pragma once

#include <compare>
#include <string>
#include <utility>

#include "platform/types/uuid.h"

namespace waybill {

using OrderId = UuidId<struct OrderIdTag>;
using EventId = UuidId<struct EventIdTag>;
using PaymentId = UuidId<struct PaymentIdTag>;
using RequestId = UuidId<struct RequestIdTag>;

// A name that is a string. `Tag` keeps one kind from being passed for another; what characters it
// may hold is checked where it enters (platform/grpc/field_checks.h).
template <typename Tag>
class NameId {
 public:
  NameId() = default;
  explicit NameId(std::string value) : value_(std::move(value)) {}
  const std::string& value() const { return value_; }
  friend auto operator<=>(const NameId&, const NameId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const NameId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  std::string value_;
};

// A product's id, as the catalog and the stock know it.
using Sku = NameId<struct SkuTag>;
using UserId = NameId<struct UserIdTag>;

}  // namespace waybill
