# SPDX-License-Identifier: GPL-2.0-or-later
# CXL memory is onlined and removed a hundred times: nothing is lost on the way.
#
# full: cxl
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 3600
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

cycle 100
