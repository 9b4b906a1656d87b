# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package, a policy, and a distribution's own rules, one of which onlines whatever appears: check names
# it, it is out of force for memory and nothing else, and what there is goes where the policy says, a DIMM as the first
# memory of its node too, which no kernel would give back from Normal.
#
# shapes:
# full: arrivals
# system: debian
# needs: memhp
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

RULES=/usr/lib/udev/rules.d/40-vm-hotadd.rules
STAND_IN=/run/udev/rules.d/40-vm-hotadd.rules
idle() { [ "$(systemctl show -P ActiveState memhp-blocks.service)" = inactive ]; }
have_blocks() { [ "$(all_blocks | wc -l)" -ge "$1" ]; }
all_are() {
	all_wanted=$1 all_zone=$2
	shift 2
	[ "$(count_blocks "$all_wanted" "$all_zone" "$@")" = $# ]
}

# shellcheck disable=SC2046 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
matches "check names the rule, and what stands in for it" "$(memhp check)" "*$RULES:5: it would write online *$STAND_IN*"
matches "... and the other one, which may write one word or another" "$(memhp check)" "*/80-hotplug-memory.rules:6: *out of force*"
is "udev has nothing to say of what stands in" "$(journalctl -b -o cat -u systemd-udevd | grep /run/udev)" ""
wait_for 30 "the service for blocks to end" idle

# --- a DIMM, and none of it ever in Normal ---
before=$(all_blocks)
memhp monitor --each >/run/seen 2>&1 &
monitor=$!
sleep 1
check "a DIMM is plugged" host qmp plug-dimm 1G 1
wait_for 20 "blocks of the DIMM" have_blocks $(($(echo "$before" | wc -l) + 8))
dimm=$(all_blocks | grep -vxF "$before")
# shellcheck disable=SC2086 # numbers
wait_for 20 "blocks of the DIMM in Movable" all_are online Movable $dimm
# shellcheck disable=SC2086
is "the DIMM in Movable" "$(count_blocks online Movable $dimm)" 8
sleep 2
kill "$monitor"
matches "the monitor has seen it" "$(cat /run/seen)" "*Movable*"
is "... and none of it in Normal" "$(grep -c Normal /run/seen)" 0
matches "memhp found it offline" "$(journalctl -b -o cat -u memhp-blocks.service)" "* offline -> online Movable*"
wait_for 20 "the service to end" idle

# --- what no section is for comes online all the same: by the kernel's word, or by the rule's ---
check "virtio-mem asks for 512 MiB" host qmp resize vm0 512M
grown() { idle && [ "$(host qmp size vm0)" = $((512 << 20)) ] && ! grep -q offline $MEMORY/memory*/state; }
wait_for 40 "virtio-mem to have grown" grown
is "nothing is left offline" "$(grep -l offline $MEMORY/memory*/state)" ""

# --- the file's other rules stay in force ---
echo 0 >/sys/devices/system/cpu/cpu1/online
udevadm trigger --action=add --settle /sys/devices/system/cpu/cpu1
is "a processor that appears is onlined" "$(cat /sys/devices/system/cpu/cpu1/online)" 1
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""

# --- stopped, and started ---
check "the service stops" systemctl stop memhp-auto-online.service
check_not "nothing stands in for the rules" test -e $STAND_IN
matches "check warns of the rule" "$(memhp check)" "*warn  udev-rules: $RULES:5: it writes online*"
: >/run/udev/rules.d/99-own.rules
check "what the service has noted is cleaned" systemctl clean --what=runtime memhp-auto-online.service
check_not "... and is gone" test -e /run/memhp/arrivals
check "... but nobody's rules are" test -e /run/udev/rules.d/99-own.rules

# --- what somebody takes offline while the rule alone onlines stays so when it is out of force ---
echo offline >$MEMORY/auto_online_blocks
taken=
for block in $(all_blocks | grep -vxF "$before" | grep -vxF "$dimm"); do
	if echo offline >$MEMORY/memory"$block"/state 2>/run/refused; then
		taken=$block
		break
	fi
done
check "a block of virtio-mem is taken offline" test -n "$taken"
check "the service starts" systemctl start memhp-auto-online.service
check "the rule is out of force" grep -q '^SUBSYSTEM=="memory".*ENV{' $STAND_IN
check "the service for blocks runs once more" systemctl start memhp-blocks.service
wait_for 20 "it to end" idle
is "block $taken" "$(cat $MEMORY/memory"$taken"/state)" offline
check "the package is removed" dpkg --remove memhp
check_not "nothing stands in for the rules" test -e $STAND_IN
