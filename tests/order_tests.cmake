find_package(nlohmann_json REQUIRED)
find_package(rapidcheck REQUIRED)

waybill_test(order_unit_test LABEL unit
  SOURCES unit/order_domain_test.cc unit/order_place_order_test.cc unit/order_watch_hub_test.cc
  LINKS order_svc_application rapidcheck)

waybill_test(order_transport_test LABEL unit
  SOURCES unit/order_transport_test.cc
  LINKS order_svc_lib nlohmann_json::nlohmann_json)
