# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package and no policy: nothing is touched, no service runs.
#
# full: hmem
# system: debian
# needs: memhp
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# nobody has waited for it
wait_dax 1

word=online
[ "$GUEST_KERNEL" != 6.1 ] || word=offline
is "auto_online_blocks as the kernel had it" "$(cat $MEMORY/auto_online_blocks)" $word
case $GUEST_KERNEL in
6.1) is "dax0.0 is where the kernel had it" "$(dax_driver dax0.0)" device_dax ;;
*)
	# shellcheck disable=SC2046 # numbers
	is "dax0.0 is where the kernel had it" "$(count_blocks online Normal $(dax_blocks dax0.0))" 16
	;;
esac
is "memhp has said nothing" "$(journalctl -b -o cat SYSLOG_IDENTIFIER=memhp)" ""
is "no service of memhp has run" "$(systemctl list-units --all --plain --no-legend 'memhp*' | awk '$3 != "inactive"')" ""
check_not "nothing was noted" test -e /run/memhp
is "no service has failed" "$(systemctl --failed --plain --no-legend)" ""

# --- the files that the package brings ---
for unit in memhp-auto-online memhp-blocks memhp-restore memhp@dax0.0; do
	is "$unit is sound" "$(systemd-analyze verify --man=no $unit.service 2>&1 | grep -F memhp)" ""
	level=$(systemd-analyze security --offline=no --no-pager $unit.service 2>/dev/null | sed -n 's/.*Overall exposure level[^:]*: \([0-9]*\)\..*/\1/p')
	check "$unit is exposed at $level of 10, at most 3" test "${level:-10}" -le 3
done
if udevadm verify --help >/dev/null 2>&1; then
	check "udev takes the rules" udevadm verify /lib/udev/rules.d/90-memhp.rules
else
	is "udev takes the rules" "$(journalctl -b -o cat -u systemd-udevd | grep memhp)" ""
fi
