# SPDX-License-Identifier: GPL-2.0-or-later
# How fast memory is: latency, bandwidth and distance of a slow node as its HMAT says, the tier that the
# kernel makes of them, and the same of a recording.
#
# shapes: 7.2:hmat
# full: hmat
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# The tier whose list of nodes is NODE alone, or begins or ends with it.
tier_of() {
	for tier_path in /sys/devices/virtual/memory_tiering/memory_tier*; do
		grep -qE "(^|,)$1(\$|,|-)|-$1\$" "$tier_path/nodelist" && echo "${tier_path##*memory_tier}"
	done
}

# of_node NODE KEY: what memhp says.
of_node() {
	memhp list nodes --json | jq -c ".nodes[] | select(.node == $1) | .$2"
}

run 0 online --zone movable dax0.0
node=$(cat /sys/bus/dax/devices/dax0.0/target_node)
# The kernel shows access1 where a processor is the initiator; access0 is the best of any kind.
access=/sys/devices/system/node/node$node/access1/initiators
[ -e "$access/read_latency" ] || access=/sys/devices/system/node/node$node/access0/initiators
if [ -e "$access/read_latency" ]; then
	for name in read_latency write_latency; do
		is "$name" "$(of_node "$node" "${name}_ns")" "$(cat "$access/$name")"
	done
	for name in read_bandwidth write_bandwidth; do
		is "$name" "$(of_node "$node" "${name}_mbs")" "$(cat "$access/$name")"
	done
	is "as QEMU was told" "$(of_node "$node" read_latency_ns)" 320
else
	is "what the kernel does not show" "$(of_node "$node" read_latency_ns)" null
fi
is "distances" "$(of_node "$node" 'distances | map(tostring) | join(" ")')" \
	"\"$(cat "/sys/devices/system/node/node$node/distance")\""
is "tier" "$(of_node "$node" tier)" "$(tier_of "$node")"
is "tier of the boot node" "$(of_node 0 tier)" "$(tier_of 0)"
check "the slow node's tier is another" test "$(tier_of 0)" != "$(tier_of "$node")"
is "tier of the device" "$(memhp list devices --json | jq '.devices[0].tier')" "$(tier_of "$node")"
memhp list nodes -o node,distances,tier,read-latency,write-latency,read-bandwidth,write-bandwidth | tee /tmp/live
run 0 dump /tmp/machine.dump
memhp -r /tmp/machine.dump list nodes \
	-o node,distances,tier,read-latency,write-latency,read-bandwidth,write-bandwidth >/tmp/recorded
check "the recording says the same" diff /tmp/live /tmp/recorded
