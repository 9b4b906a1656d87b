# SPDX-License-Identifier: GPL-2.0-or-later
# The policy was removed, and is still in the initramfs (initramfs-tools): what that has parked is put back before the root's
# own systemd starts, and the machine is as without a policy.
#
# shapes:
# full: 6.12:hmem
# system: initramfs-tools
# needs: memhp
# timeout: 300
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/early.sh
. /usr/lib/guest/early.sh

early_is offline
early_as_without
is "no service of memhp has run" "$(systemctl list-units --all --plain --no-legend 'memhp*' | awk '$3 != "inactive"')" ""
