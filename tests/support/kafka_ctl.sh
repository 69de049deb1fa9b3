#!/usr/bin/env bash
# Controls a throwaway Kafka broker for tests, on loopback:
#
#   kafka_ctl.sh start DIR PORT CONTROLLER_PORT    starts it, and creates it first if needed; it is
#                                                  ready when this returns
#   kafka_ctl.sh stop DIR PORT CONTROLLER_PORT     stops it cleanly
#   kafka_ctl.sh kill DIR PORT CONTROLLER_PORT     sends SIGKILL; `start` recovers the data
#   kafka_ctl.sh freeze DIR PORT CONTROLLER_PORT   sends SIGSTOP: it answers nothing until `thaw`
#   kafka_ctl.sh thaw DIR PORT CONTROLLER_PORT     sends SIGCONT
#   kafka_ctl.sh remove DIR PORT CONTROLLER_PORT   kills it and deletes its data
set -euo pipefail

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/kafka.sh
source "$WAYBILL_ROOT/deploy/local/kafka.sh"

(($# == 4)) || die "usage: kafka_ctl.sh start|stop|kill|freeze|thaw|remove DIR PORT CONTROLLER_PORT"
DIR=$(readlink -m "$2")
case $1 in
    start)
        kafka_prepare "$DIR" "$3" "$4"
        kafka_start "$DIR"
        ;;
    stop) kafka_stop "$DIR" ;;
    kill) kafka_kill "$DIR" ;;
    freeze) kill -STOP "$(kafka_pid "$DIR")" ;;
    thaw) kill -CONT "$(kafka_pid "$DIR")" ;;
    remove)
        kafka_kill "$DIR"
        rm -rf "$DIR"
        ;;
    *) die "kafka_ctl.sh: \"$1\" is none of start, stop, kill, freeze, thaw and remove" ;;
esac
