# SPDX-License-Identifier: GPL-2.0-or-later
# Block ranges of memory that is no dax device's: DIMMs go offline and come back into the zone asked for;
# virtio_mem's blocks are left to their driver; boot memory is refused.
#
# shapes: 6.1:dimm 7.2:dimm 6.12:virtio-mem
# full: dimm virtio-mem
# append: memhp_default_state=offline
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

listed_as_kernel
run 3 offline 0-3
blocks=$(for one in $(all_blocks); do
	[ -e "$MEMORY/memory$one/node1" ] && echo "$one"
done)
first=$(echo "$blocks" | head -n 1)
last=$(echo "$blocks" | tail -n 1)

if [ "$GUEST_SHAPE" = virtio-mem ]; then
	PREDICT=no # the driver adds memory by itself
	run 0 online --zone movable "$first-$last"
	wait_blocks # the driver goes on plugging when it sees its memory used
	machine_state >/tmp/state.before
	run 3 offline "$first-$last"
	matches "denied by" "$(said denied)" "*owner*"
	matches "the right way is named" "$(said remedies)" "*requested-size*"
	run 0 offline all
	is_like_before "virtio_mem's memory" /tmp/state.before
	exit
fi

run 0 online --zone movable "$first-$last"
as_predicted
run 0 offline "$first-$last"
as_predicted
# shellcheck disable=SC2086 # numbers
is "offline" "$(for one in $blocks; do state "$one"; done | sort -u)" offline
run 0 offline "$first-$last"
is "a second time" "$(said outcome)" already
run 0 online --zone movable "$first-$last"
as_predicted
is "zone" "$(for one in $blocks; do zones "$one"; done | sort -u)" Movable
echo "-- not moved unasked"
run 3 online --zone kernel "$first"
matches "denied by" "$(said denied)" "*zone-allowed*"
run 0 online --zone kernel --move "$first"
as_predicted
matches "zone of the moved block" "$(zones "$first")" "Normal"
run 0 offline node1
run 0 online --zone auto node1
as_predicted
is "online" "$(for one in $blocks; do state "$one"; done | sort -u)" online
echo "-- by address"
size=$(block_size)
run 0 offline "$(printf '0x%x+%d' $((last * size)) "$size")"
is "the last block" "$(state "$last")" offline
listed_as_kernel
