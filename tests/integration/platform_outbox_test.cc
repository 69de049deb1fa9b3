#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "platform/events/envelope.h"
#include "platform/events/topics.h"
#include "platform/outbox/outbox.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/test_database.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::outbox {
namespace {

TEST(OutboxTest, RowsKeepOrderBytesAndEnvelope) {
  test::TestDatabase db("orders");
  postgres::Pool pool({.conninfo = db.Conninfo("order_svc")}, "test");
  const OrderId order = OrderId::New();
  std::vector<events::OutgoingEvent> events;
  for (int i = 1; i <= 3; ++i) {
    events::v1::OrderPlaced message;
    message.set_order_id(order.ToString());
    message.set_user_id("a\"b\\c\xc3\xa9");
    events.push_back(events::MakeEvent(events::kOrdersTopic, "order_svc", order, i,
                                       TraceContext::NewRoot(), message));
  }
  events[2].extra_headers["dlq_error"] = "it said \"no\"";
  const absl::Status status =
      postgres::RunTransaction(pool, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
                               [&](postgres::Transaction& tx) {
                                 Append(tx, events);
                                 Append(tx, {});
                                 return absl::OkStatus();
                               });
  ASSERT_TRUE(status.ok()) << status;

  const auto rows = db.QueryRows(
      "SELECT event_id, topic, key, sequence, convert_from(payload, 'UTF8'), headers->>'ce_type',"
      " headers->>'traceparent', headers->>'dlq_error' FROM outbox ORDER BY id");
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][0], events[i].id.ToString());
    EXPECT_EQ(rows[i][1], "orders.events");
    EXPECT_EQ(rows[i][2], order.ToString());
    EXPECT_EQ(rows[i][3], std::to_string(i + 1));
    EXPECT_EQ(rows[i][4], events[i].payload);
    EXPECT_EQ(rows[i][5], "waybill.events.v1.OrderPlaced");
    EXPECT_EQ(rows[i][6], events[i].trace.ToHeader());
  }
  EXPECT_EQ(rows[2][7], "it said \"no\"");
}

}  // namespace
}  // namespace waybill::outbox
