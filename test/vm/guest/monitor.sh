# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A monitor in the background, and what it has told.

# begin_following OPTION...: a monitor in the background, its objects in /tmp/events; by way of $AS.
begin_following() {
	: >/tmp/events
	# shellcheck disable=SC2086 # words
	$AS memhp monitor -j -v "$@" >>/tmp/events 2>/tmp/monitor.err &
	MONITOR=$!
	begin_tries=0
	until grep -q "listening\|counted" /tmp/monitor.err || [ $begin_tries = 100 ]; do
		begin_tries=$((begin_tries + 1))
		sleep 0.1
	done
	sleep 1 # until it has seen the machine as it is
}

AS=
end_following() {
	kill -"$1" "$MONITOR"
	wait "$MONITOR"
	is "the monitor ends with" $? 0
	is "objects, each on a line" "$(jq -c . /tmp/events | wc -l)" "$(grep -c . /tmp/events)"
}

# events KIND: what was told of it, "FIRST-LAST DEVICE FROM>TO", a line each.
events() {
	jq -r --arg event "$1" 'select(.event == $event) |
		"\(.first_block)-\(.last_block) \(.device) \(.from) \(.from_zone)>\(.to) \(.to_zone)"' /tmp/events
}

# is_told KIND WANTED: within some seconds.
is_told() {
	told_tries=0
	until [ "$(events "$1")" = "$2" ] || [ $told_tries = 40 ]; do
		told_tries=$((told_tries + 1))
		sleep 0.25
	done
	is "$1" "$(events "$1")" "$2"
}

# cpu_time: nanoseconds that the monitor has run.
cpu_time() {
	read -r cpu_ran _ <"/proc/$MONITOR/schedstat"
	echo "$cpu_ran"
}

# drops: how many events the kernel had no room for in the monitor's socket.
drops() {
	awk -v pid="$MONITOR" '$3 == pid && $2 == 15 { sum += $9 } END { print sum + 0 }' /proc/net/netlink
}

# blocks_told KIND: how many blocks it was told of, and what happened to them. A machine that is slow may make of one
# change several: then there is more than one line.
blocks_told() {
	jq -rs --arg event "$1" 'map(select(.event == $event)) |
		"\(map(.last_block - .first_block + 1) | add) of \(map("\(.device): \(.from) \(.from_zone)>\(.to) \(.to_zone)") |
			unique | join("; "))"' /tmp/events
}

# are_told KIND PATTERN: within some seconds. A block that was seen on its way has another beginning.
are_told() {
	told_tries=0
	while [ $told_tries -lt 80 ]; do
		# shellcheck disable=SC2254 # a pattern is what it is
		case $(blocks_told "$1") in
		$2) break ;;
		esac
		told_tries=$((told_tries + 1))
		sleep 0.25
	done
	matches "$1" "$(blocks_told "$1")" "$2"
}
