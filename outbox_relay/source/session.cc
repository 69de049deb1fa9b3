#include "outbox_relay/source/session.h"

#include <poll.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/base/wal_position.h"
#include "outbox_relay/checkpoint/relay_tables.h"
#include "outbox_relay/source/backfill.h"
#include "outbox_relay/source/catch_up.h"
#include "outbox_relay/source/leader_lock.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/replication_stream.h"
#include "outbox_relay/source/row_reader.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/start_plan.h"
#include "outbox_relay/source/stream_loop.h"
#include "outbox_relay/source/table_copy.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// A Kafka that can't be reached must not keep the relay from its other work.
constexpr absl::Duration kAwaitKafkaCluster = absl::Seconds(5);
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
// Session timeouts of idle sessions came with 14, as did pgoutput's `binary`.
constexpr int kOldestServer = 140000;

std::string Milliseconds(absl::Duration duration) {
  return StrCat(absl::ToInt64Milliseconds(duration));
}

absl::StatusOr<PgConnection> ConnectControl(const SourceConfig& source, absl::Duration lease) {
  ASSIGN_OR_RETURN(
      PgConnection control,
      PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql,
                            {{"idle_session_timeout", Milliseconds(lease)},
                             {"idle_in_transaction_session_timeout", Milliseconds(lease)},
                             {"statement_timeout", "5000"},
                             {"lock_timeout", "3000"}},
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

// Drops the slots of the plan, but for that of a backfill that can be continued.
absl::StatusOr<Checkpoint> Backfilled(Session& session, PgConnection& replication,
                                      const Outbox& outbox, const SourceSlots& slots,
                                      StartPlan plan, const std::optional<Checkpoint>& before) {
  RETURN_IF_ERROR(CheckReadable(session.control, session.source, outbox));
  ASSIGN_OR_RETURN(const std::optional<BackfillState> cut,
                   FindCutBackfill(session, outbox, slots.own, plan.horizon));
  if (cut) std::erase(plan.drop, cut->slot);
  RETURN_IF_ERROR(DropSlots(session, plan.drop));
  const RestoredRows restored = before ? before->restored : RestoredRows{};
  if (cut) return ContinueBackfill(session, outbox, *cut, restored);
  log::Warn("the backfill starts", {{"source", session.source.name},
                                    {"reason", plan.reason},
                                    {"horizon", static_cast<std::int64_t>(plan.horizon)}});
  std::vector<std::string> used = plan.drop;
  if (before) used.push_back(before->slot);
  return Backfill(session, replication, outbox, NextSlotName(session.source.slot, used),
                  plan.horizon, restored);
}

// As the server knows it: a pooler between may tell libpq another one.
absl::StatusOr<int> ServerProcess(PgConnection& control) {
  ASSIGN_OR_RETURN(const PgResult result, control.Exec("SELECT pg_backend_pid()"));
  int pid = 0;
  if (!ParseNumber(result.Text(0, 0), &pid)) {
    return absl::InternalError("pg_backend_pid is not a number");
  }
  return pid;
}

absl::StatusOr<PgConnection> ConnectReplication(const RelayConfig& config,
                                                const SourceConfig& source) {
  return PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kReplication,
                               {{"wal_sender_timeout", Milliseconds(config.limits.lease)}},
                               kConnectTimeout);
}

absl::StatusOr<std::unique_ptr<ReplicationStream>> OpenStream(Session& session,
                                                              const Checkpoint& start,
                                                              PgConnection replication) {
  absl::StatusOr<std::unique_ptr<ReplicationStream>> stream = ReplicationStream::Open(
      std::move(replication), start.slot, start.confirmed, session.source.publication,
      !session.lessons.stream_as_text, kConnectTimeout);
  if (SqlState(stream.status()) == "55006") {
    // Of a relay that has lost the leader lock, or of an attempt that has given it up.
    const absl::Status told = EvictStreamer(session.control, start.slot);
    return absl::UnavailableError(
        StrCat("another process of the server still sends the log, and ",
               told.ok() ? "was told to end: " : StrCat("can't be ended: ", told.message(), "; "),
               ToStd(stream.status().message())));
  }
  return stream;
}

// Publishes the rows of the table that the source was bound to, up to the log's present end.
absl::Status Drain(Session& session, const Checkpoint& checkpoint, const Outbox& outbox,
                   PgConnection replication) {
  log::Warn("another table has the outbox's name: the relay publishes the former one's rows first",
            {{"source", session.source.name},
             {"slot", checkpoint.slot},
             {"former_table", outbox.bound_name.empty() ? "dropped" : outbox.bound_name}});
  session.catch_up_given_up = true;
  ASSIGN_OR_RETURN(const Lsn end, InsertPosition(session.control));
  // Commits behind `end`, so that the server sends everything before it.
  RETURN_IF_ERROR(session.checkpoints.Replace(checkpoint));
  ASSIGN_OR_RETURN(std::unique_ptr<ReplicationStream> stream,
                   OpenStream(session, checkpoint, std::move(replication)));
  return StreamLoop(session, checkpoint, outbox, std::move(stream)).Drain(end);
}

absl::Status Stream(Session& session, const Checkpoint& start, const Outbox& outbox,
                    std::optional<AlreadyPublished> published, PgConnection replication) {
  ASSIGN_OR_RETURN(std::unique_ptr<ReplicationStream> stream,
                   OpenStream(session, start, std::move(replication)));
  ASSIGN_OR_RETURN(const int pid, ServerProcess(session.control));
  session.leadership.Begin(pid);
  const absl::Cleanup ends = [&session] { session.leadership.End(); };
  log::Info("the stream starts", {{"source", session.source.name}, {"slot", start.slot}});
  session.metrics.Became(SourceState::kStreaming);
  return StreamLoop(session, start, outbox, std::move(stream), std::move(published)).Run();
}

absl::StatusOr<Outbox> Inspect(Session& session, const std::optional<Checkpoint>& checkpoint) {
  absl::StatusOr<Outbox> outbox =
      InspectOutbox(session.control, session.source, checkpoint ? checkpoint->table_oid : 0);
  if (absl::IsDataLoss(outbox.status())) {
    RETURN_IF_ERROR(session.checkpoints.Distrust());
  }
  return outbox;
}

// Everything of the former table is published. An attempt that is cut from here on begins with the
// whole of the new one, whether the slot exists or not.
absl::Status ForgetFormerTable(Session& session) {
  ASSIGN_OR_RETURN(std::optional<Checkpoint> drained, session.checkpoints.Load());
  if (!drained) return absl::OkStatus();
  drained->table_oid = 0;
  drained->publication_oid = 0;
  drained->horizon = 0;
  drained->partitions = {};
  drained->partial = {};
  drained->restored = {};
  return session.checkpoints.Replace(*drained);
}

// The checkpoint to stream from, with everything published that its slot doesn't have.
absl::StatusOr<Checkpoint> Prepare(Session& session, PgConnection& replication,
                                   const Outbox& outbox, const SourceSlots& slots,
                                   const StartPlan& plan,
                                   const std::optional<Checkpoint>& checkpoint) {
  if (!plan.refusal.empty()) return absl::FailedPreconditionError(plan.refusal);
  if (plan.drain) {
    RETURN_IF_ERROR(Drain(session, *checkpoint, outbox, std::move(replication)));
    ASSIGN_OR_RETURN(replication, ConnectReplication(session.config, session.source));
    RETURN_IF_ERROR(ForgetFormerTable(session));
    session.progressed = true;
  }
  if (plan.backfill) return Backfilled(session, replication, outbox, slots, plan, checkpoint);
  RETURN_IF_ERROR(DropSlots(session, plan.drop));
  if (plan.copy) {
    log::Warn("the relay publishes from the table what the log may lack",
              {{"source", session.source.name}, {"reason", plan.reason}});
    return CopyMissedRows(session, outbox, *checkpoint);
  }
  if (checkpoint->table_oid != 0) return *checkpoint;
  Checkpoint bound = *checkpoint;
  bound.table_oid = outbox.table_oid;
  RETURN_IF_ERROR(session.checkpoints.Replace(bound));
  return bound;
}

absl::Status Relay(Session& session, PgConnection replication) {
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> stored, session.checkpoints.Load());
  ASSIGN_OR_RETURN(const Outbox outbox, Inspect(session, stored));
  const std::vector<ColumnInfo> mapped = MappedColumns(session.source.mapping, outbox.columns);
  RETURN_IF_ERROR(CheckStreamed(mapped));
  if (FindUnreadableBinary(mapped) != nullptr) session.lessons.stream_as_text = true;
  ASSIGN_OR_RETURN(const SourceSlots slots, FindSlots(session.control, session.source));
  const StartPlan plan =
      PlanStart(stored, slots.own, session.system_identifier, outbox, session.source.rows_are_kept);
  if (plan.backfill) {
    RETURN_IF_ERROR(RefuseConflicts(slots.conflicts));
  }
  ASSIGN_OR_RETURN(Checkpoint checkpoint,
                   Prepare(session, replication, outbox, slots, plan, stored));
  if (plan.backfill || plan.copy) session.progressed = true;
  ASSIGN_OR_RETURN(std::optional<CaughtUp> caught_up, CatchUp(session, outbox, checkpoint));
  std::optional<AlreadyPublished> published;
  if (caught_up) {
    checkpoint = caught_up->checkpoint;
    session.progressed = true;
    published = std::move(caught_up->published);
  }
  if (session.stop.requested()) return absl::OkStatus();
  return Stream(session, checkpoint, outbox, std::move(published), std::move(replication));
}

}  // namespace

