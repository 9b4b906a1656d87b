# SPDX-License-Identifier: GPL-2.0-or-later
# What memhp relies on of dax devices: files, drivers, how they are given to one and another, what
# iomem shows meanwhile, and that memory comes and goes whole.
#
# shapes: hmem far cxl
# full: unaligned nvdimm
# append: memhp_default_state=offline
# boot: fresh
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers
# 7.2: a range that ends off 64 MiB is followed by a "RAM buffer", which is in device_dax's way
# allow 7.2: device_dax dax0.0: probe with driver device_dax failed

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

device=/sys/bus/dax/devices/dax0.0
drivers=/sys/bus/dax/drivers
is "auto_online_blocks as the kernel was told" "$(line_of $MEMORY/auto_online_blocks)" offline

echo "-- files"
matches "size is decimal" "$(cat $device/size)" '[1-9]*[0-9]'
is "align" "$(cat $device/align)" 2097152
matches "target_node" "$(cat $device/target_node)" '[0-9]'
matches "mapping0/start" "$(cat $device/mapping0/start)" '0x*'
is "mapping0 covers the size" \
	$(($(cat $device/mapping0/end) - $(cat $device/mapping0/start) + 1)) "$(cat $device/size)"
check_not "an ordinary user cannot read mappings" as_user cat $device/mapping0/start
check_not "nor resource" as_user cat $device/resource
is "memmap_on_memory is there" "$(test -e $device/memmap_on_memory && echo yes)" \
	"$(kernel_at_least 6.12 && echo yes)"

by_itself=kmem soft_reserved=0
case $GUEST_SHAPE in
hmem | far | unaligned)
	kernel_at_least 6.12 || by_itself=device_dax
	kernel_at_least 7.2 || soft_reserved=1
	place=platform/hmem.0
	! kernel_at_least 7.2 || place=platform/hmem_platform.0/hmem.0 ;;
cxl) place='*/region0/dax_region0' ;;
nvdimm) by_itself=device_dax place='*' ;;
esac
is "bound by itself to" "$(dax_driver dax0.0)" $by_itself
matches "its place" "$(readlink -f $device)" "*$place/dax0.0"
check "its region" test -e "$(readlink -f $device)/../dax_region/id"
expected=$(dax_blocks dax0.0 | wc -l)

# What device_dax can have again once kmem had it.
back=device_dax
if [ "$GUEST_SHAPE" = unaligned ] && kernel_at_least 7.2; then
	back=
fi

# leave_kmem: the device, its blocks offline, goes to device_dax.
leave_kmem() {
	if [ -n "$back" ]; then
		check "from kmem to device_dax" dax_to device_dax dax0.0
	else
		check "out of kmem" eval "echo dax0.0 >$drivers/kmem/unbind"
		is "device_dax is offered it" "$(try_write dax0.0 $drivers/device_dax/new_id)" ok
	fi
	is "driver" "$(dax_driver dax0.0)" "$back"
	is "blocks left" "$(for block in $(dax_blocks dax0.0); do
		[ ! -e "$MEMORY/memory$block" ] || echo "$block"
	done | wc -l)" 0
	check_not "no System RAM (kmem)" grep -q 'System RAM (kmem)' /proc/iomem
}

if [ $by_itself = kmem ]; then
	echo "-- by itself in kmem"
	is "blocks" "$(block_states $(dax_blocks dax0.0))" "$expected offline"
	leave_kmem
	back_was=$back back=''
else
	back_was=$back
fi
is "bind to kmem of what is bound or of another type" "$(
	[ -z "$(dax_driver dax0.0)" ] || try_write dax0.0 $drivers/kmem/bind)" "$(
	[ -z "$(dax_driver dax0.0)" ] || { [ $by_itself = kmem ] && echo EBUSY || echo ENODEV; })"
back=$back_was
is "new_id of no device" "$(try_write nonsense $drivers/kmem/new_id)" EINVAL
is "unbind from the wrong driver" "$([ "$(dax_driver dax0.0)" = kmem ] ||
	try_write dax0.0 $drivers/kmem/unbind)" ENODEV

for round in 1 2 3; do
	echo "-- round $round"
	check "to kmem" dax_to kmem dax0.0
	is "driver" "$(dax_driver dax0.0)" kmem
	is "blocks" "$(block_states $(dax_blocks dax0.0))" "$expected offline"
	is "System RAM (kmem) in iomem" "$(grep -c 'System RAM (kmem)' /proc/iomem)" 1
	is "right inside" "$(grep -B 1 'System RAM (kmem)' /proc/iomem | sed -n '1s/.* : //p')" dax0.0
	is "Soft Reserved in iomem" "$(grep -c 'Soft Reserved' /proc/iomem)" $soft_reserved
	check "online_movable, ascending" set_blocks online_movable $(dax_blocks dax0.0)
	is "in Movable" "$(count_blocks online Movable $(dax_blocks dax0.0))" "$expected"
	if [ -e $device/memmap_on_memory ]; then
		was=$(cat $device/memmap_on_memory)
		is "memmap_on_memory cannot change from $was in kmem" \
			"$(try_write $((1 - was)) $device/memmap_on_memory)" \
			"$(test "$was" = 1 && echo EBUSY || echo EOPNOTSUPP)"
	fi
	check "offline, descending" set_blocks offline $(dax_blocks dax0.0 | sort -rn)
	leave_kmem
done
