# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong input, no privilege, and plans: the right exit code, one sentence, and nothing changed.
#
# shapes: hmem
# boot: reads
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

machine_state >/tmp/state.before

# one_sentence: what the last memhp said on stderr.
one_sentence() {
	is "lines on stderr" "$(wc -l </tmp/err | tr -d ' ')" 1
	matches "stderr" "$(cat /tmp/err)" "memhp: *"
}

run 5 online dax9.9
one_sentence
run 5 offline 99999
one_sentence
run 3 offline 0-3
matches "denied by" "$(said denied)" "*boot-memory*"
one_sentence
run 2 online --zone dma dax0.0
one_sentence
run 2 online
run 2 frobnicate
run 2 offline 0x1000-0x2000
run 2 list --zone movable
is_like_before "after wrong input" /tmp/state.before

echo "-- a recorded machine"
run 2 -r / online dax0.0
one_sentence
run 0 -r / online -n dax0.0
is_like_before "after a recorded machine" /tmp/state.before

echo "-- without privilege"
as_user memhp online dax0.0 >/tmp/out 2>/tmp/err
is "exit as a user" $? 1
one_sentence
as_user memhp offline 0-3 >/tmp/out 2>/tmp/err
is "exit as a user, where a rule would deny too" $? 1
as_user memhp list >/tmp/out 2>/tmp/err
is "list as a user" $? 0
as_user memhp online dax9.9 >/tmp/out 2>/tmp/err
is "no such target as a user" $? 5

echo "-- plan writes nothing"
strace -f -o /tmp/trace memhp plan online --zone movable dax0.0 >/tmp/out 2>/tmp/err
is "exit of plan" $? 0
check_not "a file opened for writing" grep -E 'open(at2?)?\(.*O_(WRONLY|RDWR|CREAT)' /tmp/trace
run 0 plan online --zone movable dax0.0
check_not "plan has steps" test "$(said steps)" = 0
id=$(said plan_id)
run 0 plan online --zone movable dax0.0
is "the same plan has the same plan_id" "$(said plan_id)" "$id"
run 3 plan offline 0-3
is_like_before "after plans" /tmp/state.before
