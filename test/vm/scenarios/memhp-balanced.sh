# SPDX-License-Identifier: GPL-2.0-or-later
# --zone balanced: the fewest blocks in kernel zones that keep the policy's ratio, the lowest of the
# device, the rest in Movable; from boot, where the kernel may have put all of them in Normal.
#
# shapes: hmem
# full: far two
# boot: fresh
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

DENY=25 # percent: low, so that small guests need kernel blocks
printf '%s\n' "[policy]" "movable-ratio-warn = 20%" "movable-ratio-deny = $DENY%" >/etc/memhp.conf

# budget: bytes of kernel memory and of Movable, as the kernel's own file has them.
budget() {
	awk '
		function say() {
			if (zone == "Movable") movable += present
			else if (zone != "Device") { kernel += managed - cma; movable += cma }
		}
		$1 == "Node" { say(); zone = $4; present = managed = cma = 0 }
		$1 == "present" { present = $2 }
		$1 == "managed" { managed = $2 }
		$1 == "cma" { cma = $2 }
		END { say(); printf "%.0f %.0f\n", kernel * 4096, movable * 4096 }' /proc/zoneinfo
}

# keeps MORE: the ratio would be kept with so many blocks more in Movable instead of kernel zones.
keeps() {
	budget | awk -v more="$1" -v block="$(block_size)" -v deny=$DENY \
		'{ exit !(($2 + more * block) * 100 <= deny * ($1 - more * block)) }'
}

# in_normal DAX...: their blocks that are online in Normal.
in_normal() {
	for in_normal_dax in "$@"; do
		# shellcheck disable=SC2046 # numbers
		for in_normal_block in $(dax_blocks "$in_normal_dax"); do
			[ "$(zones "$in_normal_block")" = Normal ] && echo "$in_normal_block"
		done
	done
	return 0
}

devices=dax0.0
[ -d /sys/bus/dax/devices/dax1.0 ] && devices="dax0.0 dax1.0"
# shellcheck disable=SC2086 # names
all=$(for dax in $devices; do dax_blocks "$dax"; done | wc -l)
auto=$(cat $MEMORY/auto_online_blocks)
echo "-- before: $(dax_driver dax0.0), auto-online $auto"

# shellcheck disable=SC2086 # names
run 0 online --zone balanced $devices
is "outcome" "$(said outcome)" "done"
as_predicted
matches "it is told that they stay" "$(said rules)" "*permanent*"
is "nothing is denied" "$(said denied)" ""
# shellcheck disable=SC2086 # names
in_normal $devices >/tmp/normal
kernel=$(wc -l </tmp/normal)
# shellcheck disable=SC2046,SC2086 # numbers, names
movable=$(count_blocks online Movable $(for dax in $devices; do dax_blocks "$dax"; done))
echo "-- $kernel of $all blocks in kernel zones"
check "some of them" test "$kernel" -gt 0
check "and not all" test "$kernel" -lt "$all"
is "the rest in Movable" "$movable" $((all - kernel))
check "the ratio is kept" keeps 0
check_not "one fewer would not keep it" keeps 1
# shellcheck disable=SC2086 # names
is "they are the lowest" "$(cat /tmp/normal)" \
	"$(for dax in $devices; do dax_blocks "$dax"; done | head -n "$kernel")"
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"

machine_state >/tmp/state.before
# shellcheck disable=SC2086 # names
run 0 online --zone balanced $devices
is "a second time" "$(said outcome)" already
is_like_before "a second time" /tmp/state.before

echo "-- more would break it"
# shellcheck disable=SC2046 # numbers
set -- $(cat /tmp/normal)
run 3 online --zone movable --move "$1"
is "denied" "$(said denied)" movable-ratio
is_like_before "denied" /tmp/state.before
