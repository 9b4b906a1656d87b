# SPDX-License-Identifier: GPL-2.0-or-later
# Two devices on one far node, or each on its own, put into Normal by the kernel: the memmap of the second
# one may lie in the first one, which can then only be emptied when the second one is gone.
#
# shapes: 7.2:two
# full: two 6.12:apart
# kernels: 6.12 7.2
# boot: fresh
# allow: unmovable page
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

is "both in Normal" "$(count_blocks online Normal $(dax_blocks dax0.0) $(dax_blocks dax1.0))" 32
check "the second one offline" set_blocks offline $(dax_blocks dax1.0 | sort -rn)
set_blocks offline $(dax_blocks dax0.0 | sort -rn)
left=$(block_states $(dax_blocks dax0.0))
echo "the first one: $left"
matches "a block or none stays" "$left" "1[0-9] offline*"
check "the second one out of kmem" dax_to device_dax dax1.0

# A block may be held by something else too: 7.2 puts slab pages and kernel stacks of a new node
# into its first block. What matters is that no memmap keeps it.
for block in $(dax_blocks dax0.0); do
	[ "$(state "$block")" = online ] || continue
	answer=$(try_write offline "$MEMORY/memory$block/state")
	echo "block $block then: $answer"
	if [ "$answer" = EBUSY ]; then
		check "block $block holds slab pages" page_flags_in "$block" 7
	else
		is "block $block" "$answer" ok
	fi
done
case $(block_states $(dax_blocks dax0.0)) in
"16 offline") check "the first one out of kmem" dax_to device_dax dax0.0 ;;
*) is "blocks" "$(block_states $(dax_blocks dax0.0))" "15 offline, 1 online" ;;
esac