absl::Status Session::AwaitKafkaCluster() {
  if (kafka_cluster.empty()) return absl::OkStatus();
  const SteadyTime deadline = SteadyNow() + kAwaitKafkaCluster;
  while (publisher.kafka_cluster().empty() && SteadyNow() < deadline && !stop.requested()) {
    RETURN_IF_ERROR(Pulse());
    Wait(-1, 0, absl::Milliseconds(20));
  }
  return CheckKafkaCluster();
}

absl::Status Session::Pulse() {
  RETURN_IF_ERROR(publisher.Poll());
  // At every pulse: what is offered after the change would come before what is published again.
  RETURN_IF_ERROR(CheckKafkaCluster());
  // A server that ends the session says so unasked: the socket would be readable for ever.
  if (std::exchange(control_readable, false)) RETURN_IF_ERROR(control.TakeUnasked());
  const SteadyTime now = SteadyNow();
  if (now < next_maintenance) return absl::OkStatus();
  next_maintenance = now + std::min(absl::Seconds(1), config.limits.lease / 4);
  ObserveRows(now);
  metrics.health.Beat();
  RETURN_IF_ERROR(control.Exec("SELECT 1").status());
  if (kafka_cluster.empty()) RETURN_IF_ERROR(RecordKafkaCluster());
  return publisher.Maintain();
}

