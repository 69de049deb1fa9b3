waybill_library(waybill_test_relay
  SOURCES integration/plain_outbox.cc integration/relay_endpoint.cc integration/relay_harness.cc
          integration/relay_numbered_rows.cc integration/relay_standard_outbox.cc integration/republish_harness.cc
  LINKS waybill_test_support waybill_httplib)

waybill_test(relay_unit_test LABEL unit
  SOURCES unit/relay_pgoutput_test.cc unit/relay_start_plan_test.cc unit/relay_window_test.cc
          unit/relay_row_mapper_test.cc unit/relay_config_test.cc unit/relay_snapshot_test.cc
          unit/relay_session_settings_test.cc unit/relay_utf8_test.cc
          unit/relay_row_range_test.cc
  LINKS outbox_relay_lib)

waybill_test(relay_integration_test LABEL integration
  SOURCES integration/relay_stream_test.cc integration/relay_any_outbox_test.cc integration/relay_parking_test.cc integration/relay_partitions_test.cc
          integration/relay_publication_test.cc integration/relay_removed_rows_test.cc
          integration/relay_slots_test.cc integration/relay_table_test.cc integration/relay_watch_test.cc
          integration/relay_settings_test.cc integration/relay_row_security_test.cc integration/relay_types_test.cc
          integration/relay_encoding_test.cc integration/relay_own_tables_test.cc integration/relay_republish_test.cc
          integration/relay_stall_test.cc integration/relay_notices_test.cc
  LINKS waybill_test_relay outbox_relay_lib)
add_dependencies(relay_integration_test outbox_relay)

# What all programs have in common, shown by the relay.
waybill_test(platform_program_test LABEL integration
  SOURCES integration/platform_program_test.cc
  LINKS waybill_test_relay)
add_dependencies(platform_program_test outbox_relay)

waybill_test(relay_parked_test LABEL integration
  SOURCES integration/relay_omitted_payload_test.cc integration/relay_parked_bytes_test.cc
          integration/relay_parked_identity_test.cc integration/relay_unknown_topics_test.cc
  LINKS waybill_test_relay)
add_dependencies(relay_parked_test outbox_relay)

waybill_test(relay_faults_test LABEL faults TIMEOUT 300
  SOURCES faults/killed_relay.cc faults/relay_catch_up_test.cc faults/relay_clock_test.cc faults/relay_cluster_faults_test.cc
          faults/relay_cut_backfill_test.cc faults/relay_faults_test.cc faults/relay_first_start_test.cc
          faults/relay_partial_transaction_test.cc faults/relay_slot_loss_test.cc
          faults/relay_republish_faults_test.cc faults/relay_readiness_test.cc
  LINKS waybill_test_relay)
add_dependencies(relay_faults_test outbox_relay settable_clock)

waybill_test(relay_other_clusters_test LABEL faults TIMEOUT 300
  SOURCES faults/relay_another_kafka_test.cc faults/relay_restored_dump_test.cc
  LINKS waybill_test_relay)
add_dependencies(relay_other_clusters_test outbox_relay)

waybill_test(relay_refusals_test LABEL faults
  SOURCES faults/relay_refusals_test.cc
  LINKS waybill_test_relay)
add_dependencies(relay_refusals_test outbox_relay settable_clock)

# The whole executable is one ctest test, because its tests share a server.
waybill_test(relay_secured_kafka_test LABEL faults TIMEOUT 300 TOGETHER
  SOURCES faults/relay_secured_kafka_test.cc faults/secured_kafka.cc
  LINKS waybill_test_relay)
add_dependencies(relay_secured_kafka_test outbox_relay)

waybill_test(relay_memory_test LABEL faults TIMEOUT 600 TOGETHER
  SOURCES faults/relay_memory_test.cc
  LINKS waybill_test_relay)
add_dependencies(relay_memory_test outbox_relay)
