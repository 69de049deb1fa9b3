#include <gtest/gtest.h>

#include "platform/trace/trace_context.h"

namespace waybill {
namespace {

TEST(TraceContextTest, AChildStaysInItsTrace) {
  const std::string header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const TraceContext context = TraceContext::FromHeader(header);
  EXPECT_EQ(context.ToHeader(), header);
  EXPECT_EQ(context.Child().trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_NE(context.Child().ToHeader(), header);
}

TEST(TraceContextTest, AMalformedHeaderStartsANewTrace) {
  for (const char* header :
       {"", "garbage", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"}) {
    const TraceContext context = TraceContext::FromHeader(header);
    EXPECT_EQ(context.trace_id().size(), 32u);
    EXPECT_NE(context.trace_id(), "0af7651916cd43dd8448eb211c80319c") << header;
  }
}

}  // namespace
}  // namespace waybill
