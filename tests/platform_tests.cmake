waybill_test(platform_unit_test LABEL unit
  SOURCES unit/platform_config_test.cc unit/platform_events_test.cc unit/platform_executor_test.cc
          unit/platform_field_checks_test.cc unit/platform_operator_time_test.cc unit/platform_quick_json_test.cc
          unit/platform_retention_test.cc
          unit/platform_session_settings_test.cc
          unit/platform_statement_test.cc unit/platform_trace_test.cc unit/platform_types_test.cc
          unit/platform_utf8_test.cc
  LINKS platform_config platform_events platform_executor platform_grpc platform_postgres platform_request_keys platform_trace
        platform_types waybill_test_support)

waybill_test(platform_log_test LABEL unit
  SOURCES unit/platform_log_test.cc
  LINKS platform_log)

waybill_test(platform_postgres_test LABEL platform
  SOURCES integration/platform_api_key_directory_test.cc integration/platform_outbox_test.cc integration/platform_postgres_test.cc
          integration/platform_request_keys_test.cc integration/platform_result_test.cc
          integration/platform_retention_test.cc integration/platform_session_test.cc
          integration/platform_pooler_test.cc integration/platform_unit_of_work_test.cc
  LINKS platform_api_keys platform_postgres platform_request_keys platform_retention platform_outbox waybill_test_support)

waybill_test(platform_kafka_test LABEL unit
  SOURCES unit/platform_held_events_test.cc unit/platform_kafka_config_test.cc unit/platform_kafka_consumer_test.cc
  LINKS platform_inbox platform_kafka waybill_test_support)

waybill_test(platform_inbox_test LABEL platform TIMEOUT 240
  SOURCES integration/platform_inbox_test.cc integration/platform_consumer_test.cc
          integration/platform_kafka_rights_test.cc integration/platform_parked_test.cc
  LINKS platform_inbox waybill_test_support)

waybill_test(platform_grpc_test LABEL unit
  SOURCES unit/platform_audit_test.cc unit/platform_caller_limits_test.cc unit/platform_errors_test.cc unit/platform_grpc_limits_test.cc
          unit/platform_grpc_peer_limit_test.cc
          unit/platform_grpc_server_test.cc unit/platform_grpc_test.cc
          unit/platform_page_token_test.cc unit/platform_shutdown_test.cc
  LINKS platform_grpc waybill_test_grpc waybill_test_support)

waybill_test(platform_auth_test LABEL unit
  SOURCES unit/platform_api_key_test.cc unit/platform_door_test.cc unit/platform_jwt_fuzz_test.cc unit/platform_jwt_test.cc unit/platform_tls_attacks_test.cc
  LINKS platform_grpc waybill_test_credentials waybill_test_grpc waybill_test_support)

waybill_test(platform_metrics_test LABEL unit
  SOURCES unit/platform_metrics_http_test.cc unit/platform_metrics_test.cc unit/platform_metrics_tls_test.cc
  LINKS platform_metrics waybill_test_credentials waybill_test_support)
