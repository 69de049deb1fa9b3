#include "outbox_relay/app.h"

#include <algorithm>
#include <utility>

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/sink/producer.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kReachTimeout = absl::Seconds(2);

// Omits libpq's message about a string that it can't parse: the message may quote a password.
absl::Status CheckReachable(const SourceConfig& source) {
  const std::string conninfo = source.conninfo.Get();
  if (!CheckConninfo(conninfo).ok()) {
    return absl::InvalidArgumentError(StrCat(
        "source ", source.name, ": conninfo isn't a connection string that libpq can parse"));
  }
  for (const auto kind : {PgConnection::Kind::kSql, PgConnection::Kind::kReplication}) {
    RETURN_IF_ERROR(PgConnection::Connect(conninfo, kind, {}, kReachTimeout).status());
  }
  return absl::OkStatus();
}

}  // namespace

App::App(RelayConfig config)
    : config_(std::move(config)),
      poller_(registry_, config_.metrics.poll_every),
      endpoint_(config_.metrics, registry_, readiness_) {
  for (const SourceConfig& source : config_.sources) AddSource(source);
}

absl::Status App::CheckSettings() const {
  RETURN_IF_ERROR(Producer::Create(config_.kafka, {}).status());
  for (const SourceConfig& source : config_.sources) {
    if (absl::Status status = CheckConninfo(source.conninfo.Get()); !status.ok()) {
      return absl::InvalidArgumentError(
          StrCat("source ", source.name, ": ", ToStd(status.message())));
    }
  }
  return absl::OkStatus();
}

void App::AddSource(const SourceConfig& source) {
  SourceMetrics& shown = *metrics_.emplace_back(
      std::make_unique<SourceMetrics>(registry_, source.name, config_.limits.stalled_after));
  SlotWatch& watch = *watches_.emplace_back(std::make_unique<SlotWatch>(source, shown));
  poller_.Add(StrCat("slot of ", source.name), [&watch] { return watch.Look(); });
  readiness_.Add(StrCat("source ", source.name), [&shown] { return shown.Ready(); });
  Leadership& leadership = *leaderships_.emplace_back(std::make_unique<Leadership>());
  runners_.push_back(std::make_unique<SourceRunner>(config_, source, stop_, shown, leadership));
  republishers_.push_back(std::make_unique<Republisher>(config_, source, stop_, shown, leadership));
  keepers_.push_back(std::make_unique<PartitionKeeper>(source));
}

absl::Status App::Start() {
  RETURN_IF_ERROR(CheckSettings());
  RETURN_IF_ERROR(endpoint_.Start());
  poller_.Start();
  for (auto& runner : runners_) runner->Start();
  for (auto& keeper : keepers_) keeper->Start();
  for (auto& republisher : republishers_) republisher->Start();
  readiness_.MarkStarted();
  return absl::OkStatus();
}

absl::Status App::Reconfigure(const RelayConfig& config) {
  // The new string of each source; empty where it hasn't changed.
  std::vector<std::string> changed;
  for (const SourceConfig& source : config_.sources) {
    const auto now = std::ranges::find(config.sources, source.name, &SourceConfig::name);
    const bool is_new = now != config.sources.end() && now->conninfo.Get() != source.conninfo.Get();
    if (is_new) RETURN_IF_ERROR(CheckReachable(*now));
    changed.push_back(is_new ? now->conninfo.Get() : "");
  }
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (changed[i].empty()) continue;
    Live<std::string> conninfo = config_.sources[i].conninfo;
    conninfo.Set(changed[i]);
    runners_[i]->EndSession();
  }
  FollowLogin(config.kafka.properties.Get());
  return absl::OkStatus();
}

void App::FollowLogin(const std::map<std::string, std::string>& properties) {
  Live<std::map<std::string, std::string>> shared = config_.kafka.properties;
  const std::map<std::string, std::string> before = shared.Get();
  std::map<std::string, std::string> after = before;
  for (const char* name : {"sasl.username", "sasl.password"}) {
    const auto found = properties.find(name);
    if (found != properties.end() && before.contains(name)) after[name] = found->second;
  }
  if (after != before) shared.Set(std::move(after));
}

void App::Shutdown() {
  if (std::exchange(is_shut_down_, true)) return;
  readiness_.MarkShuttingDown();
  stop_.Request();
  for (auto& runner : runners_) runner->EndSession();
  for (auto& keeper : keepers_) keeper->Stop();
  for (auto& republisher : republishers_) republisher->Stop();
  for (auto& runner : runners_) runner->Join();
  poller_.Stop();
  endpoint_.Stop();
}

}  // namespace waybill::outbox_relay
