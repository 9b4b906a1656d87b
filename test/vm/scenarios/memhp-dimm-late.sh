# SPDX-License-Identifier: GPL-2.0-or-later
# An eject that comes later than it is waited for: somebody's offline, which does not come to its end, holds up all
# hotplug. memhp says in time that the memory may go yet; then it goes, and the same command finds nothing to do.
#
# full: dimm-hotplug
# append: memhp_default_state=offline
# boot: last
# needs: memhp
# timeout: 600
# shellcheck shell=sh disable=SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

PREDICT=no
time_given=30 # as long as an eject is waited for, and this is for what is done before it, too

# plug SIZE NODE COUNT: a DIMM of COUNT blocks, which are then in $plugged.
plug() {
	plug_before=$(dimm_blocks)
	check "plug $1 on node $2" host qmp plug-dimm "$1" "$2"
	check "its blocks appear" wait_for 20 "$3 blocks" have_blocks $(($(echo $plug_before | wc -w) + $3))
	wait_blocks
	plugged=$(dimm_blocks | grep -vxF "$plug_before")
}

# plug_ours: the DIMM that is to go, $name, in Movable.
plug_ours() {
	plug 1G 1 8
	blocks=$plugged
	device=$(readlink -f "$MEMORY/memory${blocks%%[!0-9]*}/firmware_node")
	name=${device##*/}
	run 0 online --zone movable "$name"
	states=$(for block in $blocks; do echo "$MEMORY/memory$block/state"; done | tr '\n' ' ')
}

# hold_block: $held cannot be emptied, until free_block.
hold_block() {
	check "memory$held is online" set_blocks online_movable "$held"
	dd if=/dev/urandom of=/mnt/data bs=1M count=8 2>/dev/null
	hold /mnt/data
}

free_block() {
	is "somebody's offline is at it" "$(state "$held")" going-offline
	let_go
	wait $blocker
	is "it has come to its end" "$(state "$held")" offline
	rm /mnt/data
}

all_offline() {
	for path in $states; do
		read -r word <"$path"
		[ "$word" = offline ] || return 1
	done
}

is_gone() {
	for block in $blocks; do
		[ ! -e "$MEMORY/memory$block" ] || return 1
	done
}

# remove ARG...: between the last block of the DIMM and its eject somebody takes $held offline.
remove() {
	(
		until all_offline; do :; done
		echo offline >"$MEMORY/memory$held/state"
	) &
	blocker=$!
	began=$(cut -d. -f1 /proc/uptime)
	strace -f -o /tmp/strace -P "$device/eject" -e trace=write -e inject=write:delay_enter=6000000 \
		memhp remove --timeout $time_given --block-timeout 2 "$@" --json >/tmp/out 2>/tmp/err
	status=$?
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	cat /tmp/err
	check "it was asked for" grep -q '"1", 1) *= 1 (DELAYED)' /tmp/strace
	is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" online_movable
	check_not "a journal is left" test -e /run/memhp/journal
}

# gave_up: what memhp says when it has waited long enough.
gave_up() {
	is "exit" $status 7
	is "stopped by" "$(json .stopped_by /tmp/out)" timeout
	is "outcome" "$(json .outcome /tmp/out)" partial
	is "what it is about" "$(json .error.object /tmp/out)" "$name"
	matches "why" "$(json .error.message /tmp/out)" \
		"*8 of its blocks are still there*still at it; memory$held is going offline*"
	matches "what may come" "$(json .error.hint /tmp/out)" "*may still go later*"
	is "its blocks" "$(block_states $blocks)" "8 offline"
}

# has_gone: and the same command again finds nothing to do.
has_gone() {
	check "it goes late" wait_for 60 "no block" is_gone
	run 0 remove "$name"
	is "the same command again" "$(said outcome)" already
	is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" online_movable
}

mkdir -p /mnt
mount -t tmpfs tmpfs /mnt
plug 128M 0 1
held=$plugged
hold_block
plug_ours
echo online_movable >$MEMORY/auto_online_blocks

echo "-- what was done is kept"
remove --on-error keep "$name"
gave_up
check "in time" test $took -lt $((time_given + 10))
free_block
has_gone

echo "-- what was done is to be put back, and that is held up as well"
hold_block
plug_ours
remove "$name"
gave_up
check "in time, and putting back too" test $took -lt $((time_given + 10 + 8 * 2))
is "blocks that would not come back" \
	"$(jq -r '.blocks[] | select(.message | contains("in the time given")) | .after' /tmp/out | sort | uniq -c |
		awk '{ print $1, $2 }')" "8 offline"
free_block
has_gone

echo "-- it goes while what was done is being put back"
hold_block
plug_ours
(
	sleep $((time_given + 6))
	let_go
) &
remove "$name"
echo "exit $status: $(json .outcome /tmp/out)"
wait
rm /mnt/data
if [ $status = 0 ]; then
	is "outcome" "$(json .outcome /tmp/out)" "done"
	is "blocks as reported" "$(jq -r '.blocks[] | .after + " " + .by' /tmp/out | uniq -c | awk '{ print $1, $2, $3 }')" \
		"8 absent memhp"
	is "stopped by" "$(jq -r .stopped_by /tmp/out)" null
	check "it has gone" is_gone
else
	# All of it had come back before the kernel came to the eject.
	is "exit, and outcome" "$status $(json .outcome /tmp/out)" "7 rolled-back"
fi
has_gone
