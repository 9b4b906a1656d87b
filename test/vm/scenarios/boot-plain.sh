# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with udevd and without systemd, the package and a policy: the rule runs memhp for a dax device that appears,
# once, and udev does not wait for it. What the initramfs has parked nobody would online: it has put the word back.
#
# shapes:
# full: 6.12:hmem 7.2:hmem 6.12:cxl 7.2:cxl
# system: initramfs-tools
# needs: memhp
# timeout: 300
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# log_line PATTERN: the number of the first line of the kernel log that is like it; 0: there is none.
log_line() {
	dmesg --notime | awk -v pattern="$1" '$0 ~ pattern { found = NR; exit } END { print found + 0 }'
}
is_told() { [ "$(log_line "$1")" != 0 ]; }
all_movable() {
	# shellcheck disable=SC2046 # numbers
	[ "$(count_blocks online Movable $(dax_blocks dax0.0))" = 16 ]
}

is "the first process" "$(cat /proc/1/comm)" run
check_not "there is no systemd" test -e /run/systemd/system
is "auto_online_blocks as the kernel had it" "$(cat $MEMORY/auto_online_blocks)" online
check "the initramfs had parked it" is_told "^memhp: auto-online .*done"

if [ "$GUEST_SHAPE" = cxl ]; then
	# what is online before memhp comes may be in use, and cannot always be moved
	echo offline >$MEMORY/auto_online_blocks
	check "a region is made" make_cxl_region mem0
	wait_for 20 "memhp to be started" is_told "^guest: memhp online"
	udevadm settle
	echo "guest: udev has settled" >/dev/kmsg
	settled=$(dmesg --notime | awk '/^guest: udev has settled/ { last = NR } END { print last }')
else
	settled=$(log_line "^guest: udev has settled")
fi
wait_for 30 "the end of it" is_told "^memhp: online dax0.0: "
ended=$(log_line "^memhp: online dax0.0: ")
check "udev, settled in line $settled, has not waited for the end in line $ended" test "$settled" -lt "$ended"
wait_for 10 "the blocks in Movable" all_movable
check "dax0.0 in Movable" all_movable
sleep 8
is "memhp was run" "$(dmesg --notime | grep '^guest: memhp ')" "guest: memhp online --from-policy --timeout 3600 dax0.0"
