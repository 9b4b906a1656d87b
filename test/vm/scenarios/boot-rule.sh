# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package, a policy, and a distribution's own rule that onlines whatever appears: check names it, and
# what the rule has put in Normal is moved, as the policy says.
#
# shapes:
# full: 6.12:hmem 7.2:hmem
# system: debian
# needs: memhp
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
matches "check names the rule" "$(memhp check)" "*/etc/udev/rules.d/40-vm-hotadd.rules:2*"

is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
