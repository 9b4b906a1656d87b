# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What lsmem and daxctl say of this machine, held against memhp list. Sourced after memhp.sh.

# peers_agree WHEN
peers_agree() {
	lsmem_agrees "$1"
	daxctl_agrees "$1"
}

# Every block's size, state, zone and node, and the totals. Of an offline block both say first where it
# would go. "None" is what memhp calls none.
lsmem_agrees() {
	lsmem -a -b -r -n -o BLOCK,SIZE,STATE,ZONES,NODE | tr N n |
		awk '{ sub("/.*", "", $4); print $1, $2, $3, $4, $5 }' >/tmp/blocks.lsmem
	memhp list blocks -o block,size,state,zone,default_zone,node | tr N n |
		awk '$1 ~ /^[0-9]+$/ { print $1, $2, $3, ($3 == "online" ? $4 : $5), $6 }' >/tmp/blocks.memhp
	check "lsmem shows blocks ($1)" test -s /tmp/blocks.lsmem
	check "blocks are as lsmem says ($1)" diff /tmp/blocks.lsmem /tmp/blocks.memhp
	lsmem -b --summary=only | sed -n 's/^Total \(online\|offline\) memory: *//p' >/tmp/totals.lsmem
	awk '{ total[$3] += $2 } END { printf "%.0f\n%.0f\n", total["online"], total["offline"] }' \
		/tmp/blocks.memhp >/tmp/totals.memhp
	check "totals are as lsmem says ($1)" diff /tmp/totals.lsmem /tmp/totals.memhp
}

# Size, node, alignment, driver and mappings of every dax device; of those that daxctl is right about, how
# many of their blocks are online, and whether they are movable, of which it says nothing where one is
# offline. It takes for a device's blocks all that begin between the start of its first mapping and as far
# beyond as its size: right for one mapping of whole blocks. memhp-unaligned and memhp-mappings show more.
daxctl_agrees() {
	daxctl list -DM >/tmp/daxctl.json
	memhp list devices --json >/tmp/memhp.json
	jq -r --argjson block "$(block_size)" '[.] | flatten | .[] |
		((.mappings | length) == 1 and .mappings[0].start % $block == 0 and
		 .size % $block == 0) as $right |
		"\(.chardev) \(.size) \(.target_node) \(.align) \(.mode // "unbound") " +
		if $right then "\(.online_memblocks // 0) \(.total_memblocks // 0) \(.movable)" else "" end,
		(.chardev as $name | .mappings[] | "\($name) \(.start) \(.end)")' \
		/tmp/daxctl.json | sort >/tmp/devices.daxctl
	jq -r --argjson block "$(block_size)" '.devices[] | select(.kind == "dax") |
		((.mappings | length) == 1 and .mappings[0].start % $block == 0 and
		 .size % $block == 0) as $right |
		(if .online_blocks > 0 and .online_blocks == .block_count then .kernel_blocks == 0
		 else null end) as $movable |
		"\(.name) \(.size) \(.target_node) \(.align) \(.mode) " +
		if $right then "\(.online_blocks) \(.block_count) \($movable)" else "" end,
		(.name as $name | .mappings[] | "\($name) \(.start) \(.end)")' \
		/tmp/memhp.json | sort >/tmp/devices.memhp
	is "daxctl shows as many devices ($1)" "$(grep -c ' .* .* ' /tmp/devices.daxctl)" \
		"$(find /sys/bus/dax/devices -name 'dax*' 2>/dev/null | wc -l)"
	check "devices are as daxctl says ($1)" diff /tmp/devices.daxctl /tmp/devices.memhp
}