absl::Status Session::RecordKafkaCluster() {
  const std::string now = publisher.kafka_cluster();
  if (now.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool recorded, checkpoints.RecordKafkaCluster(now));
  if (recorded) kafka_cluster = now;
  return absl::OkStatus();
}

absl::Status Session::CheckKafkaCluster() {
  if (kafka_cluster.empty()) return absl::OkStatus();
  const std::string now = publisher.kafka_cluster();
  if (now.empty() || now == kafka_cluster) return absl::OkStatus();
  another_kafka_cluster = now;
  return absl::AbortedError(
      StrCat("Kafka is another cluster (", now, ") than before (", kafka_cluster,
             "): the next attempt publishes every row that the outbox retains"));
}

absl::StatusOr<PgResult> Session::QueryPatiently(PgConnection& connection, const std::string& sql,
                                                 absl::Duration within) {
  if (PQsendQuery(connection.get(), sql.c_str()) == 0) return connection.Broken(sql);
  const SteadyTime deadline = SteadyNow() + within;
  while (PQisBusy(connection.get())) {
    if (stop.requested()) return absl::CancelledError("the relay is ending");
    if (SteadyNow() >= deadline) {
      return absl::UnavailableError(
          StrCat("PostgreSQL did not answer within ", absl::FormatDuration(within), ", in: ", sql));
    }
    RETURN_IF_ERROR(Pulse());
    Wait(connection.socket(), POLLIN, absl::Seconds(1));
    if (PQflush(connection.get()) < 0 || PQconsumeInput(connection.get()) == 0) {
      return connection.Broken(sql);
    }
  }
  PgResult result(PQgetResult(connection.get()));
  if (result.status() == PGRES_TUPLES_OK) {
    // The end of the statement, without which no other can begin.
    PQclear(PQgetResult(connection.get()));
    return result;
  }
  return absl::AbortedError(StrCat(sql, ": ", PQresultErrorMessage(result.get())));
}

