# SPDX-License-Identifier: GPL-2.0-or-later
# A region's memory is divided among devices: the first one gives up its own, others are made of it, used, and
# taken away again; what the kernel would pass over, or refuse half-way, is told before.
#
# shapes: 7.2:cxl
# full: hmem cxl
# append: memhp_default_state=offline
# boot: any
# timeout: 400
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

DEVICES=/sys/bus/dax/devices
region=$(readlink -f $DEVICES/dax0.0)
region=${region%/*}
G=$((1 << 30))

# What each device of the region has: "dax0.0 1073741824, dax0.1 0".
sizes() {
	for sizes_device in "$DEVICES"/dax*; do
		echo "${sizes_device##*/} $(cat "$sizes_device/size")"
	done | awk '{ printf "%s%s", comma, $0; comma = ", " } END { print "" }'
}

available() { cat "$region/dax_region/available_size"; }

echo "-- a device that the kernel uses"
run 0 online --zone movable dax0.0
run 3 destroy dax0.0
is "denied by" "$(said denied)" granularity
is "sizes" "$(sizes)" "dax0.0 $((2 * G))"
run 0 remove --unbound dax0.0

echo "-- nothing is free"
run 3 create --size 1G dax:region0
is "denied by" "$(said denied)" granularity

echo "-- the first device gives up its memory, and stays"
run 0 destroy -n dax0.0
is "sizes" "$(sizes)" "dax0.0 $((2 * G))"
run 0 destroy dax0.0
is "sizes" "$(sizes)" "dax0.0 0"
is "free" "$(available)" $((2 * G))
run 0 destroy dax0.0
is "outcome" "$(said outcome)" already

echo "-- what the kernel would not take"
run 2 create --size 1M dax:region0
run 2 create --size 1025M dax:region0
run 2 create --size 1G --align 3M dax:region0
run 2 create --size 1G dax0.0
run 3 create --size 4G dax:region0
run 5 create --size 1G dax:region7
run 5 destroy dax0.1
is "sizes" "$(sizes)" "dax0.0 0"

echo "-- two devices"
run 0 create --size 1G --align 2M dax:region0
is "sizes" "$(sizes)" "dax0.0 $G"
run 0 create dax:region0
is "the device that was made" "$(jq -r .device /tmp/out)" dax0.1
is "sizes" "$(sizes)" "dax0.0 $G, dax0.1 $G"
is "free" "$(available)" 0
run 3 create dax:region0
is "no driver" "$(dax_driver dax0.1)" ""

echo "-- each of them by itself"
run 0 online --zone movable dax0.1
all_in Movable dax0.1
run 0 online --zone movable dax0.0
all_in Movable dax0.0
run 3 destroy dax0.0 dax0.1
run 0 remove --unbound dax0.1
all_in Movable dax0.0
run 0 destroy dax0.1
is "sizes" "$(sizes)" "dax0.0 $G"
is "free" "$(available)" "$G"

echo "-- another alignment"
run 0 create --size 512M --align 4K dax:region0
is "its alignment" "$(cat $DEVICES/dax0.1/align)" 4096
run 0 create --size 256M dax:region0
is "sizes" "$(sizes)" "dax0.0 $G, dax0.1 $((G / 2)), dax0.2 $((G / 4))"
run 0 destroy dax0.1 dax0.2

echo "-- a size that the kernel takes, and does nothing"
strace -f -o /tmp/strace -P "$region/dax0.1/size" -e trace=write -e inject=write:retval=10 \
	memhp create --size 1G dax:region0 --json >/tmp/out 2>/tmp/err
is "exit" $? 4
is "outcome" "$(jq -r .outcome /tmp/out)" rolled-back
is "sizes" "$(sizes)" "dax0.0 $G"

echo "-- as it was"
run 0 remove dax0.0
run 0 destroy dax0.0
is "sizes" "$(sizes)" "dax0.0 0"
run 0 create dax:region0
is "sizes" "$(sizes)" "dax0.0 $((2 * G))"
run 0 online --zone movable dax0.0
all_in Movable dax0.0

echo "-- as daxctl makes one"
# geometry DEVICE: where it is, how large, how aligned, on which node.
geometry() {
	cat "$DEVICES/$1/mapping0/start" "$DEVICES/$1/mapping0/end" "$DEVICES/$1/size" "$DEVICES/$1/align" \
		"$DEVICES/$1/target_node" | tr '\n' ' '
}
run 0 remove --unbound dax0.0
run 0 destroy dax0.0
id=$(daxctl list -R | jq '.[0].id // .id')
made=$(daxctl create-device -r "$id" -s 512M -a 4096 2>/dev/null | jq -r '.[0].chardev')
wanted=$(geometry "$made")
matches "daxctl made one" "$made" "dax*.*"
run 0 destroy "$made"
is "destroyed" "$(sizes)" "dax0.0 0"
run 0 create --size 512M --align 4K dax:region0
made=$(jq -r .device /tmp/out)
is "memhp makes the same" "$(geometry "$made")" "$wanted"
run 0 destroy "$made"
run 0 create dax:region0
