# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: from boot, with the device in device_dax or auto-onlined in Normal, to every whole block
# of it in Movable; or, where the kernel cannot empty a block it had put in Normal, to all as it was.
#
# shapes: hmem far unaligned large cxl
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
	is "outcome" "$(json -r .outcome /tmp/out)" "done"
	all_in Movable dax0.0
	as_predicted
	check "every block is memhp's doing" test "$(jq '[.blocks[] | select(.by != "memhp")] | length' /tmp/out)" = 0
	listed_as_kernel
	run 0 online --zone movable dax0.0
	is "a second time" "$(json -r .outcome /tmp/out)" already
	run 0 online dax0.0
	is "without --zone" "$(json -r .outcome /tmp/out)" already
else
	check "only what was auto-onlined in Normal may refuse" test "$is_before" = kmem
	is "outcome" "$(json -r .outcome /tmp/out)" rolled-back
	is "stopped by" "$(json -r .stopped_by /tmp/out)" kernel
	check "the block is named" jq -e '.error.object | test("^memory[0-9]+$")' /tmp/out
	matches "the cause is named" "$(json -r .error.message /tmp/out)" "*EBUSY*"
	is_like_before "rolled back" /tmp/state.before
fi
