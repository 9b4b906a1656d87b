# Two devices on one far node, put into Normal by the kernel: the memmap of the second one may lie
# in the first one, which can then only be emptied when the second one is gone.
#
# shapes: two
# kernels: 6.12 7.2
# allow: unmovable page
# shellcheck shell=sh disable=SC2046 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

is "both in Normal" "$(count_blocks online Normal $(dax_blocks dax0.0) $(dax_blocks dax1.0))" 32
check "the second one offline" set_blocks offline $(dax_blocks dax1.0 | sort -rn)
set_blocks offline $(dax_blocks dax0.0 | sort -rn)
left=$(block_states $(dax_blocks dax0.0))
echo "the first one: $left"
matches "a block or none stays" "$left" "1[0-9] offline*"
check "the second one out of kmem" dax_to device_dax dax1.0
for block in $(dax_blocks dax0.0); do
	[ "$(state "$block")" = offline ] || check "block $block goes then" set_blocks offline "$block"
done
check "the first one out of kmem" dax_to device_dax dax0.0
check_not "no System RAM (kmem)" grep -q 'System RAM (kmem)' /proc/iomem
