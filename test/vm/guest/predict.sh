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

# "NODE ZONE present free at-hand" of the kernel zones, in pages; at hand is what is free on lists of the
# processors.
kernel_free() {
	awk '
		function say() { if (counts) print node, zone, present, free, hand; counts = 0 }
		$1 == "Node" {
			say()
			node = $2; zone = $4; present = free = hand = 0
			counts = zone != "Movable" && zone != "Device"
		}
		$1 == "pages" && $2 == "free" { free = $3 }
		$1 == "present" { present = $2 }
		$1 == "count:" { hand += $2 }
		END { say() }' /proc/zoneinfo
}

# kernel_taken BEFORE AFTER: bytes taken of kernel zones between two such tables. What was at hand of a
# zone that has lost memory has come back to it, as the plan says, and may be at hand again.
kernel_taken() {
	awk '
		NR == FNR { present[$1 $2] = $3; free[$1 $2] = $4; hand[$1 $2] = $5; next }
		{ here[$1 $2] = $3; taken -= $4 + $5 }
		END {
			for (zone in free)
				taken += free[zone] + (here[zone] < present[zone] ? 0 : hand[zone])
			printf "%.0f\n", taken * 4096
		}' "$1" "$2"
}

# predict_before VERB...: the plan goes to /tmp/plan, if there is something to be held against it.
predict_before() {
	[ $PREDICT = yes ] || return 0
	case $1 in
	add | online | offline | remove) memhp plan "$@" --json ;;
	apply) memhp "$@" --dry-run --json ;;
	*) return 0 ;;
	esac >/tmp/plan 2>/dev/null || rm /tmp/plan
	[ -e /tmp/plan ] || return 0
	predict_verb=$1
	kernel_free >/tmp/free.before
}

# predict_after: the kernel now, against what was said of the plan.
predict_after() {
	said zone >/tmp/zones.plan
	kernel_zones >/tmp/zones.kernel
	check "zones are as planned: present, managed, spanned" diff /tmp/zones.plan /tmp/zones.kernel
	predict_count=$(said memmap_pages)
	if [ -z "$predict_count" ] && [ "$predict_verb" = remove ]; then
		# kernels differ in what they count for device_dax, and a plan knows it where it has a device
		echo "nr_memmap_pages is not foreseen"
	else
		is "nr_memmap_pages is as planned" "$(vmstat nr_memmap_pages)" "$predict_count"
	fi
	kernel_free >/tmp/free.after
	predict_got=$(kernel_taken /tmp/free.before /tmp/free.after)
	predict_off=$((predict_got - $(said taken)))
	echo "kernel memory: $predict_got taken, $predict_off more than planned"
	check "kernel memory within $PREDICT_TOLERANCE bytes" \
		test "${predict_off#-}" -le $PREDICT_TOLERANCE
}
