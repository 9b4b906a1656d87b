# SPDX-License-Identifier: GPL-2.0-or-later
# Where the struct pages of hot-added memory go, with the parameter memmap_on_memory on: on the
# memory itself where driver and device ask for it, in Movable too, else into kernel zones.
#
# shapes: 6.1:far 7.2:far 6.12:cxl
# full: far cxl
# append: memhp_default_state=offline memory_hotplug.memmap_on_memory=1
# boot: fresh
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

device=/sys/bus/dax/devices/dax0.0
pages=$(($(cat $device/size) / 4096))
count=$((pages * 4096 / $(block_size)))
is "the parameter" "$(cat /sys/module/memory_hotplug/parameters/memmap_on_memory)" Y

# Without a driver: device_dax has struct pages of its own, which count too.
unbind() {
	[ -z "$(dax_driver dax0.0)" ] ||
		echo dax0.0 >"/sys/bus/dax/drivers/$(dax_driver dax0.0)/unbind"
}

check "out of the first driver" unbind
for asked in 0 1; do
	echo "-- the device asks for it: $asked"
	self=$asked
	if kernel_at_least 6.12; then
		is "memmap_on_memory takes $asked" "$(try_write $asked $device/memmap_on_memory)" ok
	else
		self=0
	fi
	before=$(vmstat nr_memmap_pages)
	check "to kmem" dax_to kmem dax0.0
	[ -z "$before" ] ||
		is "nr_memmap_pages grows by" $(($(vmstat nr_memmap_pages) - before)) $((pages / 64))
	check "online_movable" set_blocks online_movable $(dax_blocks dax0.0)
	is "in Movable" "$(count_blocks online Movable $(dax_blocks dax0.0))" $count
	is "present" "$(zone_value 1 Movable present)" $pages
	is "managed" "$(zone_value 1 Movable managed)" $((pages - self * pages / 64))
	start=$(($(cat $device/mapping0/start) / 4096))
	is "flags of the first page" "$(page_flags $start 1)" \
		"$([ $self = 1 ] && echo '00000000 00000020' || echo '00000400 00000000')"
	is "flags of the page after 1/64 of the block" \
		"$(page_flags $((start + $(block_size) / 4096 / 64)) 1)" '00000400 00000000'
	check "offline" set_blocks offline $(dax_blocks dax0.0 | sort -rn)
	check "out of kmem" unbind
	is "nr_memmap_pages as before" "$(vmstat nr_memmap_pages)" "$before"
done

echo "-- device_dax"
free=$(zone_value 0 Normal nr_free_pages)
check "to device_dax" dax_to device_dax dax0.0
[ -z "$before" ] || echo "nr_memmap_pages: $(($(vmstat nr_memmap_pages) - before)) more"
echo "free pages of node 0's Normal zone: $((free - $(zone_value 0 Normal nr_free_pages))) less"
