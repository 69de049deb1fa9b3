// Serves waybill.ops.v1.ParkedEventService over gRPC, the same for every consumer.
#pragma once

#include <string>

#include "platform/grpc/handlers.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/parked_event_desk.h"
#include "platform/postgres/pool.h"
#include "waybill/ops/v1/parked_event_service.grpc.pb.h"

namespace waybill::grpc {

// Thread-safe. Borrows what it is given; the handler must be one that nobody else uses.
class ParkedEventHandlers final : public Handlers<ops::v1::ParkedEventService> {
 public:
  // `door` should not lead to the threads of the service's other calls, so that operators can
  // replay and discard parked events while those are stuck.
  ParkedEventHandlers(const Door& door, std::string consumer, postgres::Pool& pool,
                      inbox::BatchHandler& handler);

 private:
  absl::StatusOr<ops::v1::ListParkedEventsResponse> List(
      const Caller& caller, const ops::v1::ListParkedEventsRequest& request);
  absl::StatusOr<ops::v1::GetParkedEventResponse> Get(
      const Caller& caller, const ops::v1::GetParkedEventRequest& request);
  absl::StatusOr<ops::v1::ReplayParkedEventsResponse> Replay(
      const Caller& caller, const ops::v1::ReplayParkedEventsRequest& request);
  absl::StatusOr<ops::v1::DiscardParkedEventResponse> Discard(
      const Caller& caller, const ops::v1::DiscardParkedEventRequest& request);

  inbox::ParkedEventDesk desk_;
};

}  // namespace waybill::grpc
