# SPDX-License-Identifier: GPL-2.0-or-later
# A device of 1090 MiB at 4102 MiB: the plan says how much is trimmed, and exactly the whole blocks appear.
#
# shapes: 6.1:unaligned 7.2:unaligned
# full: unaligned
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# Whole blocks of the device, and one that begins in it and goes on as boot memory: daxctl counts that too.
if [ "$(dax_driver dax0.0)" = kmem ]; then
	is "daxctl counts a block that it shares with boot memory" \
		"$(daxctl list -d dax0.0 | jq '.[].total_memblocks')" 8
	run 0 list devices
	is "memhp does not" "$(jq '.devices[0].block_count' /tmp/out)" 7
fi
run 0 plan online --zone movable dax0.0
run "0 4" remove dax0.0
was_removed=$run_exit
size=$(block_size)
memhp list devices --json >/tmp/out
is "usable" "$(json '.devices[0].usable_bytes' /tmp/out)" $((7 * size))
is "trimmed" "$(json '.devices[0].trimmed_bytes' /tmp/out)" $((1090 * 1048576 - 7 * size))
before=$(all_blocks | wc -l)
run "0 4" online --zone movable dax0.0
[ $run_exit = 0 ] || exit 0 # the kernel cannot empty what it had put in Normal
as_predicted
[ $was_removed != 0 ] || is "blocks more" $(($(all_blocks | wc -l) - before)) 7
all_in Movable dax0.0
memhp plan remove dax0.0 >/tmp/text
check "a plan in words" grep -qi "dax0.0" /tmp/text
