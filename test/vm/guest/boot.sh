# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What init uses to make the shapes' hardware ready. Waiting is bounded everywhere; a function that
# gives up says what it missed and returns 1.

MEMORY=/sys/devices/system/memory
CXL=/sys/bus/cxl/devices

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds.
wait_for() {
	wait_tries=$(($1 * 10))
	wait_what=$2
	shift 2
	until "$@"; do
		wait_tries=$((wait_tries - 1))
		if [ "$wait_tries" -le 0 ]; then
			echo "guest: gave up waiting for $wait_what"
			return 1
		fi
		sleep 0.1
	done
}

# Gives the host's channels their names under /dev/virtio-ports.
link_ports() {
	wait_for 20 "the host's channels" all_ports_linked
}

all_ports_linked() {
	for port in /sys/class/virtio-ports/*; do
		read -r name <"$port/name" 2>/dev/null && [ -n "$name" ] &&
			ln -sf "../${port##*/}" "/dev/virtio-ports/$name"
	done
	[ -e /dev/virtio-ports/control ] && [ -e /dev/virtio-ports/out ] &&
		[ -e /dev/virtio-ports/err ] && [ -e /dev/virtio-ports/files ]
}

# wait_dax COUNT [SECONDS]: so many dax devices are there, each with a driver, and no hotplug is under way.
wait_dax() {
	wait_for "${2:-60}" "$1 dax devices with a driver" have_dax "$1" && hotplug_is_over
}

have_dax() {
	have=0
	for driver in /sys/bus/dax/devices/*/driver; do
		[ -e "$driver" ] && have=$((have + 1))
	done
	[ "$have" -ge "$1" ]
}

# Waits until blocks and states have stayed the same for a second.
wait_blocks() {
	sleep 0.2
	hotplug_is_over
	same=0
	before=
	for _ in $(seq 480); do
		now=$(cat $MEMORY/memory*/state | sort | uniq -c)
		if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
		[ $same -ge 4 ] && return 0
		before=$now
		sleep 0.25
	done
	echo "guest: memory blocks did not come to rest"
	return 1
}

# A write that changes nothing (the block is online) has to wait for the kernel's hotplug lock, so
# what held it is done afterwards.
hotplug_is_over() {
	for block in "$MEMORY"/memory*; do
		if [ "$(cat "$block/state")" = online ]; then
			echo 1 >"$block/online"
			return 0
		fi
	done
}

# make_cxl_region MEMDEV [ram|pmem]: all of a card's volatile or persistent memory as one region.
make_cxl_region() {
	kind=${2:-ram}
	wait_for 30 "the endpoint of $1" have_cxl_endpoint "$1" || return 1
	root=$CXL/decoder0.0
	decoder=$(basename "$(ls -d "$CXL/$endpoint"/decoder*.0)")
	size=$(cat "$CXL/$1/$kind/size")
	region=$(cat "$root/create_${kind}_region")
	echo "$region" >"$root/create_${kind}_region" &&
		{ [ "$kind" = ram ] || cat /proc/sys/kernel/random/uuid >"$CXL/$region/uuid"; } &&
		echo 1 >"$CXL/$region/interleave_ways" &&
		echo 256 >"$CXL/$region/interleave_granularity" &&
		echo "$kind" >"$CXL/$decoder/mode" &&
		echo "$size" >"$CXL/$decoder/dpa_size" &&
		echo "$size" >"$CXL/$region/size" &&
		echo "$decoder" >"$CXL/$region/target0" &&
		echo 1 >"$CXL/$region/commit" &&
		echo "$region" >/sys/bus/cxl/drivers/cxl_region/bind
}

have_cxl_endpoint() {
	for path in "$CXL"/endpoint*; do
		[ "$(readlink -f "$path/uport")" = "$(readlink -f "$CXL/$1")" ] || continue
		endpoint=${path##*/}
		[ -e "$CXL/$1/$kind/size" ] && ls -d "$path"/decoder*.0 >/dev/null 2>&1 && return 0
	done
	return 1
}

# make_devdax_namespace [OPTION]: the namespace that the kernel makes of an NVDIMM without labels becomes a devdax one; or
# that which OPTION says is made.
make_devdax_namespace() {
	wait_for 30 "an NVDIMM namespace" test -e /sys/bus/nd/devices/namespace0.0 &&
		ndctl create-namespace --force "${1:---reconfig=namespace0.0}" --mode=devdax --map=mem
}
