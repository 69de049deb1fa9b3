// SourceHealth knows whether the rows of a source get through and, if they don't, why: for readiness
// and for the log.
#pragma once

#include <array>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/watch/trouble_log.h"

namespace waybill::outbox_relay {

// kTrouble: neither the leader nor waiting to be, because something fails, or because it begins.
enum class SourceState { kTrouble, kStandby, kLeading, kStreaming };

// For what rows wait.
enum class WaitsFor { kKafka, kStream };

// Written by the thread that relays the source, read by any. Thread-safe; never blocks for long.
class SourceHealth {
 public:
  // Whatever stands still for `stalled_after` has stalled.
  SourceHealth(std::string source, absl::Duration stalled_after)
      : stalled_after_(stalled_after), log_(std::move(source)) {}

  void Became(SourceState state);
  // What the attempt waits for or does before it streams, as a sentence.
  void Does(std::string what);
  // The attempt ended in an error.
  void Failed(const absl::Status& why, absl::Duration retry_in);
  // The checkpoint has moved: whatever failed before is over.
  void Progressed();

  // Something has stood still since then; `what` says that in a sentence. InfiniteFuture: nothing
  // stands still.
  void StandsStill(WaitsFor what, SteadyTime since, std::string sentence = "");
  // To be called about once per second: the thread isn't blocked.
  void Beat();

  // OK while the source's rows get through or another relay is the leader; Unavailable says why
  // not: the last error, or what is waited for.
  absl::Status Ready() const;

 private:
  struct Standstill {
    SteadyTime since = SteadyTime::InfiniteFuture();
    std::string sentence;
  };

  // The reason why rows don't get through, "" for none.
  std::string Stall(SteadyTime now) const;
  void EndTrouble();

  const absl::Duration stalled_after_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  TroubleLog log_;
  SourceState state_ = SourceState::kTrouble;
  SteadyTime state_since_ = SteadyNow();
  SteadyTime beat_ = SteadyNow();
  std::string does_;
  // The last error, until it is over.
  std::string trouble_;
  std::array<Standstill, 2> standstills_;
};

}  // namespace waybill::outbox_relay
