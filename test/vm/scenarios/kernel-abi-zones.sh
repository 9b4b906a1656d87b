# SPDX-License-Identifier: GPL-2.0-or-later
# Which zone the kernel chooses by itself, and what valid_zones says beforehand: memhp computes the
# same. Policy contig-zones, as the kernel boots with.
#
# shapes: far
# append: memhp_default_state=offline
# boot: any
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

check "to kmem" dax_to kmem dax0.0
is "an empty far node" "$(zones 48)" "Normal Movable"
check "the first one movable" set_blocks online_movable 48
is "outside both spans" "$(zones 55)" "Normal Movable"
check "the last one kernel" set_blocks online_kernel 63
is "between Movable and Normal" "$(zones 55)" "Normal Movable"
check "online by itself" set_blocks online 55
is "goes to" "$(zones 55)" Normal
check "the last one off" set_blocks offline 63
check "and movable" set_blocks online_movable 63
is "in Movable's span alone" "$(zones 50)" "Movable Normal"
check "online by itself" set_blocks online 50
is "goes to" "$(zones 50)" Movable
is "in both spans" "$(zones 52)" "Movable Normal"
is "has_memory" "$(cat /sys/devices/system/node/has_memory)" 0-1
check "the kernel block off" set_blocks offline 55
is "has_normal_memory without it" "$(cat /sys/devices/system/node/has_normal_memory)" 0

echo "-- auto-movable"
parameters=/sys/module/memory_hotplug/parameters
is "online_policy takes it" "$(try_write auto-movable $parameters/online_policy)" ok
is "a far node has no kernel memory of its own" "$(zones 57)" "Normal Movable"
is "numa awareness off" "$(try_write N $parameters/auto_movable_numa_aware)" ok
is "then it counts globally" "$(zones 57)" "Movable Normal"

echo "-- as it was"
is "numa awareness on" "$(try_write Y $parameters/auto_movable_numa_aware)" ok
is "online_policy takes it" "$(try_write contig-zones $parameters/online_policy)" ok
