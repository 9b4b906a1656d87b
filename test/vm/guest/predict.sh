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

# The same of a plan in FILE.
plan_zones() {
	jq -r '.zones_after[] | select(.present_bytes > 0) |
		"\(.node) \(.zone) \(.present_bytes / 4096) \(.managed_bytes / 4096) \(.spanned_bytes / 4096)"' \
		"$1"
}

# Free bytes of all kernel zones, those included that processors keep at hand: whatever offlines memory
# empties their lists, so that they would come and go by megabytes.
kernel_free() {
	awk '
		$1 == "Node" { counts = $4 != "Movable" && $4 != "Device" }
		counts && $1 == "pages" && $2 == "free" { free += $3 }
		counts && $1 == "count:" { free += $2 }
		END { printf "%.0f\n", free * 4096 }' /proc/zoneinfo
}

# predict_before VERB...: the plan, and what is free now. Fails where there is nothing to hold it against.
predict_before() {
	[ $PREDICT = yes ] || return 1
	case $1 in add | online | offline | remove) ;; *) return 1 ;; esac
	memhp plan "$@" --json >/tmp/plan 2>/dev/null || return 1
	predict_free=$(kernel_free)
}

# predict_after: the kernel now, against the plan.
predict_after() {
	plan_zones /tmp/plan >/tmp/zones.plan
	kernel_zones >/tmp/zones.kernel
	check "zones are as planned: present, managed, spanned" diff /tmp/zones.plan /tmp/zones.kernel
	is "nr_memmap_pages is as planned" "$(vmstat nr_memmap_pages)" \
		"$(jq -r '.memmap_pages_after // empty' /tmp/plan)"
	predict_wanted=$(json '.before.kernel_free_bytes - .after.kernel_free_bytes' /tmp/plan)
	predict_got=$((predict_free - $(kernel_free)))
	predict_off=$((predict_got - predict_wanted))
	echo "kernel memory: $predict_wanted planned, $predict_got taken, $predict_off off"
	check "kernel memory within $PREDICT_TOLERANCE bytes" \
		test "${predict_off#-}" -le $PREDICT_TOLERANCE
}
