# SPDX-License-Identifier: GPL-2.0-or-later
# A node that cannot be emptied: where there is nowhere to put what is on it, that is refused; where somebody
# holds on to pages of it, the kernel would go on trying for ever, and is stopped. What was in the memory is
# unharmed.
#
# full: far
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 600
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no # so little memory is left that others' share of it counts
pool=/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages

# free_on NODE: bytes.
free_on() { awk '/MemFree/ { print $4 * 1024 }' /sys/devices/system/node/node$1/meminfo; }

memhp remove dax0.0 >/tmp/out 2>&1
[ "$(dax_driver dax0.0)" != kmem ] || skip "the kernel could not empty what it had put in Normal"
run 0 online --zone movable dax0.0
mkdir -p /mnt
mount -t tmpfs -o size=1G,mpol=bind:1 tmpfs /mnt
dd if=/dev/urandom of=/mnt/data bs=1M count=32 2>/dev/null
for copy in 1 2 3 4 5 6 7 8 9 10 11 12; do
	cat /mnt/data >/mnt/data.$copy
done
sums=$(cat /mnt/data* | md5sum)
check "it lies on node 1" test $(free_on 1) -lt $((1700 << 20))

# Huge pages are taken, and never touched: all of node 0 but so much.
left=$((224 << 20))
echo $((($(free_on 0) - left) >> 21)) >$pool
echo "left on node 0: $(($(free_on 0) >> 20)) MiB"
check "little is left" test $(free_on 0) -lt $((2 * left))
machine_state >/tmp/state.before

run 3 offline dax0.0
matches "denied by" "$(said denied)" "*capacity*"
is_like_before "denied" /tmp/state.before
echo 0 >$pool

echo "-- somebody holds on to a page"
hold /mnt/data
begin=$(cut -d. -f1 /proc/uptime)
run 7 offline --block-timeout 8 dax0.0
took=$(($(cut -d. -f1 /proc/uptime) - begin))
echo "exit $run_exit after $took s: $(said error.message)"
is "outcome" "$(said outcome)" rolled-back
is "stopped by" "$(said stopped_by)" timeout
check "it was stopped" test $took -lt 100
is_like_before "stopped" /tmp/state.before
check_not "a block is left going offline" grep -q going-offline $MEMORY/memory*/state

echo "-- interrupted, not timed out"
for signals in 1 2; do
	memhp offline dax0.0 --json >/tmp/out 2>/tmp/err &
	stopped=$!
	# when the same block has been going for two seconds
	last='' now=''
	until [ -n "$now" ] && [ "$now" = "$last" ]; do
		last=$now
		sleep 2
		now=$(grep -l going-offline $MEMORY/memory*/state)
		kill -0 $stopped 2>/dev/null || break
	done
	begin=$(cut -d. -f1 /proc/uptime)
	kill -TERM $stopped
	[ $signals = 1 ] || kill -INT $stopped
	wait $stopped
	is "exit, $signals signals" $? 7
	took=$(($(cut -d. -f1 /proc/uptime) - begin))
	echo "it ended after $took s"
	check "soon" test $took -lt 60
	is "stopped by" "$(json .stopped_by /tmp/out)" signal
	is "outcome" "$(json .outcome /tmp/out)" rolled-back
	is_like_before "interrupted" /tmp/state.before
	check_not "a block is left going offline" grep -q going-offline $MEMORY/memory*/state
done

echo "-- what becomes of the others is for --on-error to say"
blocks=$(dax_blocks dax0.0)
run 7 offline --block-timeout 8 --on-error continue dax0.0
is "outcome" "$(said outcome)" partial
is "stopped by" "$(said stopped_by)" timeout
is "all but one" "$(block_states $blocks)" "15 offline, 1 online"
held=$(json -c '.blocks[] | select(.after == "online") | .block' /tmp/out)
is "which one" "$(state $held)" online
is "what is said of it" "$(json -c ".blocks[] | select(.block == $held) | [.before, .after, .zone, .errno]" /tmp/out)" \
	'["online","online","Movable",110]'
is "what it is about" "$(said error.object)" "memory$held"
run 0 online --zone movable dax0.0
is_like_before "onlined again" /tmp/state.before

run 7 offline --block-timeout 8 --on-error keep dax0.0
is "outcome" "$(said outcome)" partial
is "stopped by" "$(said stopped_by)" timeout
is "what was done before it" "$(for block in $blocks; do echo "$block $(state $block)"; done | grep -c offline)" \
	"$(for block in $blocks; do echo $block; done | awk -v held=$held '$1 > held' | wc -l)"
is "as reported" "$(json -r '.blocks[] | "\(.block) \(.after)"' /tmp/out | sort -n)" \
	"$(for block in $(json '.blocks[].block' /tmp/out | sort -n); do echo "$block $(state $block)"; done)"
run 0 online --zone movable dax0.0
is_like_before "onlined again" /tmp/state.before

let_go
is "what was there" "$(cat /mnt/data* | md5sum)" "$sums"
run 0 offline dax0.0
is "and when nobody holds it: what was there" "$(cat /mnt/data* | md5sum)" "$sums"
umount /mnt
