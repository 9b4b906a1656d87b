# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # what is set here is read by scenarios
# A DIMM that is plugged in, and pages of the kernel's that keep one of its blocks. Sourced after lib.sh.

# The DIMM's blocks: those with a link to an ACPI device.
dimm_blocks() {
	for path in "$MEMORY"/memory*/firmware_node; do
		[ ! -e "$path" ] || echo "$path" | sed 's/.*memory\([0-9]*\)\/.*/\1/'
	done | sort -n
}

have_blocks() { [ "$(dimm_blocks | wc -l)" = "$1" ]; }

# plug_dimm: 1 GiB on node 1; $first is its first block, $device its ACPI device.
plug_dimm() {
	check "plug 1 GiB on node 1" host qmp plug-dimm 1G 1
	check "its blocks appear" wait_for 20 "8 blocks" have_blocks 8
	wait_blocks
	first=$(dimm_blocks | head -n 1)
	device=$(readlink -f "$MEMORY/memory$first/firmware_node")
}

# hold_pages: pipes of programs that may have their memory on node 1 alone are filled; what is in a pipe does
# not move, nor do the structures of such programs. Something of node 1 is online in a kernel zone.
hold_pages() {
	hold_group=/sys/fs/cgroup/on-node-1
	[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p $hold_group
	echo 1 >$hold_group/cpuset.mems
	for hold_pipe in 1 2 3 4; do
		# shellcheck disable=SC2016 # expanded there
		sh -c 'echo $$ >"$1/cgroup.procs"; yes | sleep 1000' "pipe $hold_pipe" $hold_group &
	done
	sleep 1
}
