# SPDX-License-Identifier: GPL-2.0-or-later
# Persistent memory of a CXL card, as a devdax namespace of an NVDIMM region: one knows which card to pull, and it goes
# into Movable and comes out again.
#
# shapes: 7.2:cxl-pmem
# full: cxl-pmem
# boot: fresh
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

card=$(basename "$(dirname "$(readlink -f /sys/bus/cxl/devices/mem0)")")
memhp list devices
device=$(memhp list devices --json | jq -r '.devices[0].name')
is "region" "$(memhp list devices --json | jq -r '.devices[0].region')" nd:region0
is "card" "$(memhp list devices --json | jq -c '.devices[0].memdevs')" \
	"[{\"name\":\"mem0\",\"serial\":\"0x5a1\",\"pci_address\":\"$card\"}]"
is "driver" "$(dax_driver "$device")" device_dax
run 0 online --zone movable "$device"
as_predicted
all_in Movable "$device"
run 0 remove "$device"
as_predicted
is "driver" "$(dax_driver "$device")" device_dax
is "blocks left" "$(for block in $(dax_blocks "$device"); do [ ! -e "$MEMORY/memory$block" ] || echo "$block"; done)" ""
