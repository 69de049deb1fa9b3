find_package(rapidcheck REQUIRED)

waybill_test(notification_unit_test LABEL unit
  SOURCES unit/notification_events_test.cc unit/notification_headers_test.cc unit/notification_order_mail_test.cc
  LINKS notification_svc_lib nlohmann_json::nlohmann_json rapidcheck)

waybill_test(notification_integration_test LABEL integration
  SOURCES integration/notification_mails_test.cc integration/notification_process_test.cc
          integration/notification_retention_test.cc
          integration/notification_send_due_mails_test.cc integration/notification_smtp_test.cc
  LINKS notification_svc_lib waybill_test_support)
add_dependencies(notification_integration_test notification_svc)
