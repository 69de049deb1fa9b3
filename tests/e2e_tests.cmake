# The whole system as processes. One start of it serves a whole executable.


waybill_library(waybill_test_system
  SOURCES e2e/books.cc e2e/doors.cc e2e/http.cc e2e/load.cc e2e/mail_box.cc e2e/orderctl.cc e2e/pairs.cc e2e/proxy.cc e2e/shop.cc e2e/system.cc e2e/system_config.cc
  LINKS waybill_test_support waybill_test_credentials waybill_test_grpc platform_events platform_kafka platform_types waybill_grpc_proto
        CURL::libcurl nlohmann_json::nlohmann_json absl::strings absl::time GTest::gtest)
add_dependencies(waybill_test_system order_svc payment_svc inventory_svc notification_svc outbox_relay
                 payment_sandbox)

waybill_test(arrival_order_test LABEL e2e TOGETHER
  SOURCES e2e/arrival_order_test.cc
  LINKS waybill_test_system)

waybill_test(api_key_test LABEL e2e
  SOURCES e2e/api_key_test.cc
  LINKS waybill_test_system)
add_dependencies(api_key_test orderctl)

waybill_test(backup_test LABEL e2e TIMEOUT 300
  SOURCES e2e/backup_test.cc e2e/runbook.cc
  LINKS waybill_test_system)
add_dependencies(backup_test create_topics orderctl)

waybill_test(behind_a_proxy_test LABEL e2e
  SOURCES e2e/behind_a_proxy_test.cc
  LINKS waybill_test_system)
add_dependencies(behind_a_proxy_test orderctl)

waybill_test(books_test LABEL e2e TOGETHER
  SOURCES e2e/books_test.cc
  LINKS waybill_test_system)

waybill_test(configuration_test LABEL e2e TOGETHER
  SOURCES e2e/configuration_test.cc
  LINKS waybill_test_support platform_config nlohmann_json::nlohmann_json)
add_dependencies(configuration_test order_svc payment_svc inventory_svc notification_svc outbox_relay
                 payment_sandbox)

waybill_test(crowd_test LABEL e2e TOGETHER TIMEOUT 240 PROCESSORS 2
  SOURCES e2e/crowd_test.cc
  LINKS waybill_test_system)

waybill_test(every_credential_test LABEL e2e TOGETHER
  SOURCES e2e/every_credential_test.cc
  LINKS platform_grpc waybill_test_system)
add_dependencies(every_credential_test orderctl)

waybill_test(every_method_test LABEL e2e TOGETHER
  SOURCES e2e/every_method_test.cc
  LINKS platform_grpc waybill_test_system)

waybill_test(metrics_test LABEL e2e TOGETHER
  SOURCES e2e/exposition.cc e2e/metrics_test.cc
  LINKS waybill_test_system)

waybill_test(orderctl_test LABEL e2e TOGETHER
  SOURCES e2e/orderctl_test.cc
  LINKS waybill_test_system)
add_dependencies(orderctl_test orderctl)

waybill_test(outcomes_test LABEL e2e TOGETHER TIMEOUT 240
  SOURCES e2e/outcomes_test.cc
  LINKS waybill_test_system)

waybill_test(parked_test LABEL e2e TOGETHER
  SOURCES e2e/parked_test.cc
  LINKS waybill_test_system)
add_dependencies(parked_test orderctl)

waybill_test(poison_test LABEL e2e TOGETHER TIMEOUT 240
  SOURCES e2e/poison_test.cc
  LINKS waybill_test_system)

waybill_test(rewind_test LABEL e2e TOGETHER
  SOURCES e2e/rewind_test.cc
  LINKS waybill_test_system)
add_dependencies(rewind_test orderctl)

waybill_test(rotation_test LABEL e2e TIMEOUT 300
  SOURCES e2e/rotation_test.cc
  LINKS waybill_test_system)
add_dependencies(rotation_test orderctl)

waybill_test(secrets_test LABEL e2e TIMEOUT 300
  SOURCES e2e/secrets_test.cc
  LINKS waybill_test_system)

waybill_test(runbooks_test LABEL e2e TOGETHER TIMEOUT 600
  SOURCES e2e/runbook.cc e2e/runbooks_test.cc
  LINKS waybill_test_system)
add_dependencies(runbooks_test orderctl)

waybill_test(timeout_test LABEL e2e TOGETHER TIMEOUT 240
  SOURCES e2e/timeout_test.cc
  LINKS waybill_test_system)

waybill_test(verify_test LABEL e2e TOGETHER TIMEOUT 600
  SOURCES e2e/verify_kafka_test.cc e2e/verify_live_test.cc e2e/verify_money_test.cc
          e2e/verify_retention_test.cc e2e/verify_test.cc
  LINKS waybill_test_system)
add_dependencies(verify_test orderctl)

waybill_test(verify_judge_test LABEL unit
  SOURCES unit/verify_judge_test.cc
  LINKS tools_verify)

waybill_test(orderctl_timeline_test LABEL unit
  SOURCES unit/orderctl_timeline_test.cc ${PROJECT_SOURCE_DIR}/tools/orderctl/timeline.cc
  LINKS tools_verify)

waybill_test(kill_test LABEL faults TOGETHER TIMEOUT 600 PROCESSORS 2
  SOURCES faults/kill_test.cc
  LINKS waybill_test_system)

waybill_test(die_at_point_test LABEL faults TOGETHER TIMEOUT 900 PROCESSORS 2
  SOURCES faults/die_at_point_test.cc
  LINKS waybill_test_system)

waybill_test(refund_die_at_point_test LABEL faults TOGETHER TIMEOUT 900 PROCESSORS 2
  SOURCES faults/refund_die_at_point_test.cc
  LINKS waybill_test_system)

waybill_test(kill_server_test LABEL faults TIMEOUT 300 PROCESSORS 2
  SOURCES faults/kill_server_test.cc
  LINKS waybill_test_system)

waybill_test(two_of_everything_test LABEL faults TOGETHER TIMEOUT 900 PROCESSORS 2
  SOURCES faults/two_of_everything_test.cc
  LINKS waybill_test_system)
add_dependencies(two_of_everything_test orderctl)

# Needs an earlier build, which ./dev test-upgrade makes; without one it is skipped.
waybill_test(upgrade_test LABEL faults TOGETHER TIMEOUT 900 PROCESSORS 2
  SOURCES faults/upgrade_test.cc
  LINKS waybill_test_system)
add_dependencies(upgrade_test orderctl)
set_tests_properties(faults.upgrade_test PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
