# SPDX-License-Identifier: GPL-2.0-or-later
# A machine recorded in the guest is the machine: list, map and plan say of both the same, byte for byte.
#
# shapes: 6.1:hmem 6.12:far 7.2:two 6.1:dimm 6.12:virtio-mem 7.2:nvdimm cxl
# full: hmem far two dimm virtio-mem nvdimm plain hmat unaligned large dimm-hotplug cxl-hotplug much
# append: any
# boot: reads
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# What counts while one looks: all else is compared as it is.
without_counters() {
	sed -E 's/"(free|kernel_free|kernel_available)_bytes": ?[0-9]+/"counts": 0/g' "$1"
}

# same AS-WHOM: the machine, and the file it has just been recorded into, each shown to that user.
same() {
	same_as=$1
	for same_words in "blocks" "ranges devices regions" "rules"; do
		# shellcheck disable=SC2086 # words
		$same_as memhp list $same_words >/tmp/live 2>/tmp/live.err
		# shellcheck disable=SC2086 # words
		$same_as memhp -r /tmp/machine.dump list $same_words >/tmp/dump 2>/tmp/dump.err
		check "list $same_words ($2)" cmp /tmp/live /tmp/dump
		check "what it could not read ($2)" cmp /tmp/live.err /tmp/dump.err
	done
	$same_as memhp map >/tmp/live 2>&1
	$same_as memhp -r /tmp/machine.dump map >/tmp/dump 2>&1
	check "map ($2)" cmp /tmp/live /tmp/dump
	same_json "$2" list ranges devices regions nodes zones memmap blocks
	check "it has blocks ($2)" grep -q '"state": *"online"' /tmp/live.json
	same_json "$2" plan online --zone movable all
	same_json "$2" plan offline all
	same_json "$2" policy
}

# same_json AS VERB...: what it prints as JSON, but for what counts.
same_json() {
	same_who=$1
	shift
	$same_as memhp "$@" --json >/tmp/live 2>/tmp/live.err
	echo "exit $?" >>/tmp/live.err
	$same_as memhp -r /tmp/machine.dump "$@" --json >/tmp/dump 2>/tmp/dump.err
	echo "exit $?" >>/tmp/dump.err
	without_counters /tmp/live >/tmp/live.json
	without_counters /tmp/dump >/tmp/dump.json
	check "$*, but for what counts ($same_who)" diff /tmp/live.json /tmp/dump.json
	check "what it says of it, and the exit code ($same_who)" diff /tmp/live.err /tmp/dump.err
}

printf '[policy]\nzone = movable\n' >/etc/memhp.conf
run 0 dump /tmp/machine.dump
same "" "as root"
check "a dump of the dump is the dump" sh -c 'memhp -r /tmp/machine.dump dump - | cmp - /tmp/machine.dump'
check "nothing is left beside it" test "$(find /tmp -name 'machine.dump.*' | wc -l)" = 0

[ ! -e /sys/bus/dax/devices/dax0.0 ] || run 2 -r /tmp/machine.dump online dax0.0

echo "-- without privilege"
rm /tmp/machine.dump
as_user memhp dump /tmp/machine.dump 2>/dev/null
is "exit as a user" $? 0
same as_user "as a user"

echo "-- anonymous"
run 0 dump --anonymous /tmp/anonymous.dump
check_not "the boot id" grep -q "$(cat /proc/sys/kernel/random/boot_id)" /tmp/anonymous.dump
check_not "the host's name" grep -q "kernel/hostname" /tmp/anonymous.dump
check_not "a serial" grep -q "/serial" /tmp/anonymous.dump
check_not "a uuid" grep -q "/uuid" /tmp/anonymous.dump

echo "-- cut off"
head -c 3000 /tmp/anonymous.dump >/tmp/cut.dump
run 2 -r /tmp/cut.dump list
matches "stderr" "$(cat /tmp/err)" "memhp: /tmp/cut.dump: *"
run 1 dump /no/such/directory/machine.dump
rm /etc/memhp.conf
