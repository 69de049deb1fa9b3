find_program(WAYBILL_PYTHON python3 HINTS /usr/bin REQUIRED)

waybill_test(event_contract_test LABEL contract
  SOURCES contract/event_contract_test.cc
  LINKS platform_events)

add_test(NAME contract.layers
  COMMAND ${WAYBILL_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/contract/layers.py ${PROJECT_SOURCE_DIR})
add_test(NAME contract.layers_are_able_to_fail
  COMMAND ${WAYBILL_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/contract/layers_test.py)
add_test(NAME contract.docs
  COMMAND ${WAYBILL_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/contract/docs.py ${PROJECT_SOURCE_DIR})
add_test(NAME contract.docs_are_able_to_fail
  COMMAND ${WAYBILL_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/contract/docs_test.py)
add_test(NAME contract.failures_are_repeated
  COMMAND ${WAYBILL_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/support/failures_test.py)
set_tests_properties(contract.layers contract.layers_are_able_to_fail contract.docs contract.docs_are_able_to_fail
                     contract.failures_are_repeated PROPERTIES LABELS contract TIMEOUT 300)

# Checks that metrics, alerts, runbooks and dashboard refer to the same things, and that the alerts fire.
find_program(PROMTOOL promtool REQUIRED)
add_test(NAME contract.alerts COMMAND ${PROMTOOL} test rules alerts_test.yml
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/deploy/prometheus)
add_test(NAME contract.prometheus_config COMMAND ${PROMTOOL} check config prometheus.yml
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/deploy/prometheus)
add_test(NAME contract.monitoring
  COMMAND ${WAYBILL_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/contract/monitoring.py ${PROJECT_SOURCE_DIR})
add_test(NAME contract.monitoring_is_able_to_fail
  COMMAND ${WAYBILL_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/contract/monitoring_test.py)
set_tests_properties(contract.alerts contract.prometheus_config contract.monitoring
                     contract.monitoring_is_able_to_fail PROPERTIES LABELS contract TIMEOUT 300)

# Checks what migrations lock, and that yesterday's build survives them. The first one may download squawk.
add_test(NAME contract.migration_locks
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/with_squawk.sh migration_locks.py ${PROJECT_SOURCE_DIR})
add_test(NAME contract.migration_locks_are_able_to_fail
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/with_squawk.sh migration_locks_test.py)
set_tests_properties(contract.migration_locks contract.migration_locks_are_able_to_fail
  PROPERTIES LABELS contract TIMEOUT 300)

# A program that is taken over can do little beside what it is for: an exposure of 2.0 at most.
find_program(SYSTEMD_ANALYZE systemd-analyze REQUIRED)
add_test(NAME contract.systemd_sandbox
  COMMAND ${SYSTEMD_ANALYZE} security --offline=yes --no-pager --threshold=20
          ${PROJECT_SOURCE_DIR}/deploy/systemd/waybill@.service)
set_tests_properties(contract.systemd_sandbox PROPERTIES LABELS contract TIMEOUT 120)

add_test(NAME contract.other_protobuf COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/other_protobuf_test.sh)
add_test(NAME contract.backoff COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/backoff_test.sh)
set_tests_properties(contract.other_protobuf contract.backoff PROPERTIES LABELS contract TIMEOUT 600)

add_test(NAME integration.odd_environment
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/odd_environment_test.sh)
set_tests_properties(integration.odd_environment PROPERTIES LABELS integration TIMEOUT 600
                                                            FIXTURES_REQUIRED local_stack)

add_test(NAME integration.migrations
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/migrations_test.sh ${test_stack})
add_test(NAME integration.migrations_that_fail
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contract/failing_migrations_test.sh ${test_stack})
set_tests_properties(integration.migrations integration.migrations_that_fail
  PROPERTIES LABELS integration TIMEOUT 600 FIXTURES_REQUIRED local_stack)

waybill_test(access_test LABEL contract
  SOURCES contract/access_test.cc
  LINKS platform_grpc tools_rpc)
target_compile_definitions(access_test PRIVATE WAYBILL_SECURITY_PAGE="${PROJECT_SOURCE_DIR}/docs/security.md")

waybill_test(grants_test LABEL integration
  SOURCES integration/grants_test.cc
  LINKS waybill_test_support)
target_compile_definitions(grants_test PRIVATE WAYBILL_GRANTS="${PROJECT_SOURCE_DIR}/deploy/postgres/grants.txt")

# That it still runs, not what it finds.
add_test(NAME faults.bench_relay
         COMMAND bench_relay --quick --only takeover --json ${CMAKE_CURRENT_BINARY_DIR}/bench_relay.json)
set_tests_properties(faults.bench_relay PROPERTIES LABELS faults TIMEOUT 300 FIXTURES_REQUIRED local_stack)
