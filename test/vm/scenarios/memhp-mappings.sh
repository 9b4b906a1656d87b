# SPDX-License-Identifier: GPL-2.0-or-later
# A device of two mappings with another device between them: memhp knows its blocks by the mappings, and
# leaves the other one alone. daxctl takes the blocks from the first mapping's start on, as many as the
# size has, and so counts the other device's: here the two do not agree, and this is why.
#
# shapes: 6.12:hmem 7.2:hmem
# full: hmem
# boot: last
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/peers.sh
. /usr/lib/guest/peers.sh

first=/sys/bus/dax/devices/dax0.0
second=/sys/bus/dax/devices/dax0.1
region=$(readlink -f $first)/../dax_region
quarter=$(($(cat $first/size) / 4))

run "0 4" remove --unbound dax0.0
[ $run_exit = 0 ] || skip "the kernel has put its own into blocks that it onlined in Normal"
is "a first quarter" "$(try_write $quarter $first/size)" ok
is "another device" "$(try_write 1 "$region/create")" ok
is "a second quarter, for that one" "$(try_write $quarter $second/size)" ok
is "a third quarter" "$(try_write $((2 * quarter)) $first/size)" ok
is "mappings" "$(find $first/ -maxdepth 1 -name 'mapping[0-9]*' | wc -l)" 2

echo "-- the one with two mappings"
run 0 online --zone movable dax0.0
as_predicted
all_in Movable dax0.0
is "blocks of the other one" "$(block_states_there dax0.1)" ""
run 0 list devices
is "blocks of it" "$(jq '.devices[] | select(.name == "dax0.0") | .block_count' /tmp/out)" \
	"$(dax_blocks dax0.0 | wc -l)"
lsmem_agrees "two mappings"

echo "-- both"
run 0 online --zone kernel dax0.1
as_predicted
run 0 list devices
is "blocks in Movable and in kernel zones" \
	"$(jq -r '.devices[] | "\(.name) \(.movable_blocks) \(.kernel_blocks)"' /tmp/out | sort | paste -sd,)" \
	"dax0.0 $(dax_blocks dax0.0 | wc -l) 0,dax0.1 0 $(dax_blocks dax0.1 | wc -l)"
is "daxctl takes the other one's blocks, in Normal, for its own" \
	"$(daxctl list -d dax0.0 | jq '.[].movable')" false
run 0 offline dax0.0
as_predicted
is "the other one" "$(block_states_there dax0.1)" "$(dax_blocks dax0.1 | wc -l) online"
is "daxctl counts its blocks still" \
	"$(daxctl list -d dax0.0 | jq '.[].online_memblocks')" "$(dax_blocks dax0.1 | wc -l)"
run 0 remove dax0.0
as_predicted
run "0 4" remove dax0.1
