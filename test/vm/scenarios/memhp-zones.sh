# SPDX-License-Identifier: GPL-2.0-or-later
# memhp does not read the zone of a block where only one is possible. Blocks go here and there, zones grow
# into each other and shrink, and it says of each what the kernel says. It takes few system calls.
#
# shapes: 7.2:hmem
# full: hmem far two dimm nvdimm cxl large
# append: memhp_default_state=offline
# boot: fresh
# needs: memhp
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# candidates_as_kernel: where offline blocks can go, the zone that the kernel would choose first.
candidates_as_kernel() {
	memhp list blocks --json | jq -r '.blocks[] | select(.state == "offline") |
		"\(.block) \(.candidate_zones | join(" "))|\(.default_zone)"' |
		while IFS=' |' read -r one words; do
			sorted=$(printf '%s\n' $(zones "$one") | sort | tr '\n' ' ')
			echo "$one $sorted|$(zones "$one" | cut -d ' ' -f 1)" >>/tmp/candidates.kernel
			echo "$one $(printf '%s\n' ${words%%|*} | sort | tr '\n' ' ')|${words##*|}" >>/tmp/candidates.memhp
		done
}

# calls_are_few: 6 for each block, one more for a DIMM's, and 150; reads of directories do not count.
calls_are_few() {
	strace -f -o /tmp/strace memhp list blocks --json >/dev/null
	calls=$(grep -c '^[0-9]* *[a-z0-9_]*(' /tmp/strace)
	directories=$(grep -c 'O_DIRECTORY.* = [0-9]*$' /tmp/strace)
	reads=$(grep -c 'getdents64(' /tmp/strace)
	blocks=$(set -- $(all_blocks) && echo $#)
	owned=$(set -- /sys/bus/acpi/devices/PNP0C80:*/physical_node* && [ -e "$1" ] && echo $# || echo 0)
	besides=$((calls - reads - 2 * directories - 6 * blocks - owned))
	check "calls besides 6 for each of $blocks blocks: $besides" test "$besides" -le 150
	read_zones=$(grep -c 'valid_zones"' /tmp/strace)
	echo "valid_zones was read of $read_zones of $blocks blocks"
}

case $GUEST_SHAPE in
dimm)
	blocks=$(for one in $(all_blocks); do
		[ -e "$MEMORY/memory$one/node1" ] && echo "$one"
	done)
	;;
*)
	check "to kmem" dax_to kmem dax0.0
	blocks=$(dax_blocks dax0.0)
	;;
esac
set -- $blocks
check "there are blocks" test $# -gt 3
listed_as_kernel
calls_are_few

echo "-- one by one, here and there"
words="offline online online_kernel online_movable online_movable"
random=7
round=0
while [ $round -lt 36 ]; do
	round=$((round + 1))
	random=$(((random * 1103515245 + 12345) % 2147483648))
	one=$(echo $blocks | cut -d ' ' -f $((random / 65536 % $# + 1)))
	word=$(echo $words | cut -d ' ' -f $((random / 1024 % 5 + 1)))
	try_write "$word" "$MEMORY/memory$one/state" >/dev/null
	[ $((round % 4)) != 0 ] || listed_as_kernel
done
rm -f /tmp/candidates.kernel /tmp/candidates.memhp
: >/tmp/candidates.kernel
: >/tmp/candidates.memhp
candidates_as_kernel
check "offline blocks can go where the kernel says" diff /tmp/candidates.kernel /tmp/candidates.memhp

echo "-- all in Movable, all off"
for word in online_movable offline; do
	for one in $blocks; do
		try_write offline "$MEMORY/memory$one/state" >/dev/null
		try_write "$word" "$MEMORY/memory$one/state" >/dev/null
	done
	listed_as_kernel
done
calls_are_few
