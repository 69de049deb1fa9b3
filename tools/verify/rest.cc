#include "tools/verify/rest.h"

#include <array>
#include <numeric>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "platform/kafka/topic_reader.h"
#include "platform/postgres/binary_rows.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/verify/progress.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(500);

// Counts orders, payments and mails that are not finished.
absl::StatusOr<std::int64_t> CountUnderWay(const VerifyOptions& options) {
  const std::array<std::pair<const std::string&, const char*>, 3> questions = {
      {{options.orders,
        "SELECT count(*) FROM orders WHERE state NOT IN ('CONFIRMED', 'CANCELLED')"},
       {options.payments, "SELECT count(*) FROM payments WHERE due_at IS NOT NULL"},
       {options.notifications, "SELECT count(*) FROM mails WHERE state = 'PENDING'"}}};
  std::int64_t sum = 0;
  for (const auto& [conninfo, select] : questions) {
    ASSIGN_OR_RETURN(const std::int64_t count, CountIn(conninfo, select));
    sum += count;
  }
  return sum;
}

struct LastRow {
  Uuid event;
  std::string topic;
  std::string key;
  absl::Time at;
  std::int64_t tx = 0;
};

// Returns the newest row of an outbox, ignoring keys that the relay has parked.
absl::StatusOr<std::optional<LastRow>> LastRowIn(const std::string& conninfo) {
  ASSIGN_OR_RETURN(const auto session,
                   postgres::BinaryRows::Connect(conninfo, "orderctl_verify", absl::Seconds(10)));
  std::optional<LastRow> last;
  RETURN_IF_ERROR(
      session->ForEach("SELECT event_id, topic, key, created_at, tx::text::bigint FROM outbox o "
                       "WHERE NOT EXISTS (SELECT FROM outbox_relay.parked_keys p "
                       "WHERE p.topic = o.topic AND p.key = convert_to(o.key, 'UTF8')) "
                       "ORDER BY id DESC LIMIT 1",
                       [&](const postgres::BinaryRow& row) {
                         last = {row.AsUuid(0), std::string(row.Text(1)), std::string(row.Text(2)),
                                 absl::FromUnixMicros(row.Micros(3)), row.Int(4)};
                       }));
  return last;
}

// Counts the outboxes whose newest row is unpublished: it isn't on its topic, and the relay's checkpoint
// doesn't say that it was. (A topic drops old records.)
absl::StatusOr<std::int64_t> CountUnpublished(const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const auto reader, kafka::TopicReader::Create(options.kafka));
  std::int64_t unpublished = 0;
  for (const std::string& conninfo :
       {options.orders, options.payments, options.inventory, options.notifications}) {
    ASSIGN_OR_RETURN(const std::optional<LastRow> last, LastRowIn(conninfo));
    if (!last) continue;
    const LastRow& row = *last;
    ASSIGN_OR_RETURN(const std::int64_t published_below, PublishedBelow(conninfo));
    if (row.tx < published_below) continue;
    ASSIGN_OR_RETURN(const auto ranges, reader->OfKey(StrCat(options.kafka.topic_prefix, row.topic),
                                                      row.key, row.at - absl::Minutes(1)));
    bool found = false;
    for (std::size_t i = 0; i < ranges.size() && !found; ++i) {
      RETURN_IF_ERROR(reader->Read({ranges[i]}, [&](const kafka::Record& record) {
        found = record.Header("ce_id").value_or("") == row.event.ToString();
        return !found;
      }));
    }
    if (!found) ++unpublished;
  }
  return unpublished;
}

absl::StatusOr<std::int64_t> CountUnconsumed(const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const Consumption consumption, ReadConsumption(options.kafka));
  return std::accumulate(consumption.behind.begin(), consumption.behind.end(), std::int64_t{0});
}

// Returns what is under way, or "" when nothing is.
absl::StatusOr<std::string> UnderWay(const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const std::int64_t open, CountUnderWay(options));
  if (open > 0) return StrCat(open, " orders, payments or mails are not finished");
  ASSIGN_OR_RETURN(const std::int64_t unpublished, CountUnpublished(options));
  if (unpublished > 0)
    return StrCat("the relay has yet to publish rows of ", unpublished, " outboxes");
  ASSIGN_OR_RETURN(const std::int64_t unconsumed, CountUnconsumed(options));
  if (unconsumed > 0) return StrCat(unconsumed, " records are not consumed yet");
  return std::string();
}

}  // namespace

absl::Status WaitForRest(const VerifyOptions& options) {
  const absl::Time give_up = absl::Now() + options.drain;
  // An event that was consumed during one check may have caused a change that only the next one
  // finds.
  int quiet = 0;
  while (quiet < 2) {
    ASSIGN_OR_RETURN(const std::string under_way, UnderWay(options));
    quiet = under_way.empty() ? quiet + 1 : 0;
    if (quiet > 0) continue;
    if (absl::Now() > give_up) {
      return absl::DeadlineExceededError(StrCat("the system is not at rest after ",
                                                absl::FormatDuration(options.drain), ": ",
                                                under_way));
    }
    absl::SleepFor(kLookEvery);
  }
  absl::SleepFor(options.idle);
  return absl::OkStatus();
}

}  // namespace waybill::verify
