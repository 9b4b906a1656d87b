# SPDX-License-Identifier: GPL-2.0-or-later
# lsmem and daxctl agree with memhp list after each thing that can be done with a device.
#
# shapes: 6.1:hmem 6.12:cxl 7.2:far 7.2:large 6.1:nvdimm
# full: hmem far large nvdimm cxl
# append: any
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/peers.sh
. /usr/lib/guest/peers.sh

run "0 4" remove dax0.0
peers_agree "removed"
run "0 4" online --zone movable dax0.0
peers_agree "online"
run "0 4" offline dax0.0
peers_agree "offline"
run "0 4" online --zone kernel --size 256M dax0.0
peers_agree "a part online in a kernel zone"
