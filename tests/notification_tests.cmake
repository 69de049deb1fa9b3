find_package(rapidcheck REQUIRED)

waybill_test(notification_domain_test LABEL unit
  SOURCES unit/notification_headers_test.cc unit/notification_order_mail_test.cc
  LINKS notification_svc_domain rapidcheck)

waybill_test(notification_sending_test LABEL unit
  SOURCES unit/notification_event_mapping_test.cc unit/notification_send_due_mails_test.cc
  LINKS notification_svc_lib)

waybill_test(notification_storage_test LABEL integration
  SOURCES integration/notification_mails_test.cc integration/notification_smtp_test.cc
  LINKS notification_svc_lib waybill_test_support)

waybill_test(notification_service_test LABEL integration
  SOURCES integration/notification_process_test.cc
  LINKS notification_svc_lib waybill_test_support)
add_dependencies(notification_service_test notification_svc)
