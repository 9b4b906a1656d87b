# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian on a disk with the package and a policy: its initramfs, made by initramfs-tools, loads the drivers of memory, and
# has set auto_online_blocks before.
#
# shapes:
# full: 6.12:hmem 7.2:hmem
# system: initramfs-tools
# needs: memhp
# timeout: 300
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/early.sh
. /usr/lib/guest/early.sh

early_by_policy
matches "the kernel log tells of it" "$(kernel_says '^memhp: ')" "memhp: auto-online*done*"
