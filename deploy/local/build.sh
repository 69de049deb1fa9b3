# shellcheck shell=bash
# Configures and builds the presets `dev` and `release`. Needs common.sh.

BUILD_DIR=$WAYBILL_ROOT/.local/build/dev
export CCACHE_DIR=${CCACHE_DIR:-$WAYBILL_ROOT/.local/ccache}
# What one checkout has compiled serves another one, too.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$WAYBILL_ROOT} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}

cmake_configure() { (cd "$WAYBILL_ROOT" && cmake --preset dev); }

cmake_build() { (cd "$WAYBILL_ROOT" && cmake --build --preset dev "$@"); }

build() { # build [TARGET...]: everything without targets
    # CMake would also run by itself from the second time on; its messages are better apart.
    [[ -f $BUILD_DIR/build.ninja ]] || step "Configuring" cmake_configure
    step "Building" cmake_build ${1+--target "$@"}
}

build_release() { # build_release TARGET...: what benchmarks run
    cd "$WAYBILL_ROOT" && cmake --preset release && cmake --build --preset release --target "$@"
}
