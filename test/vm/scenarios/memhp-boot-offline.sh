# SPDX-License-Identifier: GPL-2.0-or-later
# Booted with memhp_default_state=offline, a device goes where it is told on every kernel, a node of its
# own included, and comes out again.
#
# shapes: far cxl
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" offline
run 0 online --zone movable dax0.0
as_predicted
all_in Movable dax0.0
run 0 remove dax0.0
as_predicted
is "driver" "$(dax_driver dax0.0)" device_dax
