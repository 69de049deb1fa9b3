// Says of a delivery's error whether Kafka will ever take the record.
#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>

#include "outbox_relay/parking/parked_row.h"

namespace waybill::outbox_relay {

// The reason to park a record for which alone Kafka gave this error; none for errors that say
// nothing about the record itself (purged, fenced, out of order, no connection).
std::optional<ParkReason> RefusalOf(rd_kafka_resp_err_t error);

}  // namespace waybill::outbox_relay
