#!/usr/bin/env bash
# Runs a script of this folder with the path of squawk as its last argument; downloads squawk if it is missing.
#
#   with_squawk.sh SCRIPT [arguments]
set -euo pipefail

FOLDER=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=../../deploy/local/common.sh
source "$FOLDER/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"

(($# >= 1)) || die "usage: with_squawk.sh SCRIPT [arguments]"
[[ -x $SQUAWK ]] || with_lock install install_downloads
exec "$PYTHON" -B "$FOLDER/$1" "${@:2}" "$SQUAWK"
