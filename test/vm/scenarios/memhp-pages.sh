# SPDX-License-Identifier: GPL-2.0-or-later
# What page flags say of blocks is what the kernel then does with them: where the memmap of a device
# lies, and which blocks can be taken offline. Without privilege all else is shown.
#
# shapes: 7.2:far
# full: far cxl
# append: memhp_default_state=offline memory_hotplug.memmap_on_memory=1
# boot: last
# needs: memhp
# timeout: 400
# shellcheck shell=sh disable=SC2013,SC2016,SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# of BLOCK KEY: what memhp says of it now.
of() {
	memhp list blocks --pages --target "$1" --json | jq -r ".blocks[0].$2"
}

# device_verdicts: how many of the device's blocks are said to be what: "15 yes, 1 likely".
device_verdicts() {
	memhp list blocks --pages --target dax0.0 --json | jq -r '.blocks[].offlineable' |
		sort | uniq -c | awk '{ printf "%s%s %s", comma, $1, $2; comma = ", " }'
}

# try_offline BLOCK SECONDS: what the kernel makes of it in that time.
try_offline() {
	timeout "$2" busybox ash -c 'echo offline >"$1"' ash "$MEMORY/memory$1/state" 2>/dev/null
	state "$1"
}

echo "-- a device in Movable"
run 0 online --zone movable dax0.0
blocks=$(dax_blocks dax0.0)
first=$(echo "$blocks" | head -n 1)
run 0 list blocks memmap --pages
is "nothing unreadable" "$(jq -c .errors /tmp/out)" "[]"
check "every online block has a verdict" jq -e \
	'[.blocks[] | select(.state == "online" and .offlineable == "unknown")] == []' /tmp/out
matches "verdicts" "$(device_verdicts)" "*16 yes*"
check "the verdict is no surprise: nothing of it is in use" \
	sh -c "! memhp list blocks --pages --target dax0.0 | grep -q unlikely"

echo "-- where its memmap lies"
self=$(cat /sys/bus/dax/devices/dax0.0/memmap_on_memory) # left there by who was here before
pages=$(awk '/, zone/ { here = /Movable/ } here && $1 == "present" { pages += $2 }
	here && $1 == "managed" { pages -= $2 } END { print pages }' /proc/zoneinfo)
node=$(cat /sys/bus/dax/devices/dax0.0/target_node)
is "on the memory itself, as zoneinfo has it" \
	"$(jq ".memmap[] | select(.node == $node) | .on_memory_bytes" /tmp/out)" $((pages * 4096))
is "as the device asks for it" "$pages" $((self * 16 * 512))
[ "$self" = 0 ] || is "first pages" "$(page_flags $((first * 32768)) 512 | sort -u)" "00000000 00000020"
is "of the first block" "$(of "$first" memmap_on_memory)" \
	"$(test "$pages" -gt 0 && echo true || echo false)"

echo "-- in use"
mount -t tmpfs tmpfs /mnt
# Whatever a program fills, it fills where the kernel likes; files of 1.5 GiB reach the device or not.
dd if=/dev/zero of=/mnt/file bs=1M count=1500 2>/dev/null
check "no block of it is lost" test "$(device_verdicts | grep -c unknown)" = 0
run 0 dump --pages --target dax0.0 /tmp/pages.dump
memhp list blocks --pages --target dax0.0 >/tmp/live
memhp -r /tmp/pages.dump list blocks --pages --target dax0.0 >/tmp/recorded
check "the recording says the same" diff /tmp/live /tmp/recorded
check "recorded again it is the same" sh -c \
	'memhp -r /tmp/pages.dump dump --pages --target dax0.0 - | cmp - /tmp/pages.dump'
run 0 -r /tmp/pages.dump list blocks --pages
check "of other blocks it says so" jq -e '.errors[] | select(.path == "proc/kpageflags")' /tmp/out
rm /mnt/file

echo "-- what the kernel says"
memhp list blocks --pages --json | jq -r \
	'.blocks[] | select(.state == "online") | "\(.zone) \(.offlineable) \(.block)"' >/tmp/verdicts
check "most blocks are certain" test "$(grep -c ' likely\| unlikely' /tmp/verdicts)" -lt \
	"$(grep -c ' yes\| no' /tmp/verdicts)"
# Some of each kind: each is looked at again just before, for a kernel zone's blocks do not stay as they are.
for block in $(awk 'seen[$1 $2]++ < 2 { print $3 }' /tmp/verdicts); do
	zone=$(zones "$block")
	said=$(of "$block" offlineable)
	case $said in
	yes | no) now=$(try_offline "$block" 10) ;;
	*) now=$(try_offline "$block" 2) ;;
	esac
	case $said-$now in
	yes-offline | no-online) ok "block $block ($zone): $said, is $now" ;;
	likely-* | unlikely-*) echo "block $block ($zone): $said, is $now" ;;
	*) fail "block $block ($zone): $said, is $now: $(of "$block" reasons)" ;;
	esac
	[ "$now" = online ] || try_write online "$MEMORY/memory$block/state" >/dev/null
done

echo "-- without privilege"
as_user memhp list blocks nodes --pages --json >/tmp/out
is "what cannot be read" "$(jq -c '[.errors[] | select(.path == "proc/kpageflags") | .errno]' /tmp/out)" "[13]"
is "all blocks are there" "$(jq '.blocks | length' /tmp/out)" "$(all_blocks | wc -l)"
is "nothing is invented" "$(jq -c '[.blocks[].offlineable] | unique' /tmp/out | sed 's/"no",//; s/null,//')" '["unknown"]'
