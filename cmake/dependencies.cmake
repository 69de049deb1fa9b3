# Everything comes from the distribution's packages; deploy/local/packages.txt lists them. What Conda, Homebrew
# or /usr/local have of the same is not searched, whatever stands first on the PATH.
set(CMAKE_SYSTEM_PREFIX_PATH /usr)
set(CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH OFF)
set(CMAKE_FIND_USE_CMAKE_ENVIRONMENT_PATH OFF)
set(ENV{PKG_CONFIG_PATH})
set(ENV{PKG_CONFIG_LIBDIR})

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)

pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(GRPCPP REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)

find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/protobuf_versions.cmake)
find_library(GRPCPP_REFLECTION grpc++_reflection REQUIRED)

find_library(CPP_HTTPLIB cpp-httplib REQUIRED)
add_library(waybill_httplib INTERFACE)
target_link_libraries(waybill_httplib INTERFACE ${CPP_HTTPLIB} Threads::Threads)
# As the distribution compiled the library: its classes look different without them.
target_compile_definitions(waybill_httplib INTERFACE
  CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)

unset(CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH)
unset(CMAKE_FIND_USE_CMAKE_ENVIRONMENT_PATH)
