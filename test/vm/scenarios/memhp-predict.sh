# SPDX-License-Identifier: GPL-2.0-or-later
# What a plan says of zones, of nr_memmap_pages and of kernel memory is what the kernel then has, through
# all that can be done with a device. Whatever a scenario runs is held against its plan (`run`); this is
# where each operation comes from each state.
#
# shapes: 6.12:hmem 7.2:hmem 7.2:two
# full: hmem far two cxl
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

predict_all
