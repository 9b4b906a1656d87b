#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs in the guest of test/smoke/guest. The device is all there is above 6 GiB.

list-and-online dax0.0 || exit
memory=/sys/devices/system/memory
first=$((0x180000000 / 0x$(cat $memory/block_size_bytes)))
count=0
for block in "$memory"/memory*; do
	[ "${block##*/memory}" -ge $first ] || continue
	count=$((count + 1))
	[ "$(cat "$block/state") $(cat "$block/valid_zones")" = "online Movable" ] && continue
	echo "$block: $(cat "$block/state") $(cat "$block/valid_zones")"
	exit 1
done
[ $count -gt 0 ] && echo "all in Movable"
