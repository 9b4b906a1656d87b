# SPDX-License-Identifier: GPL-2.0-or-later
# As memhp-predict, with the memmap of added memory on itself, where kernel and device let it be there.
#
# shapes: 6.1:far 7.2:hmem
# full: hmem far two cxl
# append: memhp_default_state=offline memory_hotplug.memmap_on_memory=1
# boot: any
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

is "the parameter" "$(cat /sys/module/memory_hotplug/parameters/memmap_on_memory)" Y
run 0 remove --unbound dax0.0
if [ -e /sys/bus/dax/devices/dax0.0/memmap_on_memory ]; then
	echo "-- the device asks for it, and then does not"
	run 0 online --zone movable --memmap-on-memory on dax0.0
	run 0 remove --unbound dax0.0
	run 0 add --memmap-on-memory off dax0.0
	run 0 online --zone movable dax0.0
	run 0 remove --unbound dax0.0
	echo "-- it asks"
	run 0 add --memmap-on-memory on dax0.0
fi
predict_all
