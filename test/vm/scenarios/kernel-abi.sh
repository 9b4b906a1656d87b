# SPDX-License-Identifier: GPL-2.0-or-later
# What memhp relies on in /sys/devices/system/memory and beside it, of every kernel and machine: the
# files, their words and how a write is answered. Asserts nothing that the kernel does not promise.
#
# shapes: 6.12:plain hmem far 6.1:unaligned 7.2:unaligned 7.2:large cxl 6.1:much 6.1:much-dax
# full: plain unaligned large dimm
# boot: reads
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

first=$(all_blocks | head -n 1)
one=$(kernel_blocks | awk '$2 == "online" && $3 != "none" { print $1; exit }')

# A block that can be offlined: what was hot-added, or the last of boot memory that lets go.
spare='' spare_was=''
for block in $(all_blocks | sort -rn); do
	spare_was=$(state "$block")
	[ "$(state "$block")" = offline ] || [ "$(try_write offline "$MEMORY/memory$block/state")" = ok ] &&
		spare=$block && break
done

echo "-- numbers"
matches "block_size_bytes is bare hexadecimal" "$(cat $MEMORY/block_size_bytes)" '[1-9a-f]*000000'
is "phys_index is eight hexadecimal digits" "$(cat "$MEMORY/memory$one/phys_index")" \
	"$(printf '%08x' "$one")"
check "no block number twice or with leading zeros" test "$(all_blocks | sort -u | wc -l)" = \
	"$(find $MEMORY -maxdepth 1 -name 'memory[0-9]*' | wc -l)"

echo "-- words"
for block in $(all_blocks); do
	read -r word <"$MEMORY/memory$block/state"
	read -r zone <"$MEMORY/memory$block/valid_zones"
	case $word in
	online | offline) ;;
	*) fail "state of block $block: $word" ;;
	esac
	case "$word $zone" in
	"online none" | "online DMA" | "online DMA32" | "online Normal" | "online Movable") ;;
	"offline Normal Movable" | "offline Movable Normal" | "offline DMA32 Movable" | \
		"offline DMA32 Normal Movable" | "offline Movable DMA32" | "offline Normal") ;;
	*) fail "block $block: $word, valid_zones '$zone'" ;;
	esac
done
ok "state and valid_zones have known words"
is "block 0 spans zones" "$(zones "$first")" none
auto=$(cat $MEMORY/auto_online_blocks)
matches "auto_online_blocks" "$auto" "o*line*"
is "auto_online_blocks as booted" "$auto" "$(kernel_at_least 6.12 && echo online || echo offline)"
for word in offline online_kernel online_movable online; do
	is "auto_online_blocks takes $word" "$(try_write $word $MEMORY/auto_online_blocks)" ok
	is "auto_online_blocks reads" "$(cat $MEMORY/auto_online_blocks)" $word
done
is "auto_online_blocks refuses another word" "$(try_write movable $MEMORY/auto_online_blocks)" EINVAL
echo "$auto" >$MEMORY/auto_online_blocks

echo "-- parameters"
parameters=/sys/module/memory_hotplug/parameters
asked=N
grep -q memmap_on_memory=1 /proc/cmdline && asked=Y
is "memmap_on_memory" "$(cat $parameters/memmap_on_memory)" $asked
is "online_policy" "$(cat $parameters/online_policy)" contig-zones
is "auto_movable_ratio" "$(cat $parameters/auto_movable_ratio)" 301
is "auto_movable_numa_aware" "$(cat $parameters/auto_movable_numa_aware)" Y

echo "-- the same word twice, on block $one"
is "state online again" "$(try_write online "$MEMORY/memory$one/state")" EINVAL
is "online 1 again" "$(try_write 1 "$MEMORY/memory$one/online")" ok
is "state takes no other word" "$(try_write Online "$MEMORY/memory$one/state")" EINVAL
is "block 0, with holes, stays" "$(try_write offline "$MEMORY/memory$first/state")" EINVAL
is "an ordinary user writes nothing" \
	"$(as_user sh -c ". /usr/lib/guest/lib.sh; try_write online $MEMORY/memory$one/state" |
		head -n 1)" EACCES

if [ -n "$spare" ]; then
	echo "-- off and on, with block $spare"
	is "state" "$(state "$spare")" offline
	is "offline again" "$(try_write offline "$MEMORY/memory$spare/state")" EINVAL
	matches "an offline block lists a kernel zone and Movable" "$(zones "$spare")" "*Movable*"
	matches "and more than one" "$(zones "$spare")" "* *"
	is "online_movable" "$(try_write online_movable "$MEMORY/memory$spare/state")" ok
	is "its zone" "$(zones "$spare")" Movable
	is "online_kernel when online" "$(try_write online_kernel "$MEMORY/memory$spare/state")" EINVAL
	is "its zone still" "$(zones "$spare")" Movable
	is "offline" "$(try_write offline "$MEMORY/memory$spare/state")" ok
	is "online_kernel" "$(try_write online_kernel "$MEMORY/memory$spare/state")" ok
	check_not "its zone is a kernel zone" test "$(zones "$spare")" = Movable
	[ "$spare_was" = online ] || echo offline >"$MEMORY/memory$spare/state"
fi

echo "-- owners"
is "blocks without a node link" "$(kernel_blocks | awk '$4 == "" { print $1 }')" ""
matches "iomem for root" "$(grep -m 1 'System RAM' /proc/iomem)" "*-*[1-9a-f]* : System RAM"
matches "iomem for others" "$(as_user grep -m 1 'System RAM' /proc/iomem)" \
	"00000000-00000000 : System RAM"
is "vmstat counts memmap pages" "$(vmstat nr_memmap_pages | grep -c .)" \
	"$(kernel_at_least 6.12 && echo 1 || echo 0)"
is "crash_hotplug is there" "$(test -e $MEMORY/crash_hotplug && echo yes)" \
	"$(kernel_at_least 6.12 && echo yes)"
