# SPDX-License-Identifier: GPL-2.0-or-later
# lsmem and daxctl agree with memhp list on every shape, as it booted.
#
# shapes: plain hmem far hmat two unaligned large dimm dimm-hotplug virtio-mem nvdimm cxl cxl-hotplug much
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
