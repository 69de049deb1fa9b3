# The whole system as processes. One start of it serves a whole executable.

find_package(nlohmann_json REQUIRED)

set(system_programs order_svc payment_svc inventory_svc notification_svc outbox_relay payment_sandbox)

waybill_library(waybill_test_system
  SOURCES e2e/books.cc e2e/http.cc e2e/mail_box.cc e2e/shop.cc e2e/system.cc
  LINKS waybill_test_support waybill_test_grpc platform_events platform_types waybill_grpc_proto
        CURL::libcurl nlohmann_json::nlohmann_json absl::strings absl::time GTest::gtest)
add_dependencies(waybill_test_system ${system_programs})

waybill_test(outcomes_test LABEL e2e TOGETHER TIMEOUT 240 PROCESSORS 2
  SOURCES e2e/outcomes_test.cc
  LINKS waybill_test_system)
