// RecordedTrail keeps an audit trail in memory, for tests without a database.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "platform/grpc/audit.h"

namespace waybill::test {

// Thread-safe.
class RecordedTrail final : public grpc::AuditTrail {
 public:
  absl::StatusOr<Uuid> Begin(const grpc::AuditedCall& call, absl::Time) override {
    const std::lock_guard lock(mutex_);
    if (!refusal_.ok()) return refusal_;
    calls_.push_back(call);
    outcomes_.emplace_back();
    return Uuid::NewV7();
  }
  void End(const Uuid&, std::string_view outcome) override {
    const std::lock_guard lock(mutex_);
    outcomes_.back() = std::string(outcome);
  }

  // From now on no call may begin.
  void Refuse(const absl::Status& refusal) {
    const std::lock_guard lock(mutex_);
    refusal_ = refusal;
  }
  std::vector<grpc::AuditedCall> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  // In the order of calls(); "" of one that has not ended. For calls that come one after the other.
  std::vector<std::string> outcomes() const {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }

 private:
  mutable std::mutex mutex_;
  absl::Status refusal_;
  std::vector<grpc::AuditedCall> calls_;
  std::vector<std::string> outcomes_;
};

}  // namespace waybill::test
