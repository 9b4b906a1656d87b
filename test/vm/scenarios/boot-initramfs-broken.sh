# SPDX-License-Identifier: GPL-2.0-or-later
# A policy that cannot be understood, in an initramfs by initramfs-tools: nothing is written, the kernel log tells file
# and line, and the boot goes on.
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

early_is $KERNEL_WORD
early_as_without
matches "the kernel log tells file and line" "$(kernel_says '^memhp: ')" "*/etc/memhp.conf:3*"
check_not "nothing was noted" test -e /run/memhp/arrivals
