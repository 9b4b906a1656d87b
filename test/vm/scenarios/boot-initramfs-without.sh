# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian on a disk with the package and no policy: there is nothing of memhp in the initramfs, and nothing is touched.
#
# shapes:
# full: 7.2:hmem
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
check_not "the initramfs has nothing of memhp" grep memhp /var/log/initramfs
check "it has something" grep -q 'bin/udevadm$' /var/log/initramfs
check_not "nothing was noted" test -e /run/memhp
is "nothing was said" "$(kernel_says '^memhp: '; journalctl -b -o cat SYSLOG_IDENTIFIER=memhp)" ""
