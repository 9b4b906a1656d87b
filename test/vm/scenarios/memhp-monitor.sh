# SPDX-License-Identifier: GPL-2.0-or-later
# What happens to memory is told as it happens: a device that comes and goes, by a line for each change; also
# where the kernel's events were lost, and where there are none; at next to no cost while nothing happens.
#
# shapes: 6.12:hmem
# full: hmem
# append: memhp_default_state=offline
# boot: any
# timeout: 500
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/monitor.sh
. /usr/lib/guest/monitor.sh

# shellcheck disable=SC2046 # numbers
set -- $(dax_blocks dax0.0)
first=$1
while [ $# -gt 1 ]; do shift; done
last=$1
memhp remove dax0.0 >/tmp/out 2>&1
is "driver" "$(dax_driver dax0.0)" device_dax

echo "-- a device comes and goes"
begin_following
run 0 online --zone movable dax0.0
is_told online "$first-$last dax0.0 offline null>online Movable"
is_told added "$first-$last dax0.0 absent null>offline null"
is_told bound "null-null dax0.0 null null>kmem null"
is_told unbound "null-null dax0.0 device_dax null>null null"
run 0 offline "$first"
is_told offline "$first-$first dax0.0 online Movable>offline null"
: >/tmp/events
run 0 remove dax0.0
is_told removed "$first-$last dax0.0 offline null>absent null"
is_told offline "$((first + 1))-$last dax0.0 online Movable>offline null"
is_told unbound "null-null dax0.0 kmem null>null null"
is_told bound "null-null dax0.0 null null>device_dax null"
is "times of the last minute" "$(jq -r '.time | sub("\\.[0-9]+Z"; "Z") | fromdate' /tmp/events |
	awk -v now="$(date +%s)" '$1 < now - 60 || $1 > now + 1' | wc -l)" 0

echo "-- the word for memory to come, of which the kernel tells nobody"
before=$(cat $MEMORY/auto_online_blocks)
echo online_movable >$MEMORY/auto_online_blocks
is_told auto-online "null-null null $before null>online_movable null"
echo "$before" >$MEMORY/auto_online_blocks
end_following TERM

echo "-- events that are lost"
# without the privilege to make its buffer larger than others'
AS="setpriv --bounding-set -net_admin"
echo 212992 >/proc/sys/net/core/rmem_max # 4 MiB since 6.17
begin_following
AS=
kill -STOP $MONITOR
# An event a write, many more than the socket holds.
count=0
while [ $count -lt 1500 ]; do
	echo change >$MEMORY/memory0/uevent
	count=$((count + 1))
done
run 0 online --zone movable dax0.0
drops=$(drops)
check "the kernel has dropped events: $drops" test "$drops" -gt 0
kill -CONT $MONITOR
is_told online "$first-$last dax0.0 offline null>online Movable"
check "it is said" grep -q "events were lost" /tmp/monitor.err
run 0 offline "$first"
is_told offline "$first-$first dax0.0 online Movable>offline null"

echo "-- nothing happens"
sleep 5
cpu_before=$(cpu_time)
sleep 15
cpu=$(($(cpu_time) - cpu_before))
echo "idle: $cpu ns in 15 s, $((cpu / 15000)) millionths"
check "idle, under a thousandth of the time" test $cpu -lt 15000000
end_following INT

echo "-- each block, and the file of metrics"
begin_following --each --openmetrics /tmp/memhp.prom
run 0 online --zone movable dax0.0
is_told online "$first-$first dax0.0 offline null>online Movable"
: >/tmp/events
run 0 remove dax0.0
told_tries=0
until [ "$(events removed | wc -l)" = $((last - first + 1)) ] || [ $told_tries = 40 ]; do
	told_tries=$((told_tries + 1))
	sleep 0.25
done
is "a line for each block" "$(events removed | wc -l)" $((last - first + 1))
sleep 2
is "online in the metrics" "$(awk '/^memhp_blocks.state="online"/ { sum += $2 } END { print sum }' /tmp/memhp.prom)" \
	"$(kernel_blocks | grep -c " online ")"
is "its end" "$(tail -n 1 /tmp/memhp.prom)" "# EOF"
end_following TERM

echo "-- what the policy wants"
printf '[device far]\nmatch-name = dax0.0\nonline = yes\nzone = movable\n' >/etc/memhp.conf
begin_following
is_told drift "$first-$last dax0.0 absent null>online Movable"
run 0 online --from-policy dax0.0
is_told online "$first-$last dax0.0 offline null>online Movable"
sleep 4
is_told drift "$first-$last dax0.0 absent null>online Movable"
end_following TERM
rm /etc/memhp.conf

echo "-- a reader that goes away"
rm -f /tmp/status
{
	memhp monitor 2>/tmp/monitor.err
	echo $? >/tmp/status
} | true
sleep 2
is "status" "$(cat /tmp/status)" 0
is "said" "$(cat /tmp/monitor.err)" ""

echo "-- without libudev"
for library in /usr/lib/x86_64-linux-gnu/libudev.so.1 /lib/x86_64-linux-gnu/libudev.so.1; do
	[ ! -e $library ] || { mv $library /tmp/libudev && moved=$library; }
done
check "there was one" test -n "$moved"
begin_following
check "it is said" grep -q "cannot be listened to" /tmp/monitor.err
run 0 remove dax0.0
is_told removed "$first-$last dax0.0 offline null>absent null"
end_following TERM
mv /tmp/libudev "$moved"

echo "-- any user"
as_user memhp monitor -j >/tmp/events 2>/tmp/monitor.err &
MONITOR=$!
sleep 2
echo online_kernel >$MEMORY/auto_online_blocks
is_told auto-online "null-null null $before null>online_kernel null"
echo "$before" >$MEMORY/auto_online_blocks
kill $MONITOR
