# SPDX-License-Identifier: GPL-2.0-or-later
# A devdax namespace of an NVDIMM: kmem takes it only when told, on every kernel.
#
# shapes: 6.1:nvdimm 7.2:nvdimm
# full: nvdimm
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

auto=$(cat $MEMORY/auto_online_blocks)
memhp list devices
device=$(memhp list devices --json | jq -r '.devices[] | select(.kind == "dax") | .name')
is "driver" "$(dax_driver "$device")" device_dax
run 0 online --zone movable "$device"
as_predicted
all_in Movable "$device"
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
run 0 remove "$device"
as_predicted
is "driver" "$(dax_driver "$device")" device_dax
