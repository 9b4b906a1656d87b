# SPDX-License-Identifier: GPL-2.0-or-later
# ACPI DIMMs, plugged and ejected while the guest runs.
#
# shapes: 6.1:dimm-hotplug 7.2:dimm-hotplug
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: fresh
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

is "empty slots are listed" "$(cat /sys/bus/acpi/devices/PNP0C80:*/status | sort | uniq -c |
	awk '{ print $1, $2 }')" "4 0"
is "blocks of a DIMM" "$(dimm_blocks | wc -l)" 0
for round in 1 2; do
	echo "-- round $round"
	plug_dimm
	blocks=$(dimm_blocks)
	is "blocks" "$(block_states $blocks)" "8 offline"
	check "it can be ejected" test -e "$device/eject"
	is "iomem calls it" "$(grep -A 8 '100000000-17fffffff' /proc/iomem |
		sed -n 's/^180000000-1bfffffff : //p')" "System RAM"
	check "the firmware map has it" grep -q 0x180000000 /sys/firmware/memmap/*/start
	check "online_movable" set_blocks online_movable $(dimm_blocks)
	check "offline" set_blocks offline $(dimm_blocks | sort -rn)
	is "eject says" "$(try_write 1 "$device/eject")" ok
	check "its blocks disappear" wait_for 20 "no block" have_blocks 0
	check_not "the firmware map forgets it" grep -q 0x180000000 /sys/firmware/memmap/*/start
	check "the slot is empty" wait_for 20 "status 0" grep -qx 0 "$device/status"
done
