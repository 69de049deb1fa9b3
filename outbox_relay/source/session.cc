#include "outbox_relay/source/session.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "outbox_relay/checkpoint/relay_tables.h"
#include "outbox_relay/source/backfill.h"
#include "outbox_relay/source/catch_up.h"
#include "outbox_relay/source/leader_lock.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/replication_stream.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/start_plan.h"
#include "outbox_relay/source/stream_loop.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
// Session timeouts of idle sessions came with 14, as did pgoutput's `binary`.
constexpr int kOldestServer = 140000;

std::string Milliseconds(absl::Duration duration) {
  return StrCat(absl::ToInt64Milliseconds(duration));
}

absl::StatusOr<PgConnection> ConnectControl(const SourceConfig& source, absl::Duration lease) {
  ASSIGN_OR_RETURN(
      PgConnection control,
      PgConnection::Connect(source.conninfo, PgConnection::Kind::kSql,
                            {{"idle_session_timeout", Milliseconds(lease)},
                             {"idle_in_transaction_session_timeout", Milliseconds(lease)},
                             {"statement_timeout", "5000"},
                             {"lock_timeout", "3000"},
                             {"synchronous_commit", "local"}},
                            kConnectTimeout));
  if (control.server_version() < kOldestServer) {
    return absl::FailedPreconditionError(StrCat("the server is PostgreSQL ",
                                                control.server_version() / 10000,
                                                "; the relay needs 14 or newer"));
  }
  return control;
}

absl::StatusOr<std::string> IdentifySystem(PgConnection& replication) {
  ASSIGN_OR_RETURN(const PgResult result, replication.ExecSimple("IDENTIFY_SYSTEM"));
  return std::string(result.Text(0, 0));
}

absl::Status DropSlots(Session& session, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    RETURN_IF_ERROR(EvictStreamer(session.control, name));
    RETURN_IF_ERROR(DropSlot(session.control, name));
    log::Info("the relay dropped a slot that it won't stream from",
              {{"source", session.source.name}, {"slot", name}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> Backfilled(Session& session, const Outbox& outbox, const StartPlan& plan,
                                      const std::optional<Checkpoint>& before) {
  log::Warn("the backfill starts", {{"source", session.source.name},
                                    {"reason", plan.reason},
                                    {"horizon", static_cast<std::int64_t>(plan.horizon)}});
  std::vector<std::string> used = plan.drop;
  if (before) used.push_back(before->slot);
  return Backfill(session, outbox, NextSlotName(session.source.slot, used), plan.horizon);
}

absl::Status Stream(Session& session, const Checkpoint& start, const Outbox& outbox,
                    std::optional<AlreadyPublished> published, PgConnection replication) {
  absl::StatusOr<std::unique_ptr<ReplicationStream>> stream =
      ReplicationStream::Open(std::move(replication), start.slot, start.confirmed,
                              session.source.publication, kConnectTimeout);
  if (!stream.ok()) {
    if (SqlState(stream.status()) == "55006") {
      log::Info(
          "a relay that lost the leader lock still streams from the slot: its session is ended",
          {{"source", session.source.name}, {"slot", start.slot}});
      RETURN_IF_ERROR(EvictStreamer(session.control, start.slot));
    }
    return stream.status();
  }
  log::Info("the stream starts", {{"source", session.source.name}, {"slot", start.slot}});
  session.metrics.Became(SourceState::kStreaming);
  return StreamLoop(session, start, outbox, *std::move(stream), std::move(published)).Run();
}

absl::Status Relay(Session& session, PgConnection replication) {
  ASSIGN_OR_RETURN(const Outbox outbox, InspectOutbox(session.control, session.source));
  ASSIGN_OR_RETURN(std::optional<Checkpoint> checkpoint, session.checkpoints.Load());
  ASSIGN_OR_RETURN(const SourceSlots slots, FindSlots(session.control, session.source));
  const StartPlan plan =
      PlanStart(checkpoint, slots.own, session.system_identifier, outbox.publication_oid);
  if (plan.backfill) {
    RETURN_IF_ERROR(RefuseConflicts(slots.conflicts));
  }
  RETURN_IF_ERROR(DropSlots(session, plan.drop));
  if (plan.backfill) {
    ASSIGN_OR_RETURN(checkpoint, Backfilled(session, outbox, plan, checkpoint));
    session.progressed = true;
  }
  ASSIGN_OR_RETURN(std::optional<CaughtUp> caught_up, CatchUp(session, outbox, *checkpoint));
  std::optional<AlreadyPublished> published;
  if (caught_up) {
    checkpoint = caught_up->checkpoint;
    session.progressed = true;
    published = std::move(caught_up->published);
  }
  if (session.stop.requested()) return absl::OkStatus();
  return Stream(session, *checkpoint, outbox, std::move(published), std::move(replication));
}

}  // namespace

absl::Status Session::Pulse() {
  RETURN_IF_ERROR(publisher.Poll());
  // A server that ends the session says so unasked: the socket would be readable for ever.
  if (std::exchange(control_readable, false)) RETURN_IF_ERROR(control.TakeUnasked());
  const SteadyTime now = SteadyNow();
  if (now < next_maintenance) return absl::OkStatus();
  next_maintenance = now + std::min(absl::Seconds(1), config.limits.lease / 4);
  RETURN_IF_ERROR(control.Exec("SELECT 1").status());
  return publisher.Maintain();
}

void Session::Wait(int socket, short events, absl::Duration longest) {
  const SteadyTime wake = std::min(next_maintenance, publisher.next_poll());
  const absl::Duration wait = std::clamp(wake - SteadyNow(), absl::ZeroDuration(), longest);
  pollfd fds[] = {{publisher.fd(), POLLIN, 0},
                  {control.socket(), POLLIN, 0},
                  {stop.requested() ? -1 : stop.fd(), POLLIN, 0},
                  {socket, events, 0}};
  poll(fds, 4, static_cast<int>(absl::ToInt64Milliseconds(wait)) + (wait > absl::ZeroDuration()));
  control_readable = fds[1].revents != 0;
}

absl::Status RunSession(const RelayConfig& config, const SourceConfig& source, const Stop& stop,
                        Suspects& suspects, SourceMetrics& metrics, bool* progressed) {
  ASSIGN_OR_RETURN(PgConnection control, ConnectControl(source, config.limits.lease));
  ASSIGN_OR_RETURN(const bool leader, AwaitLeadership(control, source, stop, metrics));
  if (!leader) return absl::OkStatus();
  metrics.Became(SourceState::kLeading);
  RETURN_IF_ERROR(EnsureRelayTables(control));
  ASSIGN_OR_RETURN(
      PgConnection replication,
      PgConnection::Connect(source.conninfo, PgConnection::Kind::kReplication,
                            {{"wal_sender_timeout", Milliseconds(config.limits.lease)}},
                            kConnectTimeout));
  ASSIGN_OR_RETURN(const std::string system, IdentifySystem(replication));
  ParkingStore parking(control, source.name);
  CheckpointStore checkpoints(control, source.name);
  ASSIGN_OR_RETURN(const std::unique_ptr<Publisher> publisher,
                   Publisher::Create(config.kafka, config.limits, parking, suspects, metrics));
  Session session{.config = config,
                  .source = source,
                  .stop = stop,
                  .control = control,
                  .checkpoints = checkpoints,
                  .publisher = *publisher,
                  .metrics = metrics,
                  .system_identifier = system};
  const absl::Status ended = Relay(session, std::move(replication));
  *progressed = session.progressed;
  return ended;
}

}  // namespace waybill::outbox_relay
