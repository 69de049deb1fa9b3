// ApiKeyDirectory keeps the API keys of a database in memory, and notes when they are used.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "platform/auth/api_key.h"
#include "platform/executor/reloader.h"
#include "platform/postgres/pool.h"

namespace waybill::auth {

// Thread-safe, but for Start and Stop.
class ApiKeyDirectory final : public ApiKeyChecker {
 public:
  // Borrows the pool.
  explicit ApiKeyDirectory(postgres::Pool& pool);
  // Stops.
  ~ApiKeyDirectory() override;

  // Reads the keys, and from then on again every second; while the database doesn't answer, they stay as they
  // were. Errors as RunTransaction's.
  absl::Status Start();
  // Stops reading the keys, and writes the uses that are not written yet. Blocks for at most about 5 s. May be called twice.
  void Stop();

  absl::StatusOr<Principal> Identify(std::string_view token) override;

 private:
  absl::Status Reload();
  absl::Status ReadKeys();
  // Once a minute, in one statement; what fails is logged and tried again a minute later.
  void TryToWriteUses();
  absl::Status WriteUses();

  postgres::Pool& pool_;
  absl::Mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<const ApiKeys> keys_ = std::make_shared<const ApiKeys>();
  std::map<std::string, absl::Time, std::less<>> uses_;
  // Reload's alone.
  absl::Time uses_written_at_ = absl::InfinitePast();
  Reloader reloader_;
};

}  // namespace waybill::auth
