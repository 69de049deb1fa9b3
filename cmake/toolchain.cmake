# How every target is compiled: build types, warnings, sanitizers, ccache, linker.

# A little optimisation keeps the sagas of the fault tests quick; line tables keep backtraces readable.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "Dev, Release, Debug or RelWithDebInfo" FORCE)
endif()

# Makes a fault in our own code hard to turn against it.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-fcf-protection WAYBILL_HAS_CF_PROTECTION)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
                      $<$<BOOL:${WAYBILL_HAS_CF_PROTECTION}>:-fcf-protection>)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(WAYBILL_SANITIZE)
  add_compile_options(-fsanitize=${WAYBILL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WAYBILL_SANITIZE})
endif()

# Linked by our own targets only, never by generated code.
add_library(waybill_warnings INTERFACE)
target_compile_options(waybill_warnings INTERFACE -Wall -Wextra -Wpedantic)
# With -O3, g++ 12 sees an overlap in std::string's own operator+ (GCC bug 105651).
target_compile_options(waybill_warnings INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
# With sanitizers, g++ 12 takes std::regex's own states for uninitialized (GCC bug 105562).
if(WAYBILL_SANITIZE)
  target_compile_options(waybill_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
if(WAYBILL_WERROR)
  target_compile_options(waybill_warnings INTERFACE -Werror)
endif()
