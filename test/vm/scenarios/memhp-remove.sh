# SPDX-License-Identifier: GPL-2.0-or-later
# remove, and online again, three times: nothing of the device is left in the kernel, and it comes back. Or,
# where the kernel cannot empty a block that it had put in Normal by itself, all is as it was.
#
# shapes: 6.12:hmem 7.2:hmem 6.1:far 7.2:cxl
# full: hmem far cxl
# boot: any
# timeout: 400
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

auto=$(cat $MEMORY/auto_online_blocks)
blocks=$(all_blocks | wc -l)

gone() {
	is "driver" "$(dax_driver dax0.0)" device_dax
	check_not "System RAM (kmem) in iomem" grep -q "System RAM (kmem)" /proc/iomem
	for one in $wanted; do
		[ ! -e "$MEMORY/memory$one" ] || fail "block $one is left"
	done
	is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
}

wanted=$(dax_blocks dax0.0)
machine_state >/tmp/state.before
run "0 4" remove dax0.0
if [ $run_exit != 0 ]; then
	check "only what was auto-onlined in Normal may refuse" test "$auto" = online
	is "outcome" "$(said outcome)" rolled-back
	is "stopped by" "$(said stopped_by)" kernel
	matches "the block is named" "$(said error.object)" "memory[0-9]*"
	is_like_before "rolled back" /tmp/state.before
	exit 0
fi
gone
as_predicted
without=$(all_blocks | wc -l)
run 0 remove dax0.0
is "a second time" "$(said outcome)" already

for round in $(seq 3); do
	echo "-- round $round"
	run 0 online --zone movable dax0.0
	as_predicted
	all_in Movable dax0.0
	run 0 remove dax0.0
	as_predicted
	gone
	is "blocks" "$(all_blocks | wc -l)" "$without"
done

echo "-- add leaves blocks offline, remove --unbound leaves no driver"
run 0 add dax0.0
as_predicted
# shellcheck disable=SC2086 # numbers
for one in $wanted; do
	[ "$(state "$one")" = offline ] || fail "block $one is $(state "$one")"
done
run 0 add dax0.0
is "a second time" "$(said outcome)" already
run 0 online --zone kernel dax0.0
as_predicted
run 0 online --zone movable --size 256M dax0.0
run "0 4" remove --unbound dax0.0
if [ $run_exit = 0 ]; then
	is "driver" "$(dax_driver dax0.0)" ""
	run 0 online --zone movable dax0.0
	all_in Movable dax0.0
fi
check "no block was lost" test "$(all_blocks | wc -l)" -ge "$without"
echo "$blocks blocks at boot"
