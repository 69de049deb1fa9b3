// Checks everything that the relay will need, and says what to run where something is missing.
#pragma once

#include <string>
#include <vector>

#include "outbox_relay/check/finding_list.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// Checks the source database: connection, version, settings, rights, publication, columns, the
// relay's own tables. Changes nothing. Blocks for a minute at most.
std::vector<Finding> CheckSource(const SourceConfig& source);

// Checks the sources against each other. Blocks for 20 s per source at most.
std::vector<Finding> CheckSources(const std::vector<SourceConfig>& sources);

// Checks that the brokers can be reached, that each topic that the source's rows name (the latest
// 1,000 of them) exists, and how large its records may be. Only a write could show whether a topic
// may be written. Blocks for a minute at most.
std::vector<Finding> CheckTopics(const KafkaConfig& kafka, const SourceConfig& source);

}  // namespace waybill::outbox_relay
