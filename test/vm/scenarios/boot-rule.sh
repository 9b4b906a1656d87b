# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package, a policy, and a distribution's own rule that onlines whatever appears: check names it, and
# what comes of it is still as the policy says.
#
# shapes:
# full: 6.1:arrivals 6.12:arrivals
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
have_blocks() { [ "$(all_blocks | wc -l)" -ge "$1" ]; }

# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
matches "check names the rule" "$(memhp check)" "*/etc/udev/rules.d/40-vm-hotadd.rules:2*"

before=$(all_blocks)
check "a DIMM is plugged" host qmp plug-dimm 1G 1
wait_for 20 "blocks of the DIMM" have_blocks $(($(echo "$before" | wc -l) + 8))
dimm=$(all_blocks | grep -vxF "$before")
# shellcheck disable=SC2086
wait_for 20 "blocks of the DIMM in Movable" all_are online Movable $dimm
# shellcheck disable=SC2086
is "the DIMM in Movable" "$(count_blocks online Movable $dimm)" 8
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
