#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs in the guest of test/smoke/guest, whose device is the 2 GiB from 6 GiB on.

list-and-online dax0.0 || exit
memory=/sys/devices/system/memory
size=$((0x$(cat $memory/block_size_bytes)))
block=$((0x180000000 / size))
last=$((0x200000000 / size - 1))
while [ $block -le $last ]; do
	found="$(cat $memory/memory$block/state) $(cat $memory/memory$block/valid_zones)"
	[ "$found" = "online Movable" ] || { echo "memory$block: $found"; exit 1; }
	block=$((block + 1))
done
echo "all in Movable"
