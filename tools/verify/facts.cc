#include "tools/verify/facts.h"

namespace waybill::verify {
namespace {

constexpr std::uint8_t Bit(Consumer consumer) {
  return static_cast<std::uint8_t>(1 << static_cast<int>(consumer));
}

}  // namespace

std::optional<Micros> MintedAt(const Uuid& id) {
  const Uuid::Bytes& bytes = id.bytes();
  if (bytes[6] >> 4 != 7) return std::nullopt;
  Micros ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
  return ms * 1000;
}

const char* NameOf(Consumer consumer) {
  const char* const names[] = {"order_svc", "payment_svc", "inventory_svc", "notification_svc"};
  return names[static_cast<int>(consumer)];
}

std::uint8_t ConsumersOf(EventType type) {
  switch (type) {
    case EventType::kOrderPlaced:
      return Bit(Consumer::kPayments) | Bit(Consumer::kInventory);
    case EventType::kOrderConfirmed:
      return Bit(Consumer::kInventory) | Bit(Consumer::kNotifications);
    case EventType::kOrderRefunded:
      return Bit(Consumer::kNotifications);
    case EventType::kOrderRefundRequested:
      return Bit(Consumer::kPayments);
    case EventType::kOrderCancelled:
      return Bit(Consumer::kPayments) | Bit(Consumer::kInventory) | Bit(Consumer::kNotifications);
    case EventType::kPaymentProcessed:
      return Bit(Consumer::kOrders) | Bit(Consumer::kInventory);
    case EventType::kPaymentCaptured:
    case EventType::kPaymentFailed:
    case EventType::kPaymentRefunded:
    case EventType::kPaymentRefundFailed:
    case EventType::kInventoryRejected:
    case EventType::kOrderShipped:
      return Bit(Consumer::kOrders);
    case EventType::kInventoryUpdated:
      return Bit(Consumer::kOrders) | Bit(Consumer::kPayments);
    case EventType::kPaymentReleased:
    case EventType::kStockReleased:
    case EventType::kOther:
      return 0;
  }
  return 0;
}

}  // namespace waybill::verify
