# SPDX-License-Identifier: GPL-2.0-or-later
# lsmem and daxctl agree with memhp list on every shape and kernel, as it booted.
#
# shapes: hmem far two 6.1:dimm 7.2:dimm virtio-mem 6.1:nvdimm 7.2:nvdimm cxl 6.12:plain 6.1:unaligned 7.2:unaligned 7.2:large 7.2:hmat 6.1:dimm-hotplug 7.2:dimm-hotplug 7.2:cxl-hotplug
# full: plain dimm nvdimm unaligned large hmat dimm-hotplug cxl-hotplug much much-dax
# append: any
# boot: reads
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/peers.sh
. /usr/lib/guest/peers.sh

peers_agree "as booted"
listed_as_kernel
