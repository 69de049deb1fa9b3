# Tests of the relay that have a server of their own: one executable, one test, so that they share it.
waybill_test(relay_secured_kafka_test LABEL faults TIMEOUT 300 TOGETHER
  SOURCES faults/relay_secured_kafka_test.cc faults/relay_servers.cc faults/secured_kafka.cc
  LINKS waybill_test_relay)
add_dependencies(relay_secured_kafka_test outbox_relay)

waybill_test(relay_memory_test LABEL faults TIMEOUT 600 TOGETHER
  SOURCES faults/relay_memory_test.cc faults/relay_servers.cc
  LINKS waybill_test_relay)
add_dependencies(relay_memory_test outbox_relay)
