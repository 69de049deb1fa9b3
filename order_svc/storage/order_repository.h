// OrderStore over the tables orders, order_lines, order_history and outbox.
#pragma once

#include <optional>
#include <vector>

#include "order_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::order_svc {

// Lives as long as the transaction it is given. Throws what libpqxx throws.
class OrderRepository final : public OrderStore {
 public:
  OrderRepository(postgres::Transaction& tx, const OrderEventEncoder& encoder)
      : tx_(tx), encoder_(encoder) {}

  void Insert(absl::Span<const TracedOrder> orders) override;
  void Save(absl::Span<const TracedOrder> orders) override;
  std::vector<TracedOrder> Load(absl::Span<const OrderId> ids) override;
  std::vector<TracedOrder> Lock(absl::Span<const OrderId> ids) override;
  std::vector<TracedOrder> LockOverdue(absl::Time now, int limit) override;
  std::vector<TracedOrder> List(const UserId& user, std::optional<OrderId> before,
                                int limit) override;
  std::vector<WatchedTransition> TransitionsAfter(absl::Span<const WatchedOrder> watched) override;

 private:
  void InsertLines(absl::Span<const TracedOrder> orders);
  void InsertHistory(absl::Span<const TracedOrder> orders);
  void AppendEvents(absl::Span<const TracedOrder> orders);
  // The orders of `rows` (kColumns), in that order, with their lines.
  std::vector<TracedOrder> Assemble(const pqxx::result& rows);

  postgres::Transaction& tx_;
  const OrderEventEncoder& encoder_;
};

}  // namespace waybill::order_svc
