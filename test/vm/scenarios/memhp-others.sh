# SPDX-License-Identifier: GPL-2.0-or-later
# Others who change memory at the same time: another memhp, which waits its turn, and udev, whose rule
# onlines what appears before we can.
#
# shapes: 6.12:hmem
# full: hmem
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 400
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no # what others do is in no plan

memhp remove dax0.0 >/tmp/out 2>&1
[ "$(dax_driver dax0.0)" != kmem ] || skip "the kernel could not empty what it had put in Normal"

echo "-- two at once"
memhp online --zone movable dax0.0 --json >/tmp/first.out 2>&1 &
first=$!
until [ -e /run/memhp/lock ] && [ "$(dax_driver dax0.0)" = kmem ]; do
	kill -0 $first 2>/dev/null || break
done
kill -STOP $first
run 1 offline --timeout 1 dax0.0
matches "who holds it" "$(said error.message)" "another memhp is changing memory*$first*"
(sleep 1; kill -CONT $first) &
run 0 offline dax0.0
wait $first
is "the first one's exit" $? 0
is "its outcome" "$(json .outcome /tmp/first.out)" "done"
is "what the second left" "$(block_states $(dax_blocks dax0.0))" "16 offline"

echo "-- a udev rule that onlines whatever appears"
run 0 remove dax0.0
mkdir -p /etc/udev/rules.d /run/udev
echo 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online_kernel"' \
	>/etc/udev/rules.d/90-online.rules
/usr/lib/systemd/systemd-udevd --daemon
udevadm settle
for round in 1 2 3; do
	run "0 4" online --zone movable dax0.0
	others=$(json '[.blocks[] | select(.by == "other")] | length' /tmp/out)
	echo "round $round: exit $run_exit, $(said outcome), $others blocks by others, $(said error.message)"
	udevadm settle
	if [ $run_exit = 0 ]; then
		all_in Movable dax0.0
	else
		is "stopped by" "$(said stopped_by)" other
	fi
	json -c '.blocks[] | [.block, .after, .zone]' /tmp/out | while read -r line; do
		echo "$line" | tr -d '[]"' | tr ',' ' '
	done | sort -n >/tmp/reported
	kernel_blocks | awk '{ print $1, $2, $3 }' | grep -Fx -c -f /tmp/reported >/tmp/same
	[ $run_exit != 0 ] || is "blocks that are as reported" "$(cat /tmp/same)" "$(wc -l </tmp/reported)"
	is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" offline
	run 0 online --zone movable dax0.0
	all_in Movable dax0.0
	run 0 remove dax0.0
done
udevadm control --exit
rm /etc/udev/rules.d/90-online.rules
