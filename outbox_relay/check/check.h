// Tries everything that the relay will need, and says what to run where something is missing.
#pragma once

#include <string>
#include <vector>

#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

struct Finding {
  enum class Grade { kFine, kWarning, kBroken };
  Grade grade = Grade::kFine;
  // What was looked at, and what is wrong with it.
  std::string text;
  // What to run or to change; "" when nothing has to be.
  std::string fix;
};

// Of the source database: connection, version, settings, rights, publication, columns, the relay's
// own tables. Changes nothing. Blocks for a minute at most.
std::vector<Finding> CheckSource(const SourceConfig& source);

// Of the brokers: reachable, and for each topic that the source's rows name (the latest 1,000 of
// them) whether it is there and how large its records may be. Whether it may be written can't be
// told without writing. Blocks for a minute at most.
std::vector<Finding> CheckTopics(const KafkaConfig& kafka, const SourceConfig& source);

}  // namespace waybill::outbox_relay
