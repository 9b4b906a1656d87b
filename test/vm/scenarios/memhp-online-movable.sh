# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: from boot, with the device in device_dax or auto-onlined in Normal, to every whole block
# of it in Movable; or, where the kernel cannot empty a block it had put in Normal, to all as it was.
#
# shapes: 7.2:hmem 6.1:far 6.1:unaligned 7.2:large 6.12:cxl 7.2:cxl
# full: hmem far unaligned large cxl
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

auto=$(cat $MEMORY/auto_online_blocks)
machine_state >/tmp/state.before
is_before=$(dax_driver dax0.0)
echo "-- before: $is_before, auto-online $auto"
listed_as_kernel

run "0 4" online --zone movable dax0.0
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
if [ $run_exit = 0 ]; then
	is "outcome" "$(said outcome)" "done"
	all_in Movable dax0.0
	as_predicted
	is "blocks that are another's doing" "$(said others)" 0
	listed_as_kernel
	run 0 online --zone movable dax0.0
	is "a second time" "$(said outcome)" already
	run 0 online dax0.0
	is "without --zone" "$(said outcome)" already
else
	check "only what was auto-onlined in Normal may refuse" test "$is_before" = kmem
	is "outcome" "$(said outcome)" rolled-back
	is "stopped by" "$(said stopped_by)" kernel
	matches "the block is named" "$(said error.object)" "memory[0-9]*"
	matches "the cause is named" "$(said error.message)" "*EBUSY*"
	is_like_before "rolled back" /tmp/state.before
fi
