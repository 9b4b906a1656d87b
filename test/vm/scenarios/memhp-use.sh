# SPDX-License-Identifier: GPL-2.0-or-later
# Memory that is in use: by a program, by files, by huge pages. It goes offline all the same, and what was
# in it is unharmed. Where the kernel refuses one block, all is as it was.
#
# shapes: 7.2:hmem
# full: hmem
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 400
# shellcheck shell=sh disable=SC2046,SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no # programs take and give back memory meanwhile

movable_free() { zone_value 0 Movable free; }
huge() { sed -n "s/^HugePages_$1: *//p" /proc/meminfo; }

run 0 online --zone movable dax0.0
all_in Movable dax0.0
blocks=$(dax_blocks dax0.0)

echo "-- a program holds a million lines, a file system 64 MiB"
free=$(movable_free)
rm -f /tmp/go
{ seq 1 1000000; until [ -e /tmp/go ]; do sleep 0.2; done; } | busybox tac >/tmp/program.out &
program=$!
mkdir -p /mnt
mount -t tmpfs -o size=128M tmpfs /mnt
dd if=/dev/urandom of=/mnt/data bs=1M count=64 2>/dev/null
sum=$(md5sum </mnt/data)
check "it lies in Movable" test $((free - $(movable_free))) -gt 20000
run 0 offline dax0.0
is "its blocks" "$(block_states $blocks)" "16 offline"
check "the program runs on" kill -0 $program
: >/tmp/go
wait $program
is "what the program held" "$(md5sum </tmp/program.out)" "$(seq 1000000 -1 1 | md5sum)"
is "what the files hold" "$(md5sum </mnt/data)" "$sum"
umount /mnt
rm -f /tmp/program.out

echo "-- huge pages"
run 0 online --zone movable dax0.0
before=$(cat /proc/sys/vm/nr_hugepages)
free=$(movable_free)
echo 64 >/proc/sys/vm/nr_hugepages
is "huge pages" "$(huge Total)" 64
mount -t hugetlbfs none /mnt
check "a file of them" busybox fallocate -l 32M /mnt/file
check "they lie in Movable" test $((free - $(movable_free))) -gt 30000
# Some kernels go on for ever here, and log nothing (6.12): they are stopped, and all is as it was.
machine_state >/tmp/state.before
run "0 7" offline --block-timeout 15 dax0.0
echo "exit $run_exit: $(said error.message)"
if [ $run_exit = 0 ]; then
	is "its blocks" "$(block_states $blocks)" "16 offline"
else
	is_like_before "stopped" /tmp/state.before
fi
check "the file has its pages" test $(($(huge Total) - $(huge Free))) -ge 16
rm /mnt/file
umount /mnt
echo "$before" >/proc/sys/vm/nr_hugepages

echo "-- what is in a block that does not go"
block=$(memhp list blocks --pages --json | jq -r \
	'[.blocks[] | select(.state == "online" and .origin == "boot" and (.reasons | index("slab")))][0].block')
run 4 offline --boot-memory "$block"
is "stopped by" "$(said stopped_by)" kernel
matches "what is in it" "$(said error.message)" "*EBUSY*; of its pages now: *slab*"
check "a way out" json .error.hint /tmp/out

echo "-- the kernel refuses the fifth block"
# injected ERRNO VERB...: memhp, to whose write to the fifth block the kernel answers ERRNO.
injected() {
	injected_errno=$1
	shift
	memhp_command="strace -f -qq -o /tmp/trace -P $MEMORY/memory$fifth/state -e trace=write
		-e inject=write:error=$injected_errno memhp"
	$memhp_command "$@" --json >/tmp/out 2>/tmp/err
	is "exit of $*, $injected_errno" $? 4
	check "it was injected" grep -q "INJECTED" /tmp/trace
	is "outcome" "$(json .outcome /tmp/out)" rolled-back
	is "stopped by" "$(json .stopped_by /tmp/out)" kernel
	is "the block that is named" "$(json .error.object /tmp/out)" "memory$fifth"
	matches "why" "$(json .error.message /tmp/out)" "*($injected_errno)*"
	check "the block has an errno" json ".blocks[] | select(.block == $fifth) | .errno" /tmp/out
}
run 0 online --zone movable dax0.0
machine_state >/tmp/state.before
fifth=$(echo "$blocks" | tail -n 5 | head -n 1)
for errno in EBUSY EPERM; do
	injected $errno offline dax0.0
	is_like_before "offline, $errno" /tmp/state.before
done
fifth=$(echo "$blocks" | sed -n 5p)
run 0 offline dax0.0
machine_state >/tmp/state.before
injected ENOMEM online --zone movable dax0.0
is_like_before "online, ENOMEM" /tmp/state.before
run 0 online --zone movable dax0.0
all_in Movable dax0.0
