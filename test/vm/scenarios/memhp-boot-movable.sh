# SPDX-License-Identifier: GPL-2.0-or-later
# Booted with memhp_default_state=online_movable, a device is in Movable as soon as kmem has it, and comes
# out and goes in again on every kernel.
#
# shapes: 7.2:cxl
# full: far cxl
# append: memhp_default_state=online_movable
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" online_movable
if [ "$(dax_driver dax0.0)" = kmem ]; then
	all_in Movable dax0.0
	run 0 online --zone movable dax0.0
	is "there by itself" "$(said outcome)" already
	run 0 remove dax0.0
	as_predicted
fi
run 0 online --zone movable dax0.0
as_predicted
all_in Movable dax0.0
run 0 remove dax0.0
as_predicted
is "driver" "$(dax_driver dax0.0)" device_dax
run 0 add dax0.0
as_predicted
is "added, and left offline" "$(for block in $(dax_blocks dax0.0); do
	state "$block"
done | sort -u)" offline
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" online_movable
