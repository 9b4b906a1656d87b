# SPDX-License-Identifier: GPL-2.0-or-later
# Between memhp's last look and the unbind somebody onlines a block, which nothing can prevent: the kernel keeps the
# memory. That is said, with what it takes, and nothing more is done to it, then or later.
#
# full: hmem
# append: memhp_default_state=offline
# boot: last
# needs: memhp
# expect: cannot be hotremoved
# expect: removing memory fails, because memory \[.*\] is onlined
# shellcheck shell=sh disable=SC2086 # lists of block numbers

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

PREDICT=no

all_offline() {
	for path in $states; do
		read -r word <"$path"
		[ "$word" = offline ] || return 1
	done
}

run 0 online --zone movable dax0.0
blocks=$(dax_blocks dax0.0)
states=$(for block in $blocks; do echo "$MEMORY/memory$block/state"; done | tr '\n' ' ')
middle=$(echo "$blocks" | sed -n 8p)
echo online_movable >$MEMORY/auto_online_blocks
(
	until all_offline; do :; done
	sleep 3 # it looks once more, and then writes
	echo online_movable >"$MEMORY/memory$middle/state"
) &
strace -f -o /tmp/strace -P /sys/bus/dax/drivers/kmem/unbind -e trace=write -e inject=write:delay_enter=6000000 \
	memhp remove dax0.0 --json >/tmp/out 2>/tmp/err
is "exit" $? 4
cat /tmp/err
is "outcome" "$(json .outcome /tmp/out)" partial
is "stopped by" "$(json .stopped_by /tmp/out)" kernel
is "what it is about" "$(json .error.object /tmp/out)" dax0.0
matches "what it takes" "$(json .error.message /tmp/out)" "*only a reboot*"
is "blocks" "$(block_states $blocks)" "15 offline, 1 online"
is "as reported" "$(jq -r '.blocks[].after' /tmp/out | sort | uniq -c | awk '{ print $1, $2 }' | tr '\n' ' ')" \
	"15 offline 1 online "
is "mode" "$(memhp list devices --json | jq -r '.devices[0].mode')" leaked
is "driver" "$(dax_driver dax0.0)" ""
is "auto_online_blocks" "$(cat $MEMORY/auto_online_blocks)" online_movable
check_not "a journal is left" test -e /run/memhp/journal

echo "-- later"
machine_state >/tmp/state.before
for verb in add remove; do
	run 1 $verb dax0.0
	matches "why" "$(said error.message)" "*reboot*"
done
is_like_before "later" /tmp/state.before
