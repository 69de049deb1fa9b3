// ChunkPublisher publishes the next retained rows of a republication, in the table's order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/leadership.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parking.h"
#include "outbox_relay/republish/pace.h"
#include "outbox_relay/republish/record_sender.h"
#include "outbox_relay/republish/request_store.h"
#include "outbox_relay/source/copy_reader.h"
#include "outbox_relay/source/row_mapper.h"

namespace waybill::outbox_relay {

// What became of a chunk's rows. `position` is the last one's; it is "" when none was left.
struct PublishedChunk {
  RowCounts counts;
  std::string position;
};

// Not thread-safe. Works for as long as the server process `leader` holds the leader lock, as this
// process knows it. Holds a connection and producers of its own.
class ChunkPublisher {
 public:
  // All of them outlive this.
  ChunkPublisher(const RelayConfig& config, const SourceConfig& source, const Stop& stop,
                 const Leadership& leadership, int leader);

  int leader() const { return leader_; }

  // Publishes the rows behind the request's position, about two seconds' worth at the configured
  // rate, and waits until Kafka has acknowledged them: without bound, while no broker answers.
  // Reads what is parked through `control`. Cancelled: the process is to end or streams no more.
  // Unavailable: the live stream has yet to publish these rows, or a server doesn't answer: retry.
  // FailedPrecondition: the table or its publication isn't what it was. After an error, the rows up
  // to the request's position, and no others, are sure to be published.
  absl::StatusOr<PublishedChunk> Publish(const RepublishRequest& request, PgConnection& control);

 private:
  // Cancelled, or OK while this may go on.
  absl::Status GoOn() const;
  // Opens a transaction; returns once the live stream has published all that it sees.
  absl::Status OpenSnapshot();
  // Binds the mapper and returns the statement that reads the chunk.
  absl::StatusOr<std::string> Prepare(const RepublishRequest& request, PgConnection& control);
  absl::StatusOr<PublishedChunk> CopyRows(const std::string& copy_sql, Parking& parking);
  absl::Status PublishRow(const std::vector<ColumnValue>& columns, Parking& parking,
                          PublishedChunk& chunk);

  const RelayConfig& config_;
  const SourceConfig& source_;
  const Stop& stop_;
  const Leadership& leadership_;
  const int leader_;
  std::optional<RowMapper> mapper_;
  Record record_;
  Pace pace_;
  RecordSender sender_;
  std::optional<PgConnection> reader_;
  // Kafka refused a record of the last chunk: its rows are sent alone, to learn which.
  bool alone_ = false;
};

}  // namespace waybill::outbox_relay
