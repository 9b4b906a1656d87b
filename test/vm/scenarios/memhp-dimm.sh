# SPDX-License-Identifier: GPL-2.0-or-later
# A hot-plugged DIMM is onlined and ejected, whole; its memory is used meanwhile, and a part is refused.
#
# shapes: 6.1:dimm-hotplug 7.2:dimm-hotplug
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh disable=SC2046 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

for round in 1 2; do
	echo "-- round $round"
	plug_dimm
	last=$(dimm_blocks | tail -n 1)
	device=${device##*/}
	run 0 online --zone movable "$device"
	is "blocks in Movable" "$(count_blocks online Movable $(dimm_blocks))" 8
	as_predicted

	echo "-- a part of it"
	run 3 remove "$first"
	is "denied by" "$(said denied)" granularity

	echo "-- whole"
	run 0 remove "$([ $round = 1 ] && echo "$device" || echo "$first-$last")"
	as_predicted
	is "its blocks" "$(dimm_blocks | wc -l)" 0
	run 0 remove "$device"
	is "outcome" "$(said outcome)" already
done
