# SPDX-License-Identifier: GPL-2.0-or-later
# A second CXL card, plugged while the guest runs, becomes a second dax device.
#
# shapes: 7.2:cxl-hotplug
# full: cxl-hotplug
# append: memhp_default_state=offline
# boot: fresh
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

is "a region before" "$(find $CXL/ -name "region[0-9]*" | wc -l)" 1
check "plug 1 GiB" host qmp plug-cxl 1G rp1
check "mem1 appears" wait_for 20 "mem1" test -e $CXL/mem1
check "a region of it" make_cxl_region mem1
check "a second dax device" wait_dax 2
is "its driver" "$(dax_driver dax1.0)" kmem
is "its blocks" "$(block_states $(dax_blocks dax1.0))" "8 offline"
check "online_movable" set_blocks online_movable $(dax_blocks dax1.0)
is "in Movable" "$(count_blocks online Movable $(dax_blocks dax1.0))" 8
