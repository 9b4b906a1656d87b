# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What scenarios are written with. A scenario sources this file, checks things, and ends; its exit
# status is 1 when a check failed. Every check says one line, so that a failure can be read without
# the guest.
#
# check, check_not WHAT COMMAND...   the command succeeds, fails
# expect_exit N COMMAND...           it exits with N
# is WHAT GOT WANTED                 the two are the same text
# matches WHAT TEXT PATTERN          TEXT matches the shell PATTERN
# skip WHY                           ends the scenario as not applicable

# shellcheck source=test/vm/guest/boot.sh
. /usr/lib/guest/boot.sh

CHECKS=0
FAILED=0
SKIPPED=77
trap 'scenario_ends $?' EXIT

scenario_ends() {
	[ "$1" != "$SKIPPED" ] || [ $FAILED != 0 ] || exit "$SKIPPED"
	echo "$CHECKS checks, $FAILED failed"
	[ "$1" = 0 ] || echo "FAIL the scenario broke off with $1"
	[ "$1" = 0 ] && [ $FAILED = 0 ] && exit 0
	exit 1
}

skip() {
	echo "skip $*"
	exit $SKIPPED
}

ok() {
	CHECKS=$((CHECKS + 1))
	echo "ok   $*"
}

fail() {
	CHECKS=$((CHECKS + 1))
	FAILED=$((FAILED + 1))
	echo "FAIL $*"
}

check() {
	check_what=$1
	shift
	if check_output=$("$@" 2>&1); then
		ok "$check_what"
	else
		fail "$check_what: '$*' gave $?: $check_output"
	fi
}

check_not() {
	check_what=$1
	shift
	if check_output=$("$@" 2>&1); then
		fail "$check_what: '$*' succeeded: $check_output"
	else
		ok "$check_what"
	fi
}

# The command's output is kept in $output, for what comes next.
expect_exit() {
	expect_status=$1
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ $status = "$expect_status" ]; then
		ok "exit $expect_status: $*"
	else
		fail "'$*' gave $status, not $expect_status: $output"
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		ok "$1: $2"
	else
		fail "$1: '$2', not '$3'"
	fi
}

matches() {
	# shellcheck disable=SC2254 # a pattern is what it is
	case $2 in
	$3) ok "$1: $2" ;;
	*) fail "$1: '$2' is not like '$3'" ;;
	esac
}

# json FILTER [FILE]: one value of a JSON text, by jq's filter; fails where it is null or not there.
json() {
	jq -er "$@"
}

# The kernel's row in the table of kernels is NAME or a later one.
kernel_at_least() {
	[ "$(printf '%s\n' "$1" "$GUEST_KERNEL" | sort -V | head -n 1)" = "$1" ]
}

as_user() {
	setpriv --reuid 1000 --regid 1000 --clear-groups "$@"
}

# try_write WORD FILE: writes and says what the kernel answered: ok, EINVAL, EBUSY, ...
# This shell's own echo does not tell one error from another.
try_write() {
	# shellcheck disable=SC2016 # expanded there
	if write_error=$(busybox ash -c 'echo "$1" >"$2"' ash "$1" "$2" 2>&1); then
		echo ok
		return
	fi
	case $write_error in
	*"Invalid argument"*) echo EINVAL ;;
	*"busy"*) echo EBUSY ;;
	*"Operation not permitted"*) echo EPERM ;;
	*"Permission denied"*) echo EACCES ;;
	*"No such device or address"*) echo ENXIO ;;
	*"No such device"*) echo ENODEV ;;
	*"No such file"*) echo ENOENT ;;
	*"not supported"*) echo EOPNOTSUPP ;;
	*"No space left"*) echo ENOSPC ;;
	*) echo "$write_error" ;;
	esac
}

# The first line of a file, without starting a program.
line_of() {
	line=
	read -r line <"$1"
	echo "$line"
}

state() { line_of "$MEMORY/memory$1/state"; }
zones() { line_of "$MEMORY/memory$1/valid_zones"; }
block_size() { echo $((0x$(cat $MEMORY/block_size_bytes))); }

# The numbers of all blocks, ascending.
all_blocks() {
	for all_path in "$MEMORY"/memory[0-9]*; do
		echo "${all_path##*memory}"
	done | sort -n
}

# "BLOCK STATE ZONE NODES" of all blocks, ascending, by the kernel's files; of an offline block
# valid_zones says where it could go, which is not shown. One look at all, for there may be many.
kernel_blocks() {
	{
		grep . "$MEMORY"/memory[0-9]*/state "$MEMORY"/memory[0-9]*/valid_zones
		ls -d "$MEMORY"/memory[0-9]*/node[0-9]*
	} 2>/dev/null | awk '
		{ sub(/.*\/memory\/memory/, ""); split($0, part, /[\/:]/); block = part[1] }
		part[2] == "state" { state[block] = part[3]; next }
		part[2] == "valid_zones" { zone[block] = part[3]; next }
		{ sub(/node/, "", part[2]); node[block] = node[block] comma[block] part[2]; comma[block] = "," }
		END {
			for (block in state)
				print block, state[block], (state[block] == "online" ? zone[block] : "-"), node[block]
		}' | sort -n
}

