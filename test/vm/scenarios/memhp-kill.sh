# SPDX-License-Identifier: GPL-2.0-or-later
# memhp is killed while it works: the same command completes it, and what was parked is put back.
#
# shapes: hmem
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

journal=/run/memhp/journal
auto=online
echo $auto >$MEMORY/auto_online_blocks

no_memhp() { ! pidof memhp >/dev/null; }

# kill_when CONDITION ARG...: runs memhp with ARGs and kills it -9 as soon as the shell command
# CONDITION holds; false if memhp was done before.
kill_when() {
	kill_condition=$1
	shift
	memhp "$@" >/tmp/killed.out 2>&1 &
	kill_pid=$!
	while kill -0 $kill_pid 2>/dev/null; do
		if sh -c "$kill_condition" 2>/dev/null; then
			kill -9 $kill_pid
			wait $kill_pid
			# What the kernel has begun for it goes on: the device has no driver before its memory is let go.
			wait_for 20 "the write that is under way" no_memhp
			return 0
		fi
	done
	wait $kill_pid
	return 1
}

# how_many_online: of the files in $files.
how_many_online() {
	# shellcheck disable=SC2086 # files
	cat $files | grep -cx online
}

memhp remove dax0.0 >/tmp/out 2>&1
if [ "$(dax_driver dax0.0)" = kmem ]; then
	skip "the kernel could not empty what it had put in Normal"
fi

echo "-- killed while auto-online is parked"
tries=0
until kill_when "grep -q auto-online $journal" online --zone movable dax0.0; do
	tries=$((tries + 1))
	[ $tries -lt 5 ] || break
	run 0 remove dax0.0
done
check "it was killed" test $tries -lt 5
if [ "$(cat $MEMORY/auto_online_blocks)" = offline ]; then
	echo "killed with auto_online_blocks at offline"
	matches "list tells" "$(memhp list)" "*memhp recover*"
	run 0 recover -n
	is "a plan writes nothing" "$(cat $MEMORY/auto_online_blocks)" offline
fi
run 0 online --zone movable dax0.0
all_in Movable dax0.0
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
check_not "a journal is left" test -e $journal

echo "-- killed, and only recovered"
run 0 remove dax0.0
kill_when "grep -q auto-online $journal" online --zone movable dax0.0
run 0 recover
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
check_not "a journal is left" test -e $journal
run 0 recover
is "outcome" "$(said outcome)" already

echo "-- killed in the middle of 16 blocks"
run 0 online --zone movable dax0.0
files=$(for block in $(dax_blocks dax0.0); do echo "$MEMORY/memory$block/state"; done | tr '\n' ' ')
count=16 tries=0
while [ "$count" -ge 16 ] && [ $tries -lt 5 ]; do
	run 0 offline dax0.0
	kill_when "[ \$(cat $files | grep -cx online) -ge 3 ]" online --zone movable dax0.0
	count=$(how_many_online)
	tries=$((tries + 1))
done
echo "$count of 16 blocks are online"
check "killed in the middle" test "$count" -ge 3 -a "$count" -lt 16
run 0 online --zone movable dax0.0
all_in Movable dax0.0
as_predicted
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"
echo offline >$MEMORY/auto_online_blocks
