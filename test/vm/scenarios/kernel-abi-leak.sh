# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel does with a kmem device that is unbound while a block is online: it keeps the
# range, for good. memhp must never write that unbind.
#
# shapes: hmem 6.12:far
# append: memhp_default_state=offline
# boot: last
# expect: cannot be hotremoved
# expect: removing memory fails, because memory \[.*\] is onlined
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

drivers=/sys/bus/dax/drivers
check "to kmem" dax_to kmem dax0.0
blocks=$(dax_blocks dax0.0)
count=$(echo "$blocks" | wc -l)
# Who was here before may have left some of them online.
for one in $(echo "$blocks" | sort -rn); do
	[ "$(state "$one")" = offline ] || check "block $one goes offline first" set_blocks offline "$one"
done
middle=$(echo "$blocks" | sed -n 8p)
check "one block online" set_blocks online_movable "$middle"
is "unbind says" "$(try_write dax0.0 $drivers/kmem/unbind)" ok
is "driver" "$(dax_driver dax0.0)" ""
is "blocks" "$(block_states $blocks)" "$((count - 1)) offline, 1 online"
check "iomem keeps it" grep -q 'System RAM (kmem)' /proc/iomem
is "bind to kmem" "$(try_write dax0.0 $drivers/kmem/bind)" EBUSY
check "the block goes offline" set_blocks offline "$middle"
is "blocks" "$(block_states $blocks)" "$count offline"
is "bind to kmem then" "$(try_write dax0.0 $drivers/kmem/bind)" EBUSY
check "blocks can still be onlined" set_blocks online_movable $blocks
is "in Movable" "$(count_blocks online Movable $blocks)" "$count"
