# shellcheck shell=bash
# Configures and builds the presets of CMakePresets.json. Needs common.sh.

PRESET=${WAYBILL_PRESET:-dev}
BUILD_DIR=$WAYBILL_ROOT/.local/build/$PRESET
export CCACHE_DIR=${CCACHE_DIR:-$WAYBILL_ROOT/.local/ccache}
# One checkout can use what another has compiled.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$WAYBILL_ROOT} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}

cmake_configure() { (cd "$WAYBILL_ROOT" && cmake --preset "$PRESET"); }

cmake_build() { (cd "$WAYBILL_ROOT" && cmake --build --preset "$PRESET" "$@"); }

build() { # build [TARGET...]: builds the targets, or everything
    # From the second time on, the build runs CMake itself if needed; the first time is a separate step, for
    # the sake of its messages.
    [[ -f $BUILD_DIR/build.ninja ]] || step "Configuring" cmake_configure
    step "Building" cmake_build ${1+--target "$@"}
}

build_release() { # build_release TARGET...: builds the release preset, which the benchmarks use
    cd "$WAYBILL_ROOT" && cmake --preset release && cmake --build --preset release --target "$@"
}
