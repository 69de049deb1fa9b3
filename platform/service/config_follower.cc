#include "platform/service/config_follower.h"

#include <utility>

#include "platform/log/log.h"
#include "platform/log/process_log.h"
#include "platform/service/main.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::service {

ConfigFollower::ConfigFollower(std::string path, std::string digest, Reread reread)
    : path_(std::move(path)),
      reread_(std::move(reread)),
      digest_(std::move(digest)),
      reloader_("configuration", "the new configuration is refused; the one before it stays",
                [this] { return Look(/*is_asked=*/false); }) {}

void ConfigFollower::Start() { reloader_.Continue(); }

void ConfigFollower::Stop() { reloader_.Stop(); }

void ConfigFollower::LookNow() {
  const absl::Status status = Look(/*is_asked=*/true);
  if (status.ok()) return;
  log::Warn("SIGHUP has no effect: the configuration is refused",
            {{"error", ToStd(status.message())}});
}

absl::Status ConfigFollower::Look(bool is_asked) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::Load(path_));
  const std::string level = ReadLogLevel(reader);
  ASSIGN_OR_RETURN(const auto take_over, reread_(reader));
  const std::string digest = reader.Digest();
  if (digest == digest_ && !is_asked) return absl::OkStatus();
  // What fails may have been taken over in part: then the former configuration is one that differs, too.
  digest_.clear();
  RETURN_IF_ERROR(take_over());
  digest_ = digest;
  // At a level at which it is seen.
  log::SetLevel("info");
  log::Info(
      "the configuration was read again: log.level and whatever this program can change while it"
      " runs are in effect; other changes need a restart",
      {{"new_level", level}});
  log::SetLevel(level);
  return absl::OkStatus();
}

}  // namespace waybill::service
