#include "outbox_relay/republish/chunk_publisher.h"

#include <poll.h>

#include <algorithm>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/base/utf8.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/outbox_table.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
// A chunk whose order has no index is found by a scan of the whole table.
constexpr absl::Duration kReadWithin = absl::Minutes(10);
// The server answers before it searches, but waits for locks first.
constexpr absl::Duration kStartWithin = absl::Seconds(10);
constexpr absl::Duration kStreamCatchesUpWithin = absl::Seconds(10);
constexpr absl::Duration kLookAtStream = absl::Milliseconds(20);
constexpr std::int64_t kMostRows = 5000;
constexpr std::int64_t kMostRowsAlone = 100;
// Per chunk: a topic that isn't there refuses every row.
constexpr std::int64_t kRefusalsLogged = 10;
constexpr Header kMark{"republished", "true"};

}  // namespace

ChunkPublisher::ChunkPublisher(const RelayConfig& config, const SourceConfig& source,
                               const Stop& stop, const Leadership& leadership, int leader)
    : config_(config),
      source_(source),
      stop_(stop),
      leadership_(leadership),
      leader_(leader),
      pace_(config.limits.republish_rows_per_second),
      sender_(config.kafka, stop, [this] { return GoOn(); }) {}

absl::Status ChunkPublisher::GoOn() const {
  if (stop_.requested()) return absl::CancelledError("the relay is ending");
  if (leadership_.pid() != leader_) return absl::CancelledError("the relay streams no more");
  return absl::OkStatus();
}

absl::StatusOr<PublishedChunk> ChunkPublisher::Publish(const RepublishRequest& request,
                                                       PgConnection& control) {
  RETURN_IF_ERROR(OpenSnapshot());
  ASSIGN_OR_RETURN(const std::string copy_sql, Prepare(request, control));
  // Outside the snapshot: some of what it sees may have been parked since.
  ParkingStore store(control, source_.name);
  Parking parking(store, [](std::uint64_t) {});
  RETURN_IF_ERROR(parking.Load());
  absl::StatusOr<PublishedChunk> chunk = CopyRows(copy_sql, parking);
  if (chunk.ok()) {
    alone_ = false;
    RETURN_IF_ERROR(reader_->Exec("COMMIT").status());
    return chunk;
  }
  reader_.reset();
  if (!absl::IsInternal(chunk.status()) || alone_) return chunk;
  log::Warn("Kafka refused a record that was published again: its chunk's rows will be sent alone",
            {{"source", source_.name}, {"error", chunk.status().message()}});
  alone_ = true;
  return Publish(request, control);
}

absl::StatusOr<std::string> ChunkPublisher::Prepare(const RepublishRequest& request,
                                                    PgConnection& control) {
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> checkpoint,
                   CheckpointStore(control, source_.name).Load());
  ASSIGN_OR_RETURN(const Outbox outbox,
                   InspectOutbox(control, source_, checkpoint ? checkpoint->table_oid : 0));
  if (!checkpoint || checkpoint->publication_oid != outbox.publication_oid ||
      checkpoint->table_oid != outbox.table_oid) {
    return absl::UnavailableError(
        "the relay has yet to publish the rows of an altered publication or table");
  }
  mapper_.emplace(source_.mapping, control.server_encoding());
  RETURN_IF_ERROR(mapper_->Bind(CopiedColumns(source_.mapping, outbox.columns)));
  ASSIGN_OR_RETURN(const RowRange range, RowRange::Create(source_, outbox.columns, request.filter));
  const std::int64_t most = alone_ ? kMostRowsAlone : kMostRows;
  return range.CopySql(request.position, request.last_position,
                       std::min(most, 2 * config_.limits.republish_rows_per_second));
}

absl::Status ChunkPublisher::OpenSnapshot() {
  if (!reader_) {
    ASSIGN_OR_RETURN(reader_,
                     PgConnection::Connect(
                         source_.conninfo.Get(), PgConnection::Kind::kSql,
                         {{"statement_timeout", StrCat(absl::ToInt64Milliseconds(kReadWithin))}},
                         kConnectTimeout));
  }
  RETURN_IF_ERROR(reader_->Exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  // The statement takes its snapshot before it reads the position: whatever the snapshot sees has
  // its commit record before it.
  ASSIGN_OR_RETURN(const PgResult result, reader_->Exec("SELECT pg_current_wal_insert_lsn()"));
  ASSIGN_OR_RETURN(const Lsn position, ParseLsn(result.Text(0, 0)));
  const SteadyTime deadline = SteadyNow() + kStreamCatchesUpWithin;
  while (leadership_.published() < position) {
    RETURN_IF_ERROR(GoOn());
    if (SteadyNow() >= deadline) {
      reader_.reset();
      return absl::UnavailableError("it waits for the live stream, which is behind");
    }
    stop_.WaitFor(kLookAtStream);
  }
  return GoOn();
}

absl::StatusOr<PublishedChunk> ChunkPublisher::CopyRows(const std::string& copy_sql,
                                                        Parking& parking) {
  CopyReader copy(*reader_);
  RETURN_IF_ERROR(copy.Start(copy_sql, kStartWithin));
  PublishedChunk chunk;
  for (;;) {
    ASSIGN_OR_RETURN(const CopyReader::Next next, copy.NextRow());
    if (next == CopyReader::Next::kEnd) break;
    if (next == CopyReader::Next::kRow) {
      RETURN_IF_ERROR(PublishRow(copy.columns(), parking, chunk));
      continue;
    }
    RETURN_IF_ERROR(GoOn());
    reader_->WaitForSocket(false, absl::Milliseconds(500));
    RETURN_IF_ERROR(copy.Read());
  }
  RETURN_IF_ERROR(sender_.Flush());
  std::string utf8;
  std::string_view position = chunk.position;
  if (Utf8Converter(reader_->server_encoding()).Convert(position, &utf8, &position)) {
    chunk.position = std::string(position);
  }
  faults::Point("outbox_relay.chunk_republished");
  return chunk;
}

absl::Status ChunkPublisher::PublishRow(const std::vector<ColumnValue>& columns, Parking& parking,
                                        PublishedChunk& chunk) {
  if (const absl::Duration wait = pace_.Take(); wait > absl::ZeroDuration()) stop_.WaitFor(wait);
  RETURN_IF_ERROR(GoOn());
  chunk.position = columns.back().data;
  const absl::Status readable = mapper_->Map(columns, &record_);
  if (parking.Holds(record_) ||
      parking.HasDiscarded(record_, [this, &columns] { return mapper_->Name(columns); })) {
    ++chunk.counts.skipped;
    return absl::OkStatus();
  }
  RecordSender::Refusal refusal;
  if (readable.ok()) {
    record_.headers.push_back(kMark);
    ASSIGN_OR_RETURN(refusal, alone_ ? sender_.SendAlone(record_) : sender_.Send(record_));
  } else {
    refusal = std::string(readable.message());
  }
  ++(refusal ? chunk.counts.refused : chunk.counts.sent);
  if (refusal && chunk.counts.refused <= kRefusalsLogged) {
    log::Warn("the row is not published again", {{"source", source_.name},
                                                 {"topic", record_.topic},
                                                 {"row", mapper_->Name(columns).row_id},
                                                 {"error", *refusal}});
  }
  return absl::OkStatus();
}

}  // namespace waybill::outbox_relay
