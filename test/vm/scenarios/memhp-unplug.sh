# SPDX-License-Identifier: GPL-2.0-or-later
# A DIMM is taken away from outside while it is used, and while memhp is at work on it. What was in it is
# unharmed, and every report is true.
#
# shapes: 7.2:dimm-hotplug
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no

dimm_blocks() {
	for path in "$MEMORY"/memory*/firmware_node; do
		[ ! -e "$path" ] || echo "$path" | sed 's/.*memory\([0-9]*\)\/.*/\1/'
	done | sort -n
}
have_blocks() { [ "$(dimm_blocks | wc -l)" = "$1" ]; }

# plug: a DIMM of 1 GiB on node 1; its name is then in $dimm, its device in $device.
plug() {
	dimm=$(host qmp plug-dimm 1G 1)
	check "its blocks appear" wait_for 20 "8 blocks" have_blocks 8
	wait_blocks
	device=$(basename "$(readlink -f "$MEMORY/memory$(dimm_blocks | head -n 1)/firmware_node")")
}

echo "-- in use"
plug
run 0 online --zone movable "$device"
mkdir -p /mnt
mount -t tmpfs -o size=512M,mpol=prefer:1 tmpfs /mnt
dd if=/dev/urandom of=/mnt/data bs=1M count=64 2>/dev/null
sum=$(md5sum </mnt/data)
host qmp unplug "$dimm"
check "it goes" wait_for 30 "no block" have_blocks 0
is "what was in it" "$(md5sum </mnt/data)" "$sum"
umount /mnt
run 0 remove "$device"
is "outcome" "$(said outcome)" already

echo "-- while memhp onlines, offlines and removes it"
for verb in "online --zone movable" offline remove; do
	plug
	[ "${verb%% *}" = online ] || run 0 online --zone movable "$device"
	memhp $verb "$device" --json >/tmp/out 2>/tmp/err &
	busy=$!
	host qmp unplug "$dimm"
	wait $busy
	status=$?
	outcome=$(json .outcome /tmp/out)
	echo "$verb: exit $status, $outcome, $(jq -c .error.message /tmp/out)"
	case "$status $outcome" in
	"0 done" | "0 already" | "4 rolled-back" | "4 partial" | "4 failed" | "7 "*) ok "$verb: $status $outcome" ;;
	5*) ok "$verb: it had gone before" ;;
	*) fail "$verb: exit $status, $outcome: $(cat /tmp/err)" ;;
	esac
	[ $status = 0 ] || check "one sentence" test "$(wc -l </tmp/err)" -ge 1
	check "auto_online_blocks is put back" grep -qx offline $MEMORY/auto_online_blocks
	# The kernel may have given it up where memhp brought a block back meanwhile: then it is asked again.
	wait_for 5 "no block" have_blocks 0 || host qmp unplug "$dimm" || true
	wait_for 10 "no block" have_blocks 0 || run 0 remove "$device"
	is "its blocks" "$(dimm_blocks | wc -l)" 0
	run 0 list blocks
done
