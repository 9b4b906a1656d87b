# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian on a disk with the package and a policy: its initramfs, made by dracut, loads the drivers of memory, and has
# set auto_online_blocks before.
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

is "in the initramfs, and again in the root" "$(journalctl -b -o cat SYSLOG_IDENTIFIER=memhp MEMHP_VERB=auto-online |
	sort | tr '\n' ' ')" "auto-online: already auto-online: done "
early_by_policy
