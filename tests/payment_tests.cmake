find_package(rapidcheck REQUIRED)

waybill_test(payment_domain_test LABEL unit
  SOURCES unit/payment_arrival_test.cc unit/payment_domain_test.cc unit/payment_refund_test.cc
  LINKS payment_svc_domain rapidcheck)

waybill_test(payment_unit_test LABEL unit
  SOURCES unit/payment_events_test.cc unit/payment_stripe_answer_test.cc unit/payment_stripe_wire_test.cc
  LINKS payment_svc_lib)

# These tests run against a real sandbox process.
find_library(CPP_HTTPLIB cpp-httplib REQUIRED)
waybill_library(payment_test_support
  SOURCES integration/payment_altered_provider.cc integration/payment_driver.cc integration/payment_sandbox_process.cc
  LINKS payment_svc_lib waybill_test_support ${CPP_HTTPLIB})
target_compile_definitions(payment_test_support PRIVATE
  CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)

waybill_test(payment_sandbox_test LABEL integration
  SOURCES integration/payment_ledger_test.cc integration/payment_sandbox_test.cc
  LINKS payment_sandbox_lib payment_test_support)
add_dependencies(payment_sandbox_test payment_sandbox)

waybill_test(payment_drive_test LABEL integration
  SOURCES integration/payment_answers_test.cc integration/payment_drive_test.cc integration/payment_refunds_test.cc
          integration/payment_workers_test.cc
  LINKS payment_test_support)
add_dependencies(payment_drive_test payment_sandbox)

waybill_test(payment_service_test LABEL integration
  SOURCES integration/payment_service_test.cc
  LINKS payment_test_support waybill_test_grpc)
add_dependencies(payment_service_test payment_svc payment_sandbox)
