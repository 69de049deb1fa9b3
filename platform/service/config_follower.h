// ConfigFollower takes over what changes in a program's configuration while the program runs.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/config/config_reader.h"
#include "platform/executor/reloader.h"

namespace waybill::service {

// Reads the configuration without taking over anything. The function that it returns does that; what it
// could not take over is an error.
using Reread = std::function<absl::StatusOr<std::function<absl::Status()>>(ConfigReader&)>;

// Looks once a second at the file and at the secrets that it names. A change is taken over, with
// log.level, if the whole configuration is valid; otherwise the mistake is logged once, and the settings before
// it stay.
//
// Thread-safe, but for Start and Stop.
class ConfigFollower {
 public:
  // `digest` is that of the configuration that the program was started with.
  ConfigFollower(std::string path, std::string digest, Reread reread);

  void Start();
  // Ends after the round under way; blocks until then.
  void Stop();
  // Looks now, and logs the result even if nothing has changed.
  void LookNow();

 private:
  absl::Status Look(bool is_asked);

  const std::string path_;
  const Reread reread_;
  std::mutex mutex_;
  // Guarded by mutex_: of what was taken over last.
  std::string digest_;
  Reloader reloader_;
};

}  // namespace waybill::service
