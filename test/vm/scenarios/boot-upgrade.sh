# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with an older package and a policy, in use: the newer one takes its place and leaves alone what there is, the
# memory above all; removed, the package leaves the policy, purged, nothing of its own; installed again, it is at work.
#
# shapes:
# full: 6.12:arrivals
# system: debian
# installed: older
# needs: memhp
# append: memhp_default_state=online
# timeout: 300
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

UNITS="memhp-auto-online.service memhp-blocks.service"
idle() { [ "$(systemctl show -P ActiveState memhp-blocks.service)" = inactive ]; }
have_blocks() { [ "$(all_blocks | wc -l)" -ge "$1" ]; }
installed() { dpkg-query -W -f '${Version}' memhp; }
# shellcheck disable=SC2086 # names
enabled() { systemctl is-enabled $UNITS 2>&1 | paste -sd ' '; }
all_are() {
	all_wanted=$1 all_zone=$2
	shift 2
	[ "$(count_blocks "$all_wanted" "$all_zone" "$@")" = $# ]
}
# All that an upgrade has to leave alone, a line each.
standing() {
	echo "word $(cat $MEMORY/auto_online_blocks)"
	kernel_blocks
	cat /etc/memhp.conf /run/memhp/arrivals
	systemctl show -P ActiveEnterTimestampMonotonic memhp-auto-online.service
	journalctl -b -o cat -u memhp-blocks.service -u memhp@dax0.0.service MEMHP_VERB=online | wc -l
}
# What lies about of the package; the policy and what guests are made of do not count.
remains() {
	find /etc /lib /usr /var/lib /run -xdev -name '*memhp*' ! -path '/etc/memhp.conf*' ! -path '/var/lib/dpkg/*' \
		! -path '/usr/lib/guest/*' ! -path '/run/systemd/*' ! -path '/run/udev/*' ! -path '/run/log/*' 2>/dev/null | sort -u
}

wait_for 30 "the service for blocks to end" idle
is "the older package is installed" "$(installed)" 0.0.9
check "... with a file of its own" test -e /usr/share/memhp/of-old
# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
is "its units are enabled" "$(enabled)" "enabled enabled"

# --- a block that somebody has taken offline, and the newer package ---
expect_exit 0 memhp offline "$(dax_blocks dax0.0 | tail -n 1)"
cp /etc/memhp.conf /run/policy
standing >/run/before
memhp monitor --each >/run/seen 2>&1 &
monitor=$!
sleep 5
# that it is not as the policy wants it
: >/run/seen
check "it is upgraded" dpkg --install --force-unsafe-io /packages/newer/*.deb
sleep 5
kill "$monitor"
check_not "the newer one is installed" test "$(installed)" = 0.0.9
check_not "... without the file that only the older one had" test -e /usr/share/memhp/of-old
is "nothing happened to memory" "$(cat /run/seen)" ""
is "word, blocks, policy, notes and service are what they were" "$(standing | diff /run/before -)" ""
is "its units are enabled" "$(enabled)" "enabled enabled"
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""

# --- it works on ---
before=$(all_blocks)
check "a DIMM is plugged" host qmp plug-dimm 1G 0
wait_for 20 "blocks of the DIMM" have_blocks $(($(echo "$before" | wc -l) + 8))
dimm=$(all_blocks | grep -vxF "$before")
# shellcheck disable=SC2086 # numbers
wait_for 20 "blocks of the DIMM in Movable" all_are online Movable $dimm
# shellcheck disable=SC2086
is "the DIMM in Movable" "$(count_blocks online Movable $dimm)" 8
wait_for 20 "the service for blocks to end" idle

# --- what the administrator has disabled stays so ---
systemctl disable memhp-blocks.service 2>/dev/null
check "it is installed once more" dpkg --install --force-unsafe-io /packages/newer/*.deb
is "what was disabled stays so" "$(enabled)" "enabled disabled"
systemctl enable memhp-blocks.service 2>/dev/null

# --- removed ---
kernel_blocks >/run/blocks
check "the package is removed" dpkg --remove memhp
is "auto_online_blocks as the kernel had it" "$(cat $MEMORY/auto_online_blocks)" online
is "memory stays where it was" "$(kernel_blocks | diff /run/blocks -)" ""
check "the policy is left" cmp /etc/memhp.conf /run/policy
check_not "udev has no rule of it" test -e /lib/udev/rules.d/90-memhp.rules
is "a service that is gone has not failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""

# --- purged ---
check "the package is purged" dpkg --purge memhp
is "nothing of it is left" "$(remains)" ""
check "but for the policy" cmp /etc/memhp.conf /run/policy

# --- and installed again ---
check "it is installed again" dpkg --install --force-unsafe-io /packages/newer/*.deb
is "its units are enabled" "$(enabled)" "enabled enabled"
is "auto_online_blocks as the policy says" "$(cat $MEMORY/auto_online_blocks)" offline
is "memory stays where it was" "$(kernel_blocks | diff /run/blocks -)" ""
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
