# SPDX-License-Identifier: GPL-2.0-or-later
# kmem lets a device go while somebody's offline, which does not end, holds up all hotplug: the link to the driver is
# gone, the memory is not. That is not told as memory that the kernel keeps, and goes as soon as it can. 6.1 lets nobody
# read the device's size until then; nobody waits for that, and what he does not know he says.
#
# shapes:
# full: 6.1:two 6.12:two 7.2:two
# append: memhp_default_state=offline
# boot: fresh
# allow: task memhp:.* blocked for more than
# timeout: 600
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

is_going() { [ "$(state "$held")" = going-offline ]; }
is_there() { grep -A 1 dax0.0 /proc/iomem | grep -q kmem; }
is_gone() { ! is_there; }
has_blocks() { for block in $(dax_blocks dax0.0); do [ -e "$MEMORY/memory$block/valid_zones" ] || return 1; done; }

# hold_up: somebody takes $held offline, and there is a page in it that nobody can move; until go_on.
hold_up() {
	check "memory$held is online" set_blocks online_movable "$held"
	grep -q ' /mnt ' /proc/mounts || check "memory of that node" mount -t tmpfs -o "mpol=bind:$node" tmpfs /mnt
	dd if=/dev/urandom of=/mnt/data bs=1M count=8 2>/dev/null
	hold /mnt/data
	echo offline >"$MEMORY/memory$held/state" &
	blocker=$!
	check "somebody's offline is at it" wait_for 20 "memory$held" is_going
}

go_on() {
	let_go
	wait $blocker
	rm /mnt/data
}

# run_within SECONDS EXIT VERB...: as run, and no longer.
run_within() {
	limit=$1
	shift
	began=$(cut -d. -f1 /proc/uptime)
	run "$@"
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	check "it came back after $took s" test $took -lt "$limit"
}

PREDICT=no
run 0 online --zone movable dax0.0
run 0 offline dax0.0
run 0 add dax1.0

held=$(dax_blocks dax1.0 | head -n 1)
node=$(cat /sys/bus/dax/devices/dax1.0/target_node)
hold_up

run_within 90 7 remove --timeout 10 dax0.0
is "stopped by" "$(said stopped_by)" timeout
matches "what is told" "$(said error.message)" "*not known yet; memory$held is going offline by somebody else's doing*"
check_not "a reboot is asked for" grep -q reboot /tmp/out

echo "-- whoever looks meanwhile"
run_within 30 0 list
is "its mode" "$(json '.devices[] | select(.name == "dax0.0") | .mode' /tmp/out)" unbound
if kernel_at_least 6.12; then
	is "its size" "$(json '.devices[] | select(.name == "dax0.0") | .size' /tmp/out)" $((2 << 30))
	run 1 remove dax0.0
	matches "why" "$(said error.message)" "*the kernel has its memory yet*"
else
	is "its size" "$(jq '.devices[] | select(.name == "dax0.0") | .size' /tmp/out)" null
	is "what could not be read" "$(json -c '.errors[] | [.path, .errno]' /tmp/out)" \
		'["sys/bus/dax/devices/dax0.0/size",16]'
	run 1 remove dax0.0
	matches "why" "$(said error.message)" "*mappings cannot be read*busy*"
fi

go_on
check "the memory goes" wait_for 30 "dax0.0" is_gone
run 0 remove dax0.0
is "driver" "$(dax_driver dax0.0)" device_dax
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" offline

for from in device_dax ""; do
	echo "-- a device that ${from:-no driver} has is added: both drivers wait likewise"
	[ -n "$from" ] || run 0 remove --unbound dax0.0
	hold_up
	run_within 60 7 add --timeout 10 dax0.0
	is "outcome" "$(said outcome)" partial
	matches "what is told" "$(said error.message)" \
		"*not known yet; memory$held is going offline by somebody else's doing*"
	check "its memory is not there" is_gone
	run_within 30 0 list
	go_on
	[ -n "$from" ] || check "its memory comes" wait_for 30 "dax0.0" has_blocks
	run 0 online --zone movable dax0.0
	all_in Movable dax0.0
	is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" offline
done
