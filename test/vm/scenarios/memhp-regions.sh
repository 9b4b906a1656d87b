# SPDX-License-Identifier: GPL-2.0-or-later
# Soft-reserved memory stands in the list of regions whoever has its device, on kernels too that keep it
# out of iomem; without privilege what others tell is there, and iomem's part is not.
#
# shapes: hmem
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

start=$(($(cat /sys/bus/dax/devices/dax0.0/mapping0/start)))

# region_source: who tells of the device's range.
region_source() {
	$1 memhp list regions --json | jq -r ".regions[] | select(.name == \"dax0.0\" and .start == $start) | .source"
}

run 0 online --zone movable dax0.0
is "in kmem" "$(region_source "")" iomem
run 0 remove --unbound dax0.0
is "without a driver: in iomem" "$(grep -c 'dax0.0' /proc/iomem)" 0
is "without a driver" "$(region_source "")" device
is "iomem's own are all there" "$(memhp list regions --json | jq '[.regions[] | select(.source == "iomem")] | length')" \
	"$(grep -cE ' : (System RAM|Soft Reserved|hmem\.[0-9]|dax[0-9]|Crash kernel)' /proc/iomem)"
memhp list regions
run 0 dump /tmp/machine.dump
memhp list regions >/tmp/live
memhp -r /tmp/machine.dump list regions >/tmp/recorded
check "the recording says the same" diff /tmp/live /tmp/recorded

echo "-- without privilege"
as_user memhp list regions --json >/tmp/out
is "whose word it is" "$(jq -c '[.regions[].source] | unique' /tmp/out)" '["firmware"]'
is "System RAM of the firmware" "$(jq '[.regions[] | select(.name == "System RAM")] | length' /tmp/out)" \
	"$(cat /sys/firmware/memmap/*/type | grep -c '^System RAM$')"
