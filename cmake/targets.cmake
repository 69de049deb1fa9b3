# The four ways a target is made here.

# waybill_library(NAME SOURCES a.cc b.cc [LINKS target...])
# Includes are written from the repository's root: "platform/postgres/pool.h".
function(waybill_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE waybill_warnings)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
  endif()
endfunction()

# waybill_executable(NAME SOURCES main.cc [LINKS target...])
# All executables land in <build>/bin.
function(waybill_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} waybill_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# waybill_test(NAME LABEL unit|platform|contract|integration|faults|e2e SOURCES ... [LINKS ...]
#              [TIMEOUT seconds] [RESOURCE name] [PROCESSORS n] [TOGETHER])
# Every label but `unit` and `contract` runs against the PostgreSQL and Kafka that the fixture
# `local_stack` (tests/support) starts on free ports and stops again. Tests that share a RESOURCE
# never run at the same time; PROCESSORS says how many cores a test keeps busy. Each GoogleTest test is
# a test and a process of its own for ctest, but TOGETHER makes the whole executable one, for tests
# that share something that takes long to start.
function(waybill_test name)
  cmake_parse_arguments(ARG "TOGETHER" "LABEL;TIMEOUT;RESOURCE;PROCESSORS" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock waybill_test_main
                                        waybill_warnings)
  # With -O3, g++ 12 takes some strings of structs for uninitialized that are not.
  target_compile_options(${name} PRIVATE $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>)
  set(properties LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(NOT ARG_LABEL MATCHES "^(unit|contract)$")
    list(APPEND properties FIXTURES_REQUIRED local_stack)
  endif()
  if(ARG_RESOURCE)
    list(APPEND properties RESOURCE_LOCK ${ARG_RESOURCE})
  endif()
  if(ARG_PROCESSORS)
    list(APPEND properties PROCESSORS ${ARG_PROCESSORS})
  endif()
  if(ARG_TOGETHER)
    add_test(NAME ${ARG_LABEL}.${name} COMMAND ${name})
    set_tests_properties(${ARG_LABEL}.${name} PROPERTIES ${properties})
  else()
    include(GoogleTest)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${ARG_LABEL}."
                         PROPERTIES ${properties})
  endif()
endfunction()
