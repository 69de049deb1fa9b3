waybill_test(support_test LABEL platform
  SOURCES support/support_test.cc
  LINKS waybill_test_support)
