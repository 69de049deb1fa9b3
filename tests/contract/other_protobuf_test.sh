#!/usr/bin/env bash
# The build uses Debian's tools and libraries, whatever stands first on the PATH, and stops if the compiler of the
# protos and libprotobuf's headers differ.
set -euo pipefail

CMAKE_FILES=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../cmake
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# A prefix as Conda's: programs, CMake packages and pkg-config files that all are of no use.
make_other_prefix() {
    local tool package
    mkdir -p "$1/bin" "$1/lib/cmake" "$1/lib/pkgconfig"
    for tool in protoc grpc_cpp_plugin pkg-config; do
        printf '#!/bin/sh\necho "libprotoc 99.0.1"\n' >"$1/bin/$tool"
        chmod +x "$1/bin/$tool"
    done
    for package in absl fmt spdlog GTest Protobuf protobuf; do
        mkdir -p "$1/lib/cmake/$package"
        echo 'message(FATAL_ERROR "the package of the other prefix")' >"$1/lib/cmake/$package/${package}Config.cmake"
    done
    printf 'Name: grpc++\nDescription: other\nVersion: 99\nLibs: -lother\n' >"$1/lib/pkgconfig/grpc++.pc"
}

configure() { # configure VARIABLE=VALUE...: configures a project with our dependencies in this environment
    rm -rf "$WORK/build"
    env "$@" timeout 500 /usr/bin/cmake -G Ninja -S "$WORK/project" -B "$WORK/build" >"$WORK/output" 2>&1
}

make_other_prefix "$WORK/other"
mkdir "$WORK/project"
cat >"$WORK/project/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES C CXX)
include($CMAKE_FILES/dependencies.cmake)
END

if configure "PATH=$WORK/other/bin:$PATH" "CMAKE_PREFIX_PATH=$WORK/other" \
    "PKG_CONFIG_PATH=$WORK/other/lib/pkgconfig"; then
    for found in PROTOC:FILEPATH=/usr/bin/protoc GRPC_CPP_PLUGIN:FILEPATH=/usr/bin/grpc_cpp_plugin; do
        grep -qx "$found" "$WORK/build/CMakeCache.txt" || fail "$found isn't what was found"
    done
    ! grep -F "$WORK/other" "$WORK/build/CMakeCache.txt" || fail "the other prefix was searched"
else
    cat "$WORK/output"
    fail "another prefix first on the PATH stops the configuration"
fi

mkdir -p "$WORK/include/google/protobuf/stubs"
echo '#define GOOGLE_PROTOBUF_VERSION 3099001' >"$WORK/include/google/protobuf/stubs/common.h"
if CPATH=$WORK/include /usr/bin/cmake -DPROTOC=/usr/bin/protoc -DCMAKE_CXX_COMPILER=/usr/bin/c++ \
    "-DPROJECT_BINARY_DIR=$WORK" -P "$CMAKE_FILES/protobuf_versions.cmake" >"$WORK/output" 2>&1; then
    fail "headers of another version are accepted"
else
    tr -s ' \n' ' ' <"$WORK/output" >"$WORK/text"
    grep -q "protoc is version [0-9.]*, .*are version 3.99.1" "$WORK/text" ||
        { cat "$WORK/output" && fail "the versions aren't named"; }
fi
((failures == 0)) && echo "the build uses Debian's protobuf, or stops"
exit "$failures"
