#include "outbox_relay/republish/republisher.h"

#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kLookForRequests = absl::Seconds(1);
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);

}  // namespace

Republisher::Republisher(const RelayConfig& config, const SourceConfig& source,
                         const outbox_relay::Stop& stop, SourceMetrics& metrics,
                         const Leadership& leadership)
    : config_(config),
      source_(source),
      stop_(stop),
      metrics_(metrics),
      leadership_(leadership),
      worker_(StrCat("republication of ", source.name), kLookForRequests,
              [this] { return Round(); }) {}

void Republisher::Start() { worker_.Start(); }

void Republisher::Stop() { worker_.Stop(); }

void Republisher::Release() {
  publisher_.reset();
  metrics_.republishing.Set(0);
}

absl::StatusOr<RoundResult> Republisher::Round() {
  const int leader = leadership_.pid();
  if (leader == 0 || stop_.requested()) {
    Release();
    control_.reset();
    return RoundResult::kIdle;
  }
  const int conninfo_version = source_.conninfo.version();
  if (control_ && conninfo_version != conninfo_version_) {
    Release();
    control_.reset();
  }
  if (!control_) {
    conninfo_version_ = conninfo_version;
    connected_ = source_.Fixed();
    ASSIGN_OR_RETURN(
        control_, PgConnection::Connect(connected_.conninfo.Get(), PgConnection::Kind::kSql,
                                        {{"statement_timeout", "5000"}, {"lock_timeout", "3000"}},
                                        kConnectTimeout));
  }
  absl::StatusOr<RoundResult> result = Work(leader);
  if (result.ok()) return result;
  Release();
  control_.reset();
  if (absl::IsCancelled(result.status())) return RoundResult::kIdle;
  return result;
}

absl::StatusOr<RoundResult> Republisher::Work(int leader) {
  RequestStore store(*control_, source_);
  ASSIGN_OR_RETURN(const std::optional<RepublishRequest> request, store.Active());
  if (!request) {
    Release();
    return RoundResult::kIdle;
  }
  const bool has_publisher = publisher_ != nullptr && publisher_->leader() == leader;
  if (!has_publisher || request->state == "REQUESTED") {
    publisher_ = std::make_unique<ChunkPublisher>(config_, connected_, stop_, leadership_, leader);
    ASSIGN_OR_RETURN(const bool leads, store.Begin(request->id, leader));
    if (!leads) return absl::CancelledError("the relay has lost the leader lock");
    metrics_.republishing.Set(1);
    log::Info("the relay publishes retained rows again", {{"source", source_.name},
                                                          {"republication", request->id},
                                                          {"rows", request->total},
                                                          {"rows_done", request->counts.all()}});
  }
  absl::StatusOr<RoundResult> result = WorkOff(store, *request, leader);
  return result.ok() ? result : NoteError(store, *request, leader, result.status());
}

absl::StatusOr<RoundResult> Republisher::WorkOff(RequestStore& store,
                                                 const RepublishRequest& request, int leader) {
  ASSIGN_OR_RETURN(const PublishedChunk chunk, publisher_->Publish(request, *control_));
  const bool ended = chunk.position.empty();
  ASSIGN_OR_RETURN(const bool leads,
                   ended ? store.End(request.id, leader)
                         : store.Advance(request.id, leader, chunk.counts, chunk.position));
  if (!leads) return absl::CancelledError("the relay has lost the leader lock");
  metrics_.rows_republished.Add(static_cast<double>(chunk.counts.sent));
  if (ended) {
    log::Info("the republication is complete", {{"source", source_.name},
                                                {"republication", request.id},
                                                {"sent", request.counts.sent},
                                                {"skipped", request.counts.skipped},
                                                {"refused", request.counts.refused}});
  }
  return RoundResult::kMoreWork;
}

absl::StatusOr<RoundResult> Republisher::NoteError(RequestStore& store,
                                                   const RepublishRequest& request, int leader,
                                                   const absl::Status& error) {
  if (absl::IsCancelled(error)) return error;
  const std::string message(error.message());
  if (absl::IsFailedPrecondition(error) || absl::IsInvalidArgument(error)) {
    ASSIGN_OR_RETURN(const bool failed, store.Fail(request.id, leader, message));
    log::Error("the republication fails",
               {{"source", source_.name}, {"republication", request.id}, {"error", message}});
    return failed ? RoundResult::kMoreWork : RoundResult::kIdle;
  }
  RETURN_IF_ERROR(store.NoteTrouble(request.id, leader, message).status());
  return error;
}

}  // namespace waybill::outbox_relay
