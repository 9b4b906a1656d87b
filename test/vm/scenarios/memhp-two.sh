# SPDX-License-Identifier: GPL-2.0-or-later
# Two devices, on one far node or each on its own. Where both were auto-onlined in Normal the memmap of the
# later one may lie in the earlier one: they are moved in the order that works, or refused with the reason.
#
# shapes: two 6.12:apart
# full: apart
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

auto=$(cat $MEMORY/auto_online_blocks)
machine_state >/tmp/state.before

echo "-- the first one alone"
run "0 3 4" online --zone movable dax0.0
if [ $run_exit = 0 ]; then
	all_in Movable dax0.0
	as_predicted
else
	check_not "there is a reason" test "$(said error.message)" = null
	is_like_before "undone" /tmp/state.before
fi

echo "-- both"
machine_state >/tmp/state.before
run "0 3 4" online --zone movable dax0.0 dax1.0
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
if [ $run_exit = 0 ]; then
	all_in Movable dax0.0
	all_in Movable dax1.0
	as_predicted
	run 0 remove dax0.0 dax1.0
	is "driver" "$(dax_driver dax0.0) $(dax_driver dax1.0)" "device_dax device_dax"
	check_not "System RAM (kmem) in iomem" grep -q "System RAM (kmem)" /proc/iomem
	run 0 online --zone movable dax0.0 dax1.0
	all_in Movable dax0.0
	all_in Movable dax1.0
else
	# where the kernel has put its own objects into that memory, nothing gets them out
	matches "the reason" "$(said error.message)" "*EBUSY*"
	stayed=$(said error.object)
	check "$stayed holds slab pages" page_flags_in "${stayed#memory}" 7
	check "a later kernel than 6.1" kernel_at_least 6.12
	is_like_before "undone" /tmp/state.before
fi
