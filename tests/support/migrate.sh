#!/usr/bin/env bash
# Applies this tree's migrations to a database of a throwaway server (postgres_ctl.sh).
#
#   migrate.sh PORT DATABASE OF    OF is orders, payments, inventory, notifications or sandbox
set -euo pipefail

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/migrate.sh
source "$WAYBILL_ROOT/deploy/local/migrate.sh"

(($# == 3)) || die "usage: migrate.sh PORT DATABASE OF"
migrate_up "$@"
