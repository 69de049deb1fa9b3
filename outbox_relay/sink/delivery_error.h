// Says of a delivery's error whether the record is to blame for it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>

#include "outbox_relay/parking/parked_row.h"

namespace waybill::outbox_relay {

// The reason to park a record for which alone Kafka gave this error: the errors that are the fault
// of the record or of its topic. None for every other one, known or not: what is wrong with all
// records (the clock, the rights on the cluster, the version, the compression, a policy, a quota)
// and what says nothing about a record (purged, fenced, out of order, no connection) is to be tried
// again.
std::optional<ParkReason> RefusalOf(rd_kafka_resp_err_t error);

}  // namespace waybill::outbox_relay
