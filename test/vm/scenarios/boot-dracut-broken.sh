# SPDX-License-Identifier: GPL-2.0-or-later
# A policy that cannot be understood, in an initramfs by dracut: nothing is written, the journal tells file and line, and
# the boot goes on.
#
# shapes:
# full: 6.12:hmem 7.2:hmem
# system: dracut
# needs: memhp
# timeout: 300
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/early.sh
. /usr/lib/guest/early.sh

early_is $KERNEL_WORD
early_as_without
# in the initramfs, and in the root
is "the journal tells file and line" "$(journalctl -b -o json MEMHP_VERB=auto-online MEMHP_ERROR=policy |
	jq -r .MEMHP_OBJECT | tr '\n' ' ')" "/etc/memhp.conf:3 /etc/memhp.conf:3 "
check_not "nothing was noted" test -e /run/memhp/arrivals
