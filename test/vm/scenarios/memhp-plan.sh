# SPDX-License-Identifier: GPL-2.0-or-later
# Plans are data: the same as long as nothing changes that they depend on, carried out from a file only if
# they still hold, undone by what they say; and a place for all that is not in use.
#
# shapes: 7.2:hmem
# full: hmem cxl two far
# append: memhp_default_state=offline
# boot: any
# needs: memhp
# timeout: 600
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no # memory is filled, and caches dropped, meanwhile

# save VERB...: its plan is kept in /tmp/saved.
save() {
	check "memhp plan $*" memhp plan "$@" --json
	memhp plan "$@" --json >/tmp/saved
}

# stale WORD: the saved plan is refused, the sentence says WORD, and nothing is done.
stale() {
	machine_state >/tmp/state.stale
	run 6 apply /tmp/saved
	is "outcome" "$(said outcome)" stale
	matches "what has changed" "$(said error.message)" "*not as planned: *$1*"
	is_like_before "a plan that holds no more" /tmp/state.stale
	expect_exit 6 memhp apply -n /tmp/saved
}

# undo: the commands that the saved plan gives for it.
undo() {
	jq -r '.undo[]' /tmp/saved >/tmp/undo
	check "there is a way back" test -s /tmp/undo
	while read -r undo_command; do
		echo "     $undo_command"
		check "$undo_command" sh -c "$undo_command"
	done </tmp/undo
}

run 0 remove dax0.0
machine_state >/tmp/state.first
auto=$(cat $MEMORY/auto_online_blocks)

echo "-- the same plan"
save online --zone movable dax0.0
id=$(jq -r .plan_id /tmp/saved)
head -c 64M /dev/zero >/tmp/filled
find /usr -type f -exec cat {} + >/dev/null 2>&1
echo 3 >/proc/sys/vm/drop_caches
run 0 plan online --zone movable dax0.0
is "plan_id after other work" "$(said plan_id)" "$id"
rm /tmp/filled
run 0 online --zone movable dax0.0
run 0 remove dax0.0
run 0 plan online --zone movable dax0.0
is "plan_id when all is as it was" "$(said plan_id)" "$id"

echo "-- something has changed"
save online --zone movable dax0.0
echo online_movable >$MEMORY/auto_online_blocks
stale "auto_online_blocks was $auto, is online_movable"
echo "$auto" >$MEMORY/auto_online_blocks
ratio=$(cat /sys/module/memory_hotplug/parameters/auto_movable_ratio)
echo 400 >/sys/module/memory_hotplug/parameters/auto_movable_ratio
stale "auto_movable_ratio was $ratio, is 400"
echo "$ratio" >/sys/module/memory_hotplug/parameters/auto_movable_ratio
printf '[policy]\nmovable-ratio-deny = 7\n' >/etc/memhp.conf
stale "the policy"
rm /etc/memhp.conf
run 0 add dax0.0
stale "dax0.0:device_dax, are dax0.0:kmem"
run 0 remove dax0.0

echo "-- nothing has changed"
run 0 apply /tmp/saved
is "outcome" "$(said outcome)" "done"
as_predicted
all_in Movable dax0.0
stale "drivers of its devices"
undo
is_like_before "undone" /tmp/state.first

echo "-- a block behind its back"
run 0 online --zone movable dax0.0
machine_state >/tmp/state.online
save offline dax0.0
# shellcheck disable=SC2046 # numbers
set -- $(dax_blocks dax0.0)
echo offline >"$MEMORY/memory$2/state"
stale "the states of its blocks were"
echo online_movable >"$MEMORY/memory$2/state"
check "from a pipe" sh -c 'memhp apply - </tmp/saved'
is "block $1" "$(state "$1")" offline
undo
is_like_before "undone" /tmp/state.online

echo "-- taken out, and brought back"
save remove dax0.0
run 0 apply /tmp/saved
is "driver" "$(dax_driver dax0.0)" device_dax
undo
is_like_before "undone" /tmp/state.online

echo "-- what lifts a rule is not in a file"
memhp plan offline --boot-memory 1 --json >/tmp/saved
run 3 apply /tmp/saved
is "denied by" "$(said denied)" boot-memory
jq -c '.request.force = "boot-memory" | .steps = []' /tmp/saved >/tmp/hostile
run 3 apply /tmp/hostile
jq -c '.steps[0].path = "x" | .more = 1' /tmp/saved >/tmp/hostile
run 2 apply /tmp/hostile
run 2 apply /tmp/nowhere
as_user memhp apply /tmp/saved >/tmp/out 2>/tmp/err
is "as a user" $? 1
is_like_before "nothing is done" /tmp/state.online

echo "-- a place for what is not in use"
run 0 remove dax0.0
memhp plan --json >/tmp/saved
is "operation" "$(jq -r .operation /tmp/saved)" null
run 0 apply /tmp/saved
is "outcome" "$(said outcome)" "done"
as_predicted
all_in Movable dax0.0
run 0 plan
is "nothing is left to place" "$(said steps)" 0
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" "$auto"

echo "-- in one piece"
run 0 offline --contiguous --size 512M dax0.0
as_predicted
run 0 offline --contiguous --size 512M dax0.0
is "a second time" "$(said outcome)" already
offline=$((512 * 1024 * 1024 / $(block_size)))
is "blocks" "$(block_states "$@")" "$offline offline, $(($# - offline)) online"
