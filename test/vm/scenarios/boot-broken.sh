# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package and a policy that cannot be understood: nothing is written, the units have failed with file
# and line in the journal, and the machine is as it would be without memhp.
#
# shapes: 6.12:hmem
# full: hmem
# system: debian
# needs: memhp
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# nobody has waited for it
wait_dax 1

zone=Normal word=online count=16
[ "$GUEST_KERNEL" != 6.1 ] || zone='' word=offline count=0
is "auto_online_blocks as the kernel had it" "$(cat $MEMORY/auto_online_blocks)" $word
online=0
for block in $(dax_blocks dax0.0); do
	[ ! -e "$MEMORY/memory$block" ] || online=$((online + $(count_blocks online $zone "$block")))
done
is "dax0.0 as the kernel had it" "$online" $count
is "the units have failed" "$(systemctl --failed --plain --no-legend | awk '{ print $1 }' | sort | tr '\n' ' ')" \
	"memhp-auto-online.service memhp-blocks.service memhp@dax0.0.service "
for unit in memhp-auto-online.service memhp-blocks.service memhp@dax0.0.service; do
	matches "$unit tells file and line" "$(journalctl -b -o cat -u $unit MEMHP_VERB=auto-online + MEMHP_VERB=online _SYSTEMD_UNIT=$unit)" \
		"*/etc/memhp.conf:3*"
done
is "... as a field" "$(journalctl -b -o json MEMHP_ERROR=policy _SYSTEMD_UNIT=memhp-blocks.service | jq -r .MEMHP_OBJECT | sort -u)" \
	/etc/memhp.conf:3
check_not "nothing was noted" test -e /run/memhp/arrivals
is "the boot went on" "$(systemctl is-active multi-user.target)" active

# --- mended, it is as it would have been ---
sed -i 's/^zone = up/move = yes/' /etc/memhp.conf
check "the policy is read again" systemctl restart memhp-auto-online.service memhp@dax0.0.service
is "auto_online_blocks as the policy says" "$(cat $MEMORY/auto_online_blocks)" offline
# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16

# --- and broken again, while it is parked ---
sed -i 's/^move = yes/move = perhaps/' /etc/memhp.conf
check_not "the service fails" systemctl restart memhp@dax0.0.service
put_back() { [ "$(cat $MEMORY/auto_online_blocks)" = $word ]; }
wait_for 20 "auto_online_blocks to be put back" put_back
is "auto_online_blocks is put back" "$(cat $MEMORY/auto_online_blocks)" $word