# count_blocks STATE ZONE BLOCK...: how many of the blocks are in that state and zone.
count_blocks() {
	count_wanted="$1 $2" count=0
	shift 2
	for count_block; do
		read -r count_state <"$MEMORY/memory$count_block/state"
		read -r count_zones <"$MEMORY/memory$count_block/valid_zones"
		[ "$count_state $count_zones" != "$count_wanted" ] || count=$((count + 1))
	done
	echo $count
}

# block_states BLOCK...: how many of them are in which state: "16 offline", "15 offline, 1 online".
block_states() {
	for states_block; do
		state "$states_block"
	done | sort | uniq -c | awk '{ printf "%s%s %s", comma, $1, $2; comma = ", " }'
}

# set_blocks WORD BLOCK...: writes WORD to each, to those that refuse it once more for the reason.
set_blocks() {
	set_word=$1 set_failed=0
	shift
	for set_block; do
		echo "$set_word" 2>/dev/null >"$MEMORY/memory$set_block/state" && continue
		set_answer=$(try_write "$set_word" "$MEMORY/memory$set_block/state")
		[ "$set_answer" = ok ] || { echo "block $set_block: $set_answer" && set_failed=1; }
	done
	return $set_failed
}

# dax_blocks DEVICE: the whole blocks in the device's mappings, ascending, as the kernel trims them.
dax_blocks() {
	dax_size=$(block_size)
	for dax_mapping in /sys/bus/dax/devices/"$1"/mapping[0-9]*; do
		dax_start=$(cat "$dax_mapping/start")
		dax_end=$(cat "$dax_mapping/end")
		seq $(((dax_start + dax_size - 1) / dax_size)) $(((dax_end + 1) / dax_size - 1))
	done | sort -n
}

# hold FILE: what is sent from a file into a pipe stays the file's page until it is read, and the memory that it
# lies in cannot be emptied until let_go.
hold() {
	[ -p /tmp/pipe ] || mkfifo /tmp/pipe
	sleep 1000 <>/tmp/pipe &
	hold_reader=$!
	busybox cat "$1" >/tmp/pipe &
	hold_sender=$!
	sleep 1
}

let_go() {
	kill "$hold_reader" "$hold_sender"
	wait "$hold_reader" "$hold_sender"
}

dax_driver() {
	dax_link=$(readlink "/sys/bus/dax/devices/$1/driver") && echo "${dax_link##*/}"
}

# Gives DEVICE to kmem (or to device_dax), as a careful program does it; blocks stay as they are.
dax_to() {
	to=/sys/bus/dax/drivers/$1
	now=$(dax_driver "$2")
	[ "$now" != "$1" ] || return 0
	if [ -n "$now" ]; then
		echo "$2" >"/sys/bus/dax/drivers/$now/unbind" || return 1
		[ "$now" = device_dax ] || echo "$2" >"/sys/bus/dax/drivers/$now/remove_id" 2>/dev/null
	fi
	echo "$2" >"$to/new_id" || return 1
	[ "$(dax_driver "$2")" = "$1" ] || echo "$2" >"$to/bind" || return 1
}

# iomem_has NAME DEPTH: /proc/iomem has a line with that name at that depth.
iomem_has() {
	grep -q "^$(printf '%*s' $((2 * $2)) '')[0-9a-f].* : $1\$" /proc/iomem
}

# page_flags PFN COUNT: /proc/kpageflags, a line a page: bits 0-31, then bits 32-63.
page_flags() {
	dd if=/proc/kpageflags bs=8 skip="$1" count="$2" 2>/dev/null |
		hexdump -v -e '2/4 "%08x " "\n"'
}

# page_flags_in BLOCK BIT: a page of the block has that flag (of bits 0 to 31).
page_flags_in() {
	flags_pages=$(($(block_size) / 4096))
	for flags_word in $(page_flags $(($1 * flags_pages)) $flags_pages | cut -d ' ' -f 1 | sort -u); do
		[ $((0x$flags_word >> $2 & 1)) = 1 ] && return 0
	done
	return 1
}

# vmstat NAME, zone_value NODE ZONE KEY: numbers of the kernel's.
vmstat() { sed -n "s/^$1 //p" /proc/vmstat; }

zone_value() {
	awk -v node="$1," -v zone="$2" -v key="$3" '
		$1 == "Node" { here = ($2 == node && $4 == zone) }
		here && $1 == "pages" { sub(/^ *pages /, "") }
		here && $1 == key { print $2; exit }' /proc/zoneinfo
}
