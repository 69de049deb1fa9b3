// What a first look found wrong, and what a second look must read to know whether it still is.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/kafka/consumer.h"
#include "tools/verify/facts.h"
#include "tools/verify/judge.h"

namespace waybill::verify {

struct Suspects {
  // The orders (and other keys, by their hash) and the events that something is wrong with.
  std::set<Uuid> orders;
  std::set<Uuid> events;
  // Whether a sum is wrong, over all reservations of a product or all refunds of a charge.
  bool sums = false;
  // The records and mails of the suspects as the first look read them: topics and mail boxes only
  // grow.
  std::vector<OrderFact> kept;
  // How far the first look read the topics, and when it began.
  std::map<kafka::TopicPartition, std::int64_t> read_to;
  Micros looked_at = 0;
};

// What the violations are about. As many suspects as violations at most.
Suspects SuspectsOf(const std::vector<Violation>& violations);

// When the first of them came about, as their ids say; 0 where an id says nothing.
Micros EarliestOf(const Suspects& suspects);

// "column = ANY (…)" for a uuid or a text column.
std::string IsAmong(const std::string& column, const std::set<Uuid>& ids, const char* type);

}  // namespace waybill::verify
