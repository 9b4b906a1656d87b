# SPDX-License-Identifier: GPL-2.0-or-later
# --zone auto, the zone that the kernel chooses by itself: foreseen block by block, whatever its policy for
# that, and it is one zone that is foreseen, not a set of them.
#
# shapes: 6.12:far
# full: far hmem two
# append: memhp_default_state=offline movable_node
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

parameters=/sys/module/memory_hotplug/parameters
devices=dax0.0
[ -d /sys/bus/dax/devices/dax1.0 ] && devices="dax0.0 dax1.0"
node=$(cat /sys/bus/dax/devices/dax0.0/target_node)

# policy NAME RATIO AWARE: as the kernel is to choose.
policy() {
	echo "-- $*"
	is "online_policy" "$(try_write "$1" $parameters/online_policy)" ok
	is "ratio" "$(try_write "$2" $parameters/auto_movable_ratio)" ok
	is "by node" "$(try_write "$3" $parameters/auto_movable_numa_aware)" ok
}

# auto ZONE [ZONE]: all devices go online by themselves; the first goes there, the other there or to the
# second zone; then they are offline again, if they can be.
tried=0
auto() {
	tried=$((tried + 1))
	# shellcheck disable=SC2086 # names
	memhp plan online --zone auto $devices --json >/tmp/plan.auto
	is "zones foreseen" "$(jq -r '[.changes[].to_zone | tostring] | unique | join(" ")' /tmp/plan.auto)" "$*"
	# shellcheck disable=SC2086 # names
	run 0 online --zone auto $devices
	as_predicted
	all_in "$1" dax0.0
	[ "$devices" = dax0.0 ] || all_in "${2-$1}" dax1.0
	# shellcheck disable=SC2086 # names
	run "0 4" offline $devices
	[ $run_exit = 0 ] || end_here "$*"
}

end_here() {
	check "only what is in Normal may refuse" test "$1" != Movable
	check "enough was tried" test $tried -ge 4
	echo "the kernel has put its own into these blocks"
	exit 0
}

# shellcheck disable=SC2086 # names
run 0 add $devices

policy auto-movable 301 N
auto Movable
policy auto-movable 301 N
run 0 online --zone movable --size 512M dax0.0
auto Movable

# a node without memory of boot has nothing of its own to weigh against, one with it is asked for its share
policy auto-movable 301 Y
if [ "$node" = 0 ]; then
	auto Movable
	# an empty zone has no span: it lies in that of the node's Normal, and only there
	policy contig-zones 301 Y
	auto Normal
else
	policy contig-zones 301 Y # booted with movable_node
	auto Movable
	if [ "$devices" != dax0.0 ]; then
		policy auto-movable 75 N # of 4 GiB: enough for one of them
		auto Movable Normal
	fi
	policy auto-movable 301 Y
	auto Normal
fi
policy auto-movable 10 N
auto Normal
policy auto-movable 0 N
auto Normal
