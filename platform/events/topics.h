// These are all topics. With [kafka] topic_prefix, the relay and the consumers put it before these
// names.
#pragma once

namespace waybill::events {

inline constexpr char kOrdersTopic[] = "orders.events";
inline constexpr char kPaymentsTopic[] = "payments.events";
inline constexpr char kInventoryTopic[] = "inventory.events";
inline constexpr char kOrderDlqTopic[] = "order_svc.dlq";
inline constexpr char kPaymentDlqTopic[] = "payment_svc.dlq";
inline constexpr char kInventoryDlqTopic[] = "inventory_svc.dlq";
inline constexpr char kNotificationDlqTopic[] = "notification_svc.dlq";

}  // namespace waybill::events
