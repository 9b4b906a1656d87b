# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package and a policy: a CXL region made at boot is in Movable when the system is up, that of a card
# plugged in later a few seconds after it was made; once each, and never in Normal before.
#
# shapes:
# full: cxl-hotplug
# system: debian
# needs: memhp
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

all_are() {
	all_wanted=$1 all_zone=$2
	shift 2
	[ "$(count_blocks "$all_wanted" "$all_zone" "$@")" = $# ]
}
have_device() { [ -e "/sys/bus/dax/devices/$1/driver" ]; }
now_ms() { echo $(($(sed 's/\([0-9]*\)\.\([0-9][0-9]\).*/\1\2/' /proc/uptime) * 10)); }

is "the region was made" "$(systemctl is-active cxl-region.service)" active
# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
is "one execution for the device" "$(journalctl -b -o cat -u memhp@dax0.0.service MEMHP_VERB=online | wc -l)" 1
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""

check "a card is plugged" host qmp plug-cxl 1G rp1
check "its region is made" make_cxl_region mem1
wait_for 20 "its device" have_device dax1.0
came=$(now_ms)
blocks=$(dax_blocks dax1.0)
# shellcheck disable=SC2086
wait_for 20 "its blocks in Movable" all_are online Movable $blocks
took=$(($(now_ms) - came))
# shellcheck disable=SC2086
is "dax1.0 in Movable" "$(count_blocks online Movable $blocks)" 8
echo "in Movable $took ms after the last block had come"
sleep 2
is "one execution for the device" "$(journalctl -b -o cat -u memhp@dax1.0.service MEMHP_VERB=online | wc -l)" 1
matches "memhp found it offline" "$(journalctl -b -o cat -u memhp@dax1.0.service)" "* offline -> online Movable*"
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
