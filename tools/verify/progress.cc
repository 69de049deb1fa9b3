#include "tools/verify/progress.h"

#include <limits>

#include "platform/events/topics.h"
#include "platform/kafka/topic_reader.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

struct Subscription {
  Consumer consumer;
  const char* topic;
};

constexpr std::array<Subscription, 7> kSubscriptions = {
    {{Consumer::kOrders, events::kPaymentsTopic},
     {Consumer::kOrders, events::kInventoryTopic},
     {Consumer::kPayments, events::kOrdersTopic},
     {Consumer::kPayments, events::kInventoryTopic},
     {Consumer::kInventory, events::kOrdersTopic},
     {Consumer::kInventory, events::kPaymentsTopic},
     {Consumer::kNotifications, events::kOrdersTopic}}};

constexpr std::array<std::int64_t, kConsumers> kNobodyReads = [] {
  std::array<std::int64_t, kConsumers> next{};
  next.fill(std::numeric_limits<std::int64_t>::max());
  return next;
}();

}  // namespace

std::vector<std::string> TopicsOf(Consumer consumer) {
  std::vector<std::string> topics;
  for (const Subscription& subscription : kSubscriptions) {
    if (subscription.consumer == consumer) topics.push_back(subscription.topic);
  }
  return topics;
}

absl::StatusOr<Consumption> ReadConsumption(const kafka::KafkaConfig& kafka) {
  Consumption consumption;
  for (const Subscription& subscription : kSubscriptions) {
    const auto consumer = static_cast<std::size_t>(subscription.consumer);
    ASSIGN_OR_RETURN(const auto reader,
                     kafka::TopicReader::Create(
                         kafka, StrCat(kafka.topic_prefix, NameOf(subscription.consumer))));
    ASSIGN_OR_RETURN(const auto ranges,
                     reader->Uncommitted(StrCat(kafka.topic_prefix, subscription.topic)));
    for (const kafka::RecordRange& range : ranges) {
      auto& next = consumption.next.try_emplace(range.partition, kNobodyReads).first->second;
      next[consumer] = range.first;
      consumption.behind[consumer] += range.end - range.first;
    }
  }
  return consumption;
}

absl::StatusOr<std::int64_t> PublishedBelow(const std::string& conninfo) {
  return CountIn(conninfo, "SELECT horizon FROM outbox_relay.checkpoints ORDER BY horizon LIMIT 1");
}

}  // namespace waybill::verify
