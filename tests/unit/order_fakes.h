// The ports of order_svc over maps, for tests of use cases without a database.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "order_svc/application/ports.h"

namespace waybill::order_svc {

// What is stored. A plain value, so that a transaction can work on a copy.
struct FakeTables {
  std::map<OrderId, OrderData> orders;
  std::map<OrderId, std::vector<Transition>> history;
  std::map<OrderId, std::vector<OrderEvent>> outbox;
  std::map<Sku, Product> products;
  std::map<request_keys::RequestKey, request_keys::Record> request_keys;
};

class FakeStores final : public OrderStore, public CatalogStore, public RequestKeyStore {
 public:
  explicit FakeStores(FakeTables& tables) : tables_(tables) {}

  void Insert(absl::Span<const TracedOrder> orders) override { Save(orders); }
  void Save(absl::Span<const TracedOrder> orders) override {
    for (const TracedOrder& traced : orders) {
      const OrderId id = traced.order.data().id;
      tables_.orders[id] = traced.order.data();
      for (const Transition& one : traced.order.transitions()) tables_.history[id].push_back(one);
      for (const OrderEvent& one : traced.order.events()) tables_.outbox[id].push_back(one);
    }
  }
  std::vector<TracedOrder> Load(absl::Span<const OrderId> ids) override {
    std::vector<TracedOrder> found;
    for (const OrderId& id : ids) {
      if (const auto it = tables_.orders.find(id); it != tables_.orders.end()) {
        found.push_back({Order::Restore(it->second), TraceContext::NewRoot()});
      }
    }
    return found;
  }
  std::vector<TracedOrder> Lock(absl::Span<const OrderId> ids) override { return Load(ids); }
  std::vector<TracedOrder> LockOverdue(absl::Time now, int limit) override {
    std::vector<TracedOrder> found;
    for (const auto& [id, data] : tables_.orders) {
      Order order = Order::Restore(data);
      if (order.IsAtEnd() || data.deadline_at > now) continue;
      if (static_cast<int>(found.size()) < limit) found.push_back({order, TraceContext::NewRoot()});
    }
    return found;
  }
  std::vector<TracedOrder> List(const UserId& user, std::optional<OrderId> before,
                                int limit) override {
    std::vector<TracedOrder> found;
    for (auto it = tables_.orders.rbegin(); it != tables_.orders.rend(); ++it) {
      if (it->second.user != user || (before && it->first >= *before)) continue;
      if (static_cast<int>(found.size()) == limit) break;
      found.push_back({Order::Restore(it->second), TraceContext::NewRoot()});
    }
    return found;
  }
  std::vector<WatchedTransition> TransitionsAfter(absl::Span<const WatchedOrder> watched) override {
    std::vector<WatchedTransition> found;
    for (const WatchedOrder& one : watched) {
      for (const Transition& transition : tables_.history[one.id]) {
        if (transition.number > one.seen) found.push_back({one.id, transition});
      }
    }
    return found;
  }

  std::map<Sku, Product> Find(absl::Span<const Sku> ids) override {
    std::map<Sku, Product> found;
    for (const Sku& id : ids) {
      if (const auto it = tables_.products.find(id); it != tables_.products.end())
        found.insert(*it);
    }
    return found;
  }
  std::vector<Product> List(std::optional<Sku> after, int limit) override {
    std::vector<Product> found;
    for (const auto& [id, product] : tables_.products) {
      if (after && id <= *after) continue;
      if (static_cast<int>(found.size()) < limit) found.push_back(product);
    }
    return found;
  }
  void Upsert(const Product& product) override { tables_.products[product.id] = product; }

  std::map<RequestKey, Record> Insert(absl::Span<const Record> records) override {
    std::map<RequestKey, Record> taken;
    for (const Record& record : records) {
      const auto [it, inserted] = tables_.request_keys.emplace(record.key, record);
      if (!inserted) taken.insert(*it);
    }
    return taken;
  }
  std::map<RequestKey, Record> Find(absl::Span<const RequestKey> keys) override {
    std::map<RequestKey, Record> found;
    for (const RequestKey& key : keys) {
      const auto it = tables_.request_keys.find(key);
      if (it != tables_.request_keys.end()) found.insert(*it);
    }
    return found;
  }

 private:
  FakeTables& tables_;
};

// One transaction at a time. Thread-safe.
class FakeUnitOfWork final : public UnitOfWork {
 public:
  // Called before each commit with what it would commit; not OK refuses it.
  using BeforeCommit = std::function<absl::Status(const FakeTables&)>;

  absl::Status Run(std::string_view, absl::Time deadline,
                   absl::FunctionRef<absl::Status(const Stores&)> body) override {
    const std::lock_guard lock(mutex_);
    ++transactions_;
    FakeTables work = tables_;
    FakeStores stores(work);
    if (absl::Status status = body({stores, stores, stores}); !status.ok()) return status;
    if (absl::Now() >= deadline) return absl::DeadlineExceededError("too late");
    if (before_commit_) {
      if (absl::Status status = before_commit_(work); !status.ok()) return status;
    }
    tables_ = std::move(work);
    return absl::OkStatus();
  }

  void Change(const std::function<void(FakeStores&)>& change) {
    const std::lock_guard lock(mutex_);
    FakeStores stores(tables_);
    change(stores);
  }
  void RefuseCommits(BeforeCommit before_commit) {
    const std::lock_guard lock(mutex_);
    before_commit_ = std::move(before_commit);
  }
  FakeTables tables() {
    const std::lock_guard lock(mutex_);
    return tables_;
  }
  int transactions() {
    const std::lock_guard lock(mutex_);
    return transactions_;
  }

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  FakeTables tables_;
  BeforeCommit before_commit_;
  int transactions_ = 0;
};

}  // namespace waybill::order_svc
