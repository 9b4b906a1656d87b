# SPDX-License-Identifier: GPL-2.0-or-later
# An eject that the kernel refuses: the write says nothing of it, the kernel's log does; what the kernel had
# taken offline by itself comes back, and all of it where the kernel likes. A block in a kernel zone holds
# pages of the kernel's.
#
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: last
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

have_refused() { [ "$(dmesg | grep -c 'memory memory[0-9]*: Offline failed')" = "$1" ]; }

plug_dimm
is "one goes to Normal" "$(try_write online_kernel "$MEMORY/memory$first/state")" ok
hold_pages
is "it cannot be emptied" "$(try_write offline "$MEMORY/memory$first/state")" EBUSY

echo "-- the others are offline"
is "eject says" "$(try_write 1 "$device/eject")" ok
check "the log says that it failed" wait_for 20 "one refusal" have_refused 1
is "blocks" "$(block_states $(dimm_blocks))" "7 offline, 1 online"
is "the device is there" "$(cat "$device/status")" 15

echo "-- the others are online in Movable"
check "online_movable" set_blocks online_movable $(dimm_blocks | tail -n +2)
is "eject says" "$(try_write 1 "$device/eject")" ok
check "the log says that it failed" wait_for 20 "two refusals" have_refused 2
is "blocks" "$(block_states $(dimm_blocks))" "8 online"
is "in Normal" "$(count_blocks online Normal $(dimm_blocks))" 8
