# SPDX-License-Identifier: GPL-2.0-or-later
# lsmem and daxctl agree with memhp list, where they can be right.
#
# shapes: hmem far large cxl
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

agree() {
	lsmem -a -b -J -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES | jq -r '.memory[] |
		"\(.block) \(.state) \(if .state == "online" then .zones else "-" end) \(.node)"' 		>/tmp/blocks.lsmem
	memhp list blocks --json | jq -r 		'.blocks[] | "\(.block) \(.state) \(.zone // "-" | if . == "none" then "None" else . end) \(.node)"' >/tmp/blocks.memhp
	check "lsmem agrees ($1)" diff -i /tmp/blocks.lsmem /tmp/blocks.memhp
	daxctl list -D | jq -r '[.] | flatten | .[] |
		"\(.chardev) \(.size) \(.target_node) \(.mode)"' | sort >/tmp/devices.daxctl
	memhp list devices --json | jq -r '.devices[] | select(.kind == "dax") |
		"\(.name) \(.size) \(.target_node) \(.mode)"' | sort >/tmp/devices.memhp
	check "daxctl agrees ($1)" diff /tmp/devices.daxctl /tmp/devices.memhp
}

agree "as booted"
run "0 4" remove dax0.0
agree "after remove"
run "0 4" online --zone movable dax0.0
agree "after online"
run "0 4" offline dax0.0
agree "after offline"
