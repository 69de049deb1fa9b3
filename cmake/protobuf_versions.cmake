# Stops if the compiler of the protos and the headers for what it generates are of different versions: the
# code would not compile, with errors that name neither. Asks the compiler, because it searches folders of its
# own (/usr/local/include, CPATH) before the distribution's.

execute_process(COMMAND ${PROTOC} --version OUTPUT_VARIABLE protoc_version OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX MATCH "[0-9]+[.][0-9.]+" protoc_version "${protoc_version}")

set(probe ${PROJECT_BINARY_DIR}/protobuf_version.cc)
file(WRITE ${probe} "#include <google/protobuf/stubs/common.h>\nversion GOOGLE_PROTOBUF_VERSION\n")
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -E -P ${probe} OUTPUT_VARIABLE probed)
string(REGEX MATCH "version ([0-9]+)[^0-9]*$" matched "${probed}")
set(number ${CMAKE_MATCH_1})

# 3021012 is 3.21.12, whose protoc calls itself so, too.
if(number)
  math(EXPR major "${number} / 1000000")
  math(EXPR minor "${number} / 1000 % 1000")
  math(EXPR patch "${number} % 1000")
  set(headers_version ${major}.${minor}.${patch})
endif()
if(NOT "${protoc_version}" STREQUAL "${headers_version}")
  message(FATAL_ERROR "${PROTOC} is version ${protoc_version}, but the headers of libprotobuf that "
    "${CMAKE_CXX_COMPILER} includes are version ${headers_version}. Both must be Debian's (protobuf-compiler, "
    "libprotobuf-dev): remove the other one from /usr/local, CPATH or CPLUS_INCLUDE_PATH, or delete the build "
    "folder if it has found it before.")
endif()
