# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Predictions held against a real kernel: what a plan says of zones, of nr_memmap_pages and of kernel
# memory, and what is there when it has been carried out. memhp.sh sources this, and does it whenever a
# scenario changes memory.

PREDICT_TOLERANCE=2097152
PREDICT=yes # no: something else changes memory too

# "NODE ZONE present managed spanned" of every zone that has pages, as the kernel counts them.
kernel_zones() {
	awk '
		function say() { if (present > 0) print node, zone, present, managed, spanned }
		$1 == "Node" { say(); node = $2; sub(/,/, "", node); zone = $4; present = 0 }
		$1 == "spanned" { spanned = $2 }
		$1 == "present" { present = $2 }
		$1 == "managed" { managed = $2 }
		END { say() }' /proc/zoneinfo
}

# Bytes in use, of all zones: what neither is free nor lies on the lists of the processors. What moves from
# Movable to a kernel zone, or is dropped to make room, does not count, and a zone that grows brings its own
# free pages. First the kernel lets go of what it keeps of files that were looked at.
memory_used() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '
		$1 == "pages" && $2 == "free" { used -= $3 }
		$1 == "managed" { used += $2 }
		$1 == "count:" { used -= $2 }
		END { printf "%.0f\n", used * 4096 }' /proc/zoneinfo
}

# predict_before VERB...: the plan goes to /tmp/plan, if there is something to be held against it.
predict_before() {
	[ $PREDICT = yes ] || return 0
	predict_verb=$1
	case $1 in
	add | online | offline | remove) memhp plan "$@" --json ;;
	apply)
		predict_verb=$(sed -n 's/^"operation":"\(.*\)",/\1/p' "$2")
		memhp "$@" --dry-run --json
		;;
	*) return 0 ;;
	esac >/tmp/plan 2>/dev/null || : >/tmp/plan
	[ -s /tmp/plan ] || return 0
	predict_used=$(memory_used)
}

# predict_after: the kernel now, against what was said of the plan.
predict_after() {
	said zone >/tmp/zones.plan
	kernel_zones >/tmp/zones.kernel
	check "zones are as planned: present, managed, spanned" diff /tmp/zones.plan /tmp/zones.kernel
	predict_count=$(vmstat nr_memmap_pages)
	# shellcheck disable=SC2046 # numbers
	set -- $(said memmap_pages)
	# kernels differ in what they count for device_dax, and a plan knows it where it has a device
	if [ $# = 2 ] && [ "$predict_verb" = remove ]; then
		matches "nr_memmap_pages is $predict_count, as planned one of" " $1 $2 " "* $predict_count *"
	else
		is "nr_memmap_pages is as planned" "$predict_count" "$*"
	fi
	predict_taken=$(($(memory_used) - predict_used))
	predict_off=$((predict_taken - $(said taken)))
	echo "kernel memory: $predict_taken taken, $predict_off more than planned"
	check "kernel memory within $PREDICT_TOLERANCE bytes" \
		test "${predict_off#-}" -le $PREDICT_TOLERANCE
}
