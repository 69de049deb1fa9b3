find_package(rapidcheck REQUIRED)

waybill_test(inventory_domain_test LABEL unit
  SOURCES unit/inventory_reservation_test.cc unit/inventory_shipping_test.cc unit/inventory_stock_test.cc
  LINKS inventory_svc_domain rapidcheck)

waybill_test(inventory_transport_test LABEL unit
  SOURCES unit/inventory_transport_test.cc
  LINKS inventory_svc_lib)

waybill_test(inventory_storage_test LABEL integration
  SOURCES integration/inventory_events_test.cc integration/inventory_set_stock_test.cc
  LINKS inventory_svc_lib waybill_test_support)

waybill_test(inventory_service_test LABEL integration
  SOURCES integration/inventory_grpc_test.cc integration/inventory_process_test.cc
  LINKS inventory_svc_lib waybill_test_grpc waybill_test_support)
add_dependencies(inventory_service_test inventory_svc)
