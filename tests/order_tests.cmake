find_package(rapidcheck REQUIRED)

waybill_test(order_unit_test LABEL unit
  SOURCES unit/order_domain_test.cc unit/order_events_test.cc unit/order_refund_test.cc
  LINKS order_svc_lib nlohmann_json::nlohmann_json rapidcheck)

waybill_library(order_test_rig
  SOURCES integration/order_rig.cc
  LINKS order_svc_lib waybill_test_support waybill_test_grpc nlohmann_json::nlohmann_json)

waybill_test(order_integration_test LABEL integration TIMEOUT 180
  SOURCES integration/order_bad_input_test.cc integration/order_place_order_test.cc
          integration/order_placing_test.cc integration/order_polls_cost_test.cc integration/order_process_test.cc integration/order_refund_test.cc
          integration/order_retention_test.cc integration/order_saga_test.cc integration/order_shipping_test.cc
          integration/order_stale_test.cc
          integration/order_watch_orders_test.cc
  LINKS order_test_rig)
add_dependencies(order_integration_test order_svc)
