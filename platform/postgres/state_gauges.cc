#include "platform/postgres/state_gauges.h"

#include <utility>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"

namespace waybill::postgres {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

}  // namespace

absl::Status SetStateGauges(Pool& pool, const std::string& what, const Statement& count,
                            const std::map<std::string, StateGauges>& gauges) {
  return RunTransaction(pool, {.name = what, .deadline = absl::Now() + kTimeout, .max_attempts = 1},
                        [&](Transaction& tx) {
                          std::map<std::string, std::pair<double, double>> found;
                          for (const Row row : tx.Exec(count)) {
                            found[row.Get<std::string>("state")] = {row.Get<double>("count"),
                                                                    row.Get<double>("oldest_age")};
                          }
                          for (const auto& [state, gauge] : gauges) {
                            gauge.count.Set(found[state].first);
                            gauge.oldest_age.Set(found[state].second);
                          }
                          return absl::OkStatus();
                        });
}

}  // namespace waybill::postgres
