# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the scenarios of memhp share: machines told by the kernel's own files, held against what memhp
# says of them. Sourced after lib.sh.

# shellcheck source=test/vm/guest/predict.sh
. /usr/lib/guest/predict.sh

# A record of every block's state and zone, of drivers and of auto-online: two are equal when the
# machine is as it was.
machine_state() {
	kernel_blocks
	for record_device in /sys/bus/dax/devices/*; do
		[ -e "$record_device" ] &&
			echo "${record_device##*/} $(dax_driver "${record_device##*/}")"
	done
	cat "$MEMORY/auto_online_blocks"
}

# is_like_before WHAT FILE: the machine is as machine_state recorded it in FILE.
is_like_before() {
	machine_state >/tmp/state.now
	if diff "$2" /tmp/state.now >/tmp/state.diff; then
		ok "$1: the machine is as it was"
	else
		fail "$1: the machine is not as it was: $(head -n 20 /tmp/state.diff)"
	fi
}

# said WORD: its value in the last answer; "null" where memhp said so.
said() {
	sed -n "s/^$1 //p" /tmp/said
}

# run WANTED-EXIT VERB...: memhp with --json; its object is kept in /tmp/out, stderr in /tmp/err. What
# has changed memory is held against the plan of it.
run() {
	run_wanted=$1
	shift
	: >/tmp/plan
	predict_before "$@"
	memhp "$@" --json >/tmp/out 2>/tmp/err
	run_exit=$?
	case " $run_wanted " in
	*" $run_exit "*) ok "exit $run_exit: memhp $*" ;;
	*) fail "memhp $* gave $run_exit, not $run_wanted: $(cat /tmp/err) $(head -c 600 /tmp/out)" ;;
	esac
	awk -v plan=/tmp/plan -f /usr/lib/guest/said.awk /tmp/plan /tmp/out >/tmp/said
	is "one object with the exit code" "$(said objects) $(said exit)" "1 $run_exit"
	cat /tmp/out >>/tmp/answers
	ANSWERS=$((ANSWERS + 1))
	[ ! -s /tmp/plan ] || [ $run_exit != 0 ] || predict_after
}

# All that was said is JSON, as many objects as answers.
: >/tmp/answers
ANSWERS=0
trap 'memhp_ends $?' EXIT

memhp_ends() {
	[ $ANSWERS = 0 ] || is "answers that are JSON" "$(jq -n '[inputs] | length' /tmp/answers)" $ANSWERS
	scenario_ends "$1"
}

# predict_all: the operations one after the other, from whatever the machine is in.
predict_all() {
	# The first run pays for what is loaded and cached once.
	memhp plan online --zone movable dax0.0 --json >/dev/null
	modprobe -a device_dax kmem
	run 0 online --zone movable dax0.0
	run 0 offline dax0.0
	run 0 online --zone movable --size 512M dax0.0
	run 0 remove dax0.0
	run 0 online --zone movable dax0.0
	run 0 remove --unbound dax0.0
	run 0 add dax0.0
	run 0 online --zone kernel dax0.0
	run "0 4" remove --unbound dax0.0 # the kernel may have put its own into it
}

# all_in ZONE DEVICE: every whole block of every mapping is online there, by the kernel's own word.
all_in() {
	# shellcheck disable=SC2046 # numbers
	set -- "$1" "$2" $(dax_blocks "$2")
	all_zone=$1 all_device=$2
	shift 2
	is "blocks of $all_device in $all_zone" "$(count_blocks online "$all_zone" "$@")" $#
	check "$all_device has whole blocks" test $# -gt 0
}

# as_predicted: the report in /tmp/out names no block that ended otherwise than planned.
as_predicted() {
	is "blocks otherwise than predicted" "$(said differences)" "[]"
}

# listed_as_kernel: every block, state, zone and node of `memhp list` as the kernel's files have them.
listed_as_kernel() {
	memhp list blocks --json | jq -r \
		'.blocks[] | "\(.block) \(.state) \(.zone // "-") \(.nodes | map(tostring) | join(","))"' \
		>/tmp/blocks.memhp
	kernel_blocks >/tmp/blocks.kernel
	check "memhp list is what the kernel says" diff /tmp/blocks.kernel /tmp/blocks.memhp
}

# block_states_there DEVICE: as block_states, of those of its blocks that exist.
block_states_there() {
	# shellcheck disable=SC2046 # numbers
	block_states $(for there_block in $(dax_blocks "$1"); do
		[ ! -e "$MEMORY/memory$there_block" ] || echo "$there_block"
	done)
}

# settled: KiB that are free, those at hand of processors included, and KiB of slabs; with caches empty.
settled() {
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	awk '$1 == "pages" && $2 == "free" { free += $3 }
		$1 == "count:" { free += $2 }
		$1 == "Slab:" { slab = $2 }
		END { print free * 4, slab }' /proc/zoneinfo /proc/meminfo
}

# cycle_bare COUNT: the same by the kernel's files alone.
cycle_bare() {
	bare_blocks=$(dax_blocks dax0.0)
	for bare_at in $(seq 1 "$1"); do
		dax_to kmem dax0.0 || fail "bare cycle $bare_at: kmem"
		# shellcheck disable=SC2086 # numbers
		set_blocks online_movable $bare_blocks || fail "bare cycle $bare_at: online"
		# shellcheck disable=SC2046,SC2086 # numbers
		set_blocks offline $(printf '%s\n' $bare_blocks | busybox tac) || fail "bare cycle $bare_at: offline"
		dax_to device_dax dax0.0 || fail "bare cycle $bare_at: device_dax"
	done
}

# cycle COUNT: dax0.0 is onlined and removed so often. What the first time cost (modules, caches) is
# not counted; of what comes after, no more than noise may be missing, or what the kernel loses by itself.
cycle() {
	cycle_failed=0
	memhp remove dax0.0 >/tmp/out 2>&1
	for cycle_at in $(seq 0 "$1"); do
		if ! memhp online --zone movable dax0.0 >/tmp/out 2>&1 || ! memhp remove dax0.0 >>/tmp/out 2>&1; then
			cycle_failed=$((cycle_failed + 1))
			cat /tmp/out
		fi
		[ "$cycle_at" != 0 ] || cycle_before=$(settled)
	done
	cycle_after=$(settled)
	echo "free and in slabs after the first time: $cycle_before KiB, after $1 more: $cycle_after KiB"
	is "failed of $1" $cycle_failed 0
	is "its blocks" "$(block_states_there dax0.0)" ""
	cycle_lost=$((${cycle_before% *} - ${cycle_after% *})) cycle_bare_lost=0
	if [ $cycle_lost -ge 4096 ]; then
		cycle_bare "$1"
		cycle_bare=$(settled)
		cycle_bare_lost=$((${cycle_after% *} - ${cycle_bare% *}))
		echo "lost: $cycle_lost KiB; in as many cycles without memhp: $cycle_bare_lost KiB"
	fi
	check "free memory within 4 MiB" test $cycle_lost -lt $((cycle_bare_lost + 4096))
	check "slabs within 4 MiB" test $((${cycle_after#* } - ${cycle_before#* })) -lt 4096
}
