// What the first pass found wrong, and what the second pass must read to know whether it still is.
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
  // The orders (and other keys, by their hash) and the events that violations are about.
  std::set<Uuid> orders;
  std::set<Uuid> events;
  // Whether a sum over all reservations of a product, or over all refunds of a charge, is wrong.
  bool sums = false;
  // The suspects' records and mails as the first pass read them. Topics and mail boxes only grow,
  // so they need not be read again.
  std::vector<OrderFact> kept;
  // How far the first pass read the topics, and when it began.
  std::map<kafka::TopicPartition, std::int64_t> read_to;
  Micros looked_at = 0;
};

// Returns what the violations are about: at most as many suspects as there are violations.
Suspects SuspectsOf(const std::vector<Violation>& violations);

// Returns when the oldest suspect was created, according to the ids; 0 if an id doesn't say.
Micros EarliestOf(const Suspects& suspects);

// Returns "column = ANY (…)" for a column of type uuid or text.
std::string IsAmong(const std::string& column, const std::set<Uuid>& ids, const char* type);

}  // namespace waybill::verify
