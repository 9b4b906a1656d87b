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
			node = $2; sub(/,/, "", node); zone = $4; present = free = hand = 0
			counts = zone != "Movable" && zone != "Device"
		}
		$1 == "pages" && $2 == "free" { free = $3 }
		$1 == "present" { present = $2 }
		$1 == "count:" { hand += $2 }
		END { say() }' /proc/zoneinfo
}

# kernel_taken BEFORE AFTER SAID: bytes taken of kernel zones between two such tables, and how many more that
# is than planned. Free pages come and go between zones and processors all the time. So what a plan foresees
# of a node is held against both together; and where a zone has lost memory, which brings back what was at
# hand of it, what is there afterwards against what was to be there.
kernel_taken() {
	awk '
		FILENAME == ARGV[1] && $1 == "node" { planned[$2] = ($3 - $4) / 4096; left[$2] = $4 / 4096 }
		FILENAME == ARGV[1] { next }
		FILENAME == ARGV[2] { present[$1 $2] = $3; node[$1 $2] = $1; was[$1] += $4 + $5; hand[$1 $2] = $5; next }
		{ here[$1 $2] = $3; is[$1] += $4 + $5; was[$1] += 0 }
		END {
			for (zone in present)
				if (here[zone] < present[zone]) shrunk[node[zone]] = 1
				else kept[node[zone]] += hand[zone]
			for (n in was) {
				taken += was[n] - is[n]
				off += shrunk[n] ? left[n] + kept[n] - is[n] : was[n] - is[n] - planned[n]
			}
			printf "%.0f %.0f\n", taken * 4096, off * 4096
		}' "$3" "$1" "$2"
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
	predict_got=$(kernel_taken /tmp/free.before /tmp/free.after /tmp/said)
	predict_off=${predict_got#* }
	echo "kernel memory: ${predict_got% *} taken, $predict_off more than planned"
	# What else goes on in a guest takes memory too: it counts where the scenario is about that alone.
	[ "${PREDICT_MEMORY:-no}" = yes ] || return 0
	check "kernel memory within $PREDICT_TOLERANCE bytes" \
		test "${predict_off#-}" -le $PREDICT_TOLERANCE
}