void Session::ObserveRows(SteadyTime now) {
  const std::uint64_t settled = publisher.idle() ? publisher.taken() : publisher.settled();
  if (publisher.idle() && !row_held) {
    rows_wait_since = SteadyTime::InfiniteFuture();
  } else if (settled != rows_settled || rows_wait_since == SteadyTime::InfiniteFuture()) {
    rows_wait_since = now;
  }
  rows_settled = settled;
  metrics.health.StandsStill(
      WaitsFor::kKafka, rows_wait_since,
      StrCat("rows wait for Kafka",
             publisher.trouble().empty()
                 ? ""
                 : StrCat(", whose brokers last caused the error: ", publisher.trouble())));
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

absl::Status RunSession(const RelayConfig& config, const SourceConfig& live_source,
                        const Stop& stop, Suspects& suspects, SourceMetrics& metrics,
                        Leadership& leadership, bool* progressed, Lessons& lessons) {
  // Everything that the session connects to is one database.
  const SourceConfig source = live_source.Fixed();
  ASSIGN_OR_RETURN(PgConnection control, ConnectControl(source, config.limits.lease));
  ASSIGN_OR_RETURN(const bool leader, AwaitLeadership(control, source, stop, metrics));
  if (!leader) return absl::OkStatus();
  metrics.Became(SourceState::kLeading);
  RETURN_IF_ERROR(EnsureRelayTables(control));
  ASSIGN_OR_RETURN(PgConnection replication, ConnectReplication(config, source));
  ASSIGN_OR_RETURN(const std::string system, IdentifySystem(replication));
  ParkingStore parking(control, source.name);
  CheckpointStore checkpoints(control, source.name);
  ASSIGN_OR_RETURN(const std::string kafka_cluster, checkpoints.KafkaCluster());
  ASSIGN_OR_RETURN(const std::unique_ptr<Publisher> publisher,
                   Publisher::Create(config.kafka, config.limits, parking, suspects, metrics,
                                     std::bind_front(ReadRowAgain, std::cref(source))));
  Session session{.config = config,
                  .source = source,
                  .stop = stop,
                  .control = control,
                  .checkpoints = checkpoints,
                  .publisher = *publisher,
                  .metrics = metrics,
                  .leadership = leadership,
                  .system_identifier = system,
                  .kafka_cluster = kafka_cluster,
                  .lessons = lessons};
  absl::Status ended = session.AwaitKafkaCluster();
  if (ended.ok()) ended = Relay(session, std::move(replication));
  *progressed = session.progressed;
  if (session.another_kafka_cluster.empty()) return ended;
  log::Warn(
      "Kafka is another cluster than before: the relay publishes every row that the outbox retains",
      {{"source", source.name},
       {"before", session.kafka_cluster},
       {"now", session.another_kafka_cluster}});
  RETURN_IF_ERROR(checkpoints.BeginKafkaCluster(session.another_kafka_cluster));
  return ended;
}

}  // namespace waybill::outbox_relay
