# SPDX-License-Identifier: GPL-2.0-or-later
# A policy file: a device is found by what it is, goes where its section says, all or part of it stays
# offline where that is wanted, and a file with a slip in it changes nothing.
#
# shapes: 6.12:cxl
# full: hmem far cxl
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

POLICY=/etc/memhp.conf
mkdir -p /etc/memhp.conf.d
auto=$(cat $MEMORY/auto_online_blocks)

# policy LINE...: the policy file has these lines and no others.
policy() {
	printf '%s\n' "$@" >$POLICY
}

# section_of WHAT LINE...: with a section of these lines, the device is found by it, or not.
section_of() {
	section_what=$1
	shift
	policy "[device x]" "$@"
	run 0 policy dax0.0
	is "section by $*" "$(said section)" "$section_what"
}

echo "-- no policy"
machine_state >/tmp/state.before
run 0 policy dax0.0
is "section" "$(said section)" null
run 0 online --from-policy dax0.0
is "outcome" "$(said outcome)" already
is_like_before "nothing is done" /tmp/state.before

echo "-- found by what it is"
run 0 list devices
provider=hmem
[ -d /sys/bus/cxl/devices/region0 ] && provider=cxl
node=$(cat /sys/bus/dax/devices/dax0.0/target_node)
size=$(cat /sys/bus/dax/devices/dax0.0/size)
start=$(cat /sys/bus/dax/devices/dax0.0/mapping0/start)
end=$(cat /sys/bus/dax/devices/dax0.0/mapping0/end)
range=$(printf '0x%x-0x%x' "$((start))" "$((end))")
less=$(printf '0x%x-0x%x' "$((start))" "$((end - 1))")
section_of "device x" "match-driver = $provider"
section_of null "match-driver = pmem"
section_of "device x" "match-name = dax*" "match-node = $node" "match-size = $size"
section_of null "match-node = 7"
section_of "device x" "match-range = $range"
section_of null "match-range = $less"
is "why not" "$(jq -r '.matched[0].others[0] | "\(.key) \(.value) \(.actual) \(.line)"' /tmp/out)" \
	"match-range $less $range 2"
section_of "device x" "match-path = */dax0.0"
if [ $provider = cxl ]; then
	section_of "device x" "match-region = cxl:region0"
	section_of "device x" "match-serial = 1"
	section_of null "match-serial = 0x2"
	pci=$(basename "$(readlink -f /sys/bus/cxl/devices/mem0/..)")
	section_of "device x" "match-pci = $pci"
	uuid=$(cat /sys/bus/cxl/devices/region0/uuid)
	[ -z "$uuid" ] || section_of "device x" "match-uuid = $(echo "$uuid" | tr a-f A-F)"
fi

echo "-- a slip in the file"
policy "[policy]" "zone = movable" "" "[device x]" "match-driver = $provider" "zone = moveable"
run 1 online --from-policy dax0.0
is "kind" "$(said error.kind)" policy
is "file and line" "$(said error.object)" "$POLICY:6"
run 1 remove dax0.0
run 1 plan offline dax0.0
run 1 policy
is_like_before "nothing is done" /tmp/state.before

echo "-- nothing is wanted of it"
policy "[device x]" "match-driver = $provider" "online = no"
run 0 online --from-policy dax0.0
is_like_before "nothing is done" /tmp/state.before

rm $POLICY
run 0 remove dax0.0
# shellcheck disable=SC2046 # numbers
set -- $(dax_blocks dax0.0)
second=$2 count=$#

echo "-- to Movable, as its section says and the policy does not"
policy "[policy]" "zone = kernel"
cat >/etc/memhp.conf.d/50-device.conf <<END
[device 20-x]
match-driver = $provider
zone = movable
END
run 0 online --from-policy dax0.0
is "outcome" "$(said outcome)" "done"
all_in Movable dax0.0
as_predicted
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
run 0 online --from-policy dax0.0
is "a second time" "$(said outcome)" already
run 0 online --from-policy all
is "all of them" "$(said outcome)" already

echo "-- moved where the policy says move, and only there"
policy "[policy]" "zone = kernel" "move = no"
cat >/etc/memhp.conf.d/50-device.conf <<END
[device 20-x]
match-driver = $provider
zone = kernel
END
run 0 online --from-policy dax0.0
is "left in Movable" "$(said outcome)" already
all_in Movable dax0.0

echo "-- a part stays offline"
run 0 remove dax0.0
cat >/etc/memhp.conf.d/50-device.conf <<END
[device 20-x]
match-driver = $provider
zone = movable

[device 10-part]
match-range = $(printf '0x%x+1M' $((second * $(block_size) + 4096)))
keep-offline = yes
END
run 0 online --from-policy dax0.0
as_predicted
is "block $second" "$(state "$second")" offline
is "blocks in Movable" "$(count_blocks online Movable "$@")" $((count - 1))
run 3 online "$second"
is "denied by" "$(said denied)" keep-offline
is "block $second" "$(state "$second")" offline
run 0 online --zone movable all
is "block $second" "$(state "$second")" offline
run 0 online --zone movable --force keep-offline "$second"
all_in Movable dax0.0

echo "-- --config, for once"
run 0 remove dax0.0
printf '[device 20-x]\nonline = no\n' >/tmp/once.conf
run 0 -c /tmp/once.conf online --from-policy dax0.0
is "driver" "$(dax_driver dax0.0)" device_dax
run 2 -c /tmp/nowhere.conf online --from-policy dax0.0
rm -r $POLICY /etc/memhp.conf.d
