#include "outbox_relay/commands/republish_follower.h"

#include <pthread.h>

#include <cstdio>

#include "absl/time/time.h"
#include "outbox_relay/base/printable.h"
#include "platform/config/exit_code.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kLineEvery = absl::Seconds(3);
constexpr timespec kLookEvery{0, 500'000'000};
constexpr int kExitInterrupted = 128 + SIGINT;

long long Number(std::int64_t number) { return number; }

}  // namespace

RepublishFollower::RepublishFollower(RequestStore& store)
    : store_(store), next_line_(SteadyNow() + kLineEvery) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

bool RepublishFollower::Wait() const { return sigtimedwait(&signals_, nullptr, &kLookEvery) > 0; }

absl::StatusOr<int> RepublishFollower::Follow(std::int64_t id) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<RepublishRequest> request, store_.Find(id));
    if (!request) return absl::NotFoundError("somebody has deleted the republication");
    if (!request->active()) return PrintEnd(*request);
    RETURN_IF_ERROR(PrintChanges(*request));
    if (!Wait()) continue;
    std::printf(
        "the relay goes on with republication %lld: the same command follows it again,"
        " `outbox_relay republish --stop` stops it\n",
        Number(id));
    return kExitInterrupted;
  }
}

absl::Status RepublishFollower::PrintChanges(const RepublishRequest& request) {
  ASSIGN_OR_RETURN(const bool has_leader, store_.HasLeader());
  if (has_leader != has_leader_) {
    std::puts(has_leader ? "a relay runs on this source"
                         : "no relay runs on this source: nobody works on it until one does");
  }
  has_leader_ = has_leader;
  if (request.error != error_ && !request.error.empty()) {
    std::printf("the relay waits: %s\n", Printable(request.error).c_str());
  }
  error_ = request.error;
  const std::int64_t done = request.counts.all();
  if (done == rows_done_ || SteadyNow() < next_line_) return absl::OkStatus();
  std::printf("%lld of %lld rows\n", Number(done), Number(request.total));
  rows_done_ = done;
  next_line_ = SteadyNow() + kLineEvery;
  return absl::OkStatus();
}

int RepublishFollower::PrintEnd(const RepublishRequest& request) const {
  const RowCounts& counts = request.counts;
  std::printf("republication %lld is %s: %lld rows were published again\n", Number(request.id),
              request.state == "DONE"      ? "complete"
              : request.state == "STOPPED" ? "stopped"
                                           : "failed",
              Number(counts.sent));
  if (counts.skipped > 0) {
    std::printf("%lld rows were skipped: they or their keys are parked, or they were discarded\n",
                Number(counts.skipped));
  }
  if (counts.refused > 0) {
    std::printf("%lld rows were refused by Kafka: the relay's log says why\n",
                Number(counts.refused));
  }
  if (request.state == "DONE" && counts.all() < request.total) {
    std::printf("%lld rows were deleted before their turn came\n",
                Number(request.total - counts.all()));
  }
  if (!request.error.empty()) std::printf("%s\n", Printable(request.error).c_str());
  return request.state == "DONE" && counts.refused == 0 ? kExitOk : 1;
}

}  // namespace waybill::outbox_relay
