#include "platform/executor/reloader.h"

#include <utility>

#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill {
namespace {

constexpr absl::Duration kReloadEvery = absl::Seconds(1);

}  // namespace

Reloader::Reloader(std::string name, std::string refused, Reload reload)
    : refused_(std::move(refused)),
      reload_(std::move(reload)),
      worker_(std::move(name), kReloadEvery, [this] {
        Round();
        return RoundResult::kIdle;
      }) {}

absl::Status Reloader::Start() {
  RETURN_IF_ERROR(reload_());
  Continue();
  return absl::OkStatus();
}

void Reloader::Continue() { worker_.Start(); }

void Reloader::Stop() { worker_.Stop(); }

void Reloader::Round() {
  const std::string error(reload_().message());
  if (!error.empty() && error != last_error_) log::Error(refused_, {{"error", error}});
  last_error_ = error;
}

}  // namespace waybill
