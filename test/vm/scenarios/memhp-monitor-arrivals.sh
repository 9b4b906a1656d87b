# SPDX-License-Identifier: GPL-2.0-or-later
# What comes while a machine runs is told as it comes, a line for all that came together: a DIMM, memory by virtio-mem,
# and 1024 blocks of whose events most are lost. The file of metrics is whole whenever it is read.
#
# shapes:
# full: 6.12:arrivals 7.2:arrivals
# append: memhp_default_state=offline
# boot: any
# timeout: 900
# needs: memhp
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/monitor.sh
. /usr/lib/guest/monitor.sh

METRICS=/tmp/memhp.prom

# Blocks that were not there when all of them were noted.
note_blocks() { all_blocks >/tmp/blocks; }
new_blocks() { all_blocks | grep -vxF -f /tmp/blocks; }
have_new() { [ "$(new_blocks | wc -l)" = "$1" ]; }
# run_of BLOCK...: "FIRST-LAST"
run_of() {
	run_first=$1
	while [ $# -gt 1 ]; do shift; done
	echo "$run_first-$1"
}
dimm_of() { basename "$(readlink -f "$MEMORY/memory$1/firmware_node")"; }
vm0_has() { [ "$(host qmp size vm0)" = $(($1 << 30)) ]; }

# Reads the metrics as fast as it can, each time all of one file; says what is not a whole one.
read_metrics() {
	while [ ! -e /tmp/enough ]; do
		metrics_text=$(cat $METRICS) || echo "it is not there"
		case $metrics_text in
		"# TYPE memhp_"*"# EOF") echo >&2 ;;
		*) echo "torn: $metrics_text" ;;
		esac
	done
}

begin_following --openmetrics $METRICS
read_metrics >/tmp/torn 2>/tmp/whole &
READER=$!

echo "-- a DIMM"
note_blocks
check "it is plugged" host qmp plug-dimm 1G 1
wait_for 20 "8 blocks" have_new 8
dimm=$(new_blocks)
device=$(dimm_of $dimm)
is_told added "$(run_of $dimm) $device absent null>offline null"
set_blocks online_movable $dimm
is_told online "$(run_of $dimm) $device offline null>online Movable"
: >/tmp/events
run 0 remove "$device"
is_told removed "$(run_of $dimm) $device offline null>absent null"
is "offline" "$(events offline)" "$(run_of $dimm) $device online Movable>offline null"

echo "-- virtio-mem"
note_blocks
: >/tmp/events
echo online_movable >$MEMORY/auto_online_blocks
check "it is to have 1 GiB" host qmp resize vm0 1G
wait_for 40 "virtio-mem to have grown" vm0_has 1
grown=$(new_blocks)
is "its blocks" "$(echo "$grown" | wc -l)" 8
is_told added "$(run_of $grown) virtio0 absent null>offline null"
is "online" "$(events online)" "$(run_of $grown) virtio0 offline null>online Movable"
: >/tmp/events
check "it is to have nothing" host qmp resize vm0 0
wait_for 60 "virtio-mem to have shrunk" vm0_has 0
# The driver takes out block by block, and tries again after a while: each is told, once.
are_told removed "8 of virtio0: offline null>absent null"

echo "-- the metrics"
: >/tmp/enough
wait $READER
is "not whole" "$(head -n 3 /tmp/torn)" ""
check "read while it was replaced: $(wc -l </tmp/whole) times" test "$(wc -l </tmp/whole)" -gt 100
is "nothing is left beside it" "$(ls $METRICS*)" $METRICS
end_following TERM

echo "-- 1024 blocks, and a socket that holds next to nothing"
echo offline >$MEMORY/auto_online_blocks
AS="setpriv --bounding-set -net_admin"
echo 4096 >/proc/sys/net/core/rmem_max
begin_following
AS=
note_blocks
check "128 GiB are plugged" host qmp plug-dimm 128G 1
wait_for 300 "1024 blocks" have_new 1024
much=$(new_blocks)
device=$(dimm_of $much)
is_told added "$(run_of $much) $device absent null>offline null"
check "the kernel has dropped events: $(drops)" test "$(drops)" -gt 0
check "it is said" grep -q "events were lost" /tmp/monitor.err
began=$(cut -d. -f1 /proc/uptime)
set_blocks online_movable $much
lasted=$(($(cut -d. -f1 /proc/uptime) - began))
# Where it takes longer than a minute, it is told of each minute.
lines=$((lasted / 60 + 1))
are_told online "1024 of $device: offline null>online Movable"
check "... in $lasted s, lines: $(events online | wc -l), at most $lines" test "$(events online | wc -l)" -le $lines

echo "-- nothing happens"
sleep 5
cpu_before=$(cpu_time)
sleep 30
cpu=$(($(cpu_time) - cpu_before))
check "idle: $cpu ns in 30 s, $((cpu / 30000)) millionths, under a thousandth" test $cpu -lt 30000000
is "that was all" "$(jq -r .event /tmp/events | sort -u | tr '\n' ' ')" "added online "
end_following INT
