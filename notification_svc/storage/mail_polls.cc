#include "notification_svc/storage/mail_polls.h"

#include <map>
#include <string>
#include <utility>

#include "platform/postgres/state_gauges.h"

namespace waybill::notification_svc {
namespace {

// Reads the mails that wait only, along the index mails_due.
constexpr postgres::Statement kCountQueued{"mails_count_queued", R"sql(
    SELECT state, count(*) AS count,
           extract(epoch FROM now() - min(created_at))::double precision AS oldest_age
    FROM mails WHERE state = 'PENDING' GROUP BY state)sql"};

}  // namespace

void AddMailPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  std::map<std::string, postgres::StateGauges> gauges;
  gauges["PENDING"] = {
      registry.AddGauge("waybill_mails_queued", "Mails that are to be sent"),
      registry.AddGauge("waybill_mails_queued_oldest_age_seconds",
                        "How long ago the oldest mail that is to be sent was written; 0 without "
                        "one")};
  poller.Add("queued_mails", [&pool, gauges = std::move(gauges)] {
    return postgres::SetStateGauges(pool, "count queued mails", kCountQueued, gauges);
  });
}

}  // namespace waybill::notification_svc
