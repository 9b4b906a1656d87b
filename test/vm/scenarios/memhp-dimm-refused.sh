# SPDX-License-Identifier: GPL-2.0-or-later
# Between memhp's last look and its word to the kernel somebody onlines one of a DIMM's blocks, and the kernel
# puts pages of its own there: the eject is refused, which is said; that block stays where it is, which is
# said too, and the others are as they were.
#
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: last
# needs: memhp
# shellcheck shell=sh disable=SC2046 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

all_offline() {
	for path in $states; do
		read -r word <"$path"
		[ "$word" = offline ] || return 1
	done
}

has_logged() { dmesg | grep -q "$1"; }

plug_dimm
run 0 online --zone movable "${device##*/}"
states=$(for block in $(dimm_blocks); do echo "$MEMORY/memory$block/state"; done | tr '\n' ' ')
(
	until all_offline; do :; done
	echo online_kernel >"$MEMORY/memory$first/state"
	hold_pages
) &
strace -f -o /tmp/strace -P "$device/eject" -e trace=write -e inject=write:delay_enter=8000000 \
	memhp remove "${device##*/}" --json >/tmp/out 2>/tmp/err
is "exit" $? 4
cat /tmp/err
check "the kernel's log has it" has_logged "memory memory$first: Offline failed"
is "outcome" "$(jq -r .outcome /tmp/out)" partial
is "stopped by" "$(jq -r .stopped_by /tmp/out)" kernel
matches "why" "$(jq -r .error.message /tmp/out)" "*its blocks are still there*refused*"
is "the block that was taken" "$(jq -r ".blocks[] | select(.block == $first) | .after, .zone, .errno" /tmp/out |
	tr '\n' ' ')" "online Normal 16 "
is "the others" "$(jq -r ".blocks[] | select(.block != $first) | .after + \" \" + .zone" /tmp/out | uniq -c |
	awk '{ print $1, $2, $3 }')" "7 online Movable"
is "in Movable" "$(count_blocks online Movable $(dimm_blocks))" 7
is "in Normal" "$(count_blocks online Normal "$first")" 1
