# shellcheck shell=sh
# Predictions held against a real kernel: what a plan says of zones, of nr_memmap_pages and of kernel
# memory, and what is there when it has been carried out. Sourced after memhp.sh.

PREDICT_TOLERANCE=2097152

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

# predict VERB...: plans it, does it, and holds the plan against the kernel.
predict() {
	echo "-- $*"
	memhp plan "$@" --json >/tmp/plan 2>/tmp/err || {
		fail "memhp plan $* gave $?: $(cat /tmp/err) $(jq -c .findings /tmp/plan)"
		return 1
	}
	predict_free=$(kernel_free)
	run "0 4" "$@"
	if [ $run_exit = 4 ]; then
		echo "the kernel would not: $(json -r .error.message /tmp/out)"
		return 4
	fi
	as_predicted
	plan_zones /tmp/plan >/tmp/zones.plan
	kernel_zones >/tmp/zones.kernel
	check "zones: present, managed, spanned" diff /tmp/zones.plan /tmp/zones.kernel
	is "nr_memmap_pages" "$(vmstat nr_memmap_pages)" \
		"$(json -r '.memmap_pages_after // empty' /tmp/plan)"
	predict_wanted=$(json '.before.kernel_free_bytes - .after.kernel_free_bytes' /tmp/plan)
	predict_got=$((predict_free - $(kernel_free)))
	predict_off=$((predict_got - predict_wanted))
	echo "kernel memory: $predict_wanted predicted, $predict_got taken, $predict_off off"
	check "kernel memory within $PREDICT_TOLERANCE bytes" \
		test "${predict_off#-}" -le $PREDICT_TOLERANCE
}

# predict_all: the operations one after the other, from whatever the machine booted with.
predict_all() {
	# The first run pays for what is loaded and cached once.
	memhp plan online --zone movable dax0.0 --json >/dev/null
	modprobe -a device_dax kmem
	predict online --zone movable dax0.0
	predict offline dax0.0
	predict online --zone movable --size 512M dax0.0
	predict remove dax0.0
	predict add dax0.0
	predict online --zone kernel dax0.0
	predict remove --unbound dax0.0 || return 0
	predict online --zone movable dax0.0
	predict remove --unbound dax0.0
}
