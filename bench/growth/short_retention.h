// A whole Waybill that retires everything after seconds, shorter than configuration files allow: services
// and sandbox run in this process, with the periods set past the bounds of their files.
#pragma once

#include <memory>
#include <vector>

#include "platform/service/main.h"
#include "tests/e2e/system.h"

namespace waybill::bench {

// Owned by main. The topics keep a minute, the outboxes are partitioned by minute. Throws
// std::runtime_error if something doesn't start.
class ShortRetention {
 public:
  ShortRetention();
  ~ShortRetention();
  ShortRetention(const ShortRetention&) = delete;
  ShortRetention& operator=(const ShortRetention&) = delete;

  e2e::System& system() { return system_; }

 private:
  void PartitionByMinute();
  void ShortenRelay();
  void StartServices();

  e2e::System system_;
  std::vector<std::unique_ptr<service::Runnable>> services_;
};

}  // namespace waybill::bench
