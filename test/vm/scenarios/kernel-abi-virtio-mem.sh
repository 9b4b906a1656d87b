# SPDX-License-Identifier: GPL-2.0-or-later
# virtio-mem: its blocks belong to the driver, and come and go by the host's word.
#
# shapes: 6.1:virtio-mem 7.2:virtio-mem
# full: virtio-mem
# boot: fresh
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

count() { grep -c . <<-E
	$(for block in $(all_blocks); do
		[ "$(readlink -f "$MEMORY/memory$block/node1")" = /sys/devices/system/node/node1 ] &&
			echo "$block"
	done)
	E
}
have() { [ "$(count)" = "$1" ]; }

check "iomem names the driver" grep -q 'System RAM (virtio_mem)' /proc/iomem
check "right inside the device" iomem_has 'System RAM (virtio_mem)' 1
check_not "the firmware map has none of it" grep -q 0x180000000 /sys/firmware/memmap/*/start
if ! kernel_at_least 6.12; then
	is "left offline, it stops at 1 GiB" "$(count)" 8
	echo online_movable >$MEMORY/auto_online_blocks
	for block in 48 49 50 51 52 53 54 55; do
		set_blocks online_movable $block
	done
	check "and goes on when that is online" wait_for 20 "16 blocks" have 16
fi
is "all that was asked for" "$(count)" 16
is "grow" "$(host qmp resize vm0 3G)" ""
check "more blocks" wait_for 20 "24 blocks" have 24
