# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package and a policy: what is there at boot is in Movable when the system is up, what is plugged in
# later goes there by itself, once each; what no section is for goes where the kernel would have had it.
#
# shapes: 6.12:arrivals 7.2:arrivals
# full: arrivals
# again: 10
# system: debian
# needs: memhp
# append: memhp_default_state=online
# timeout: 240
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# How often a service was started in this boot.
starts_of() {
	journalctl -b -o cat -u "$1" JOB_TYPE=start | grep -c 'Finished\|Started' || true
}

# When the last of the memory blocks' events was, and when all of BLOCK... were in Movable, in milliseconds.
now_ms() { echo $(($(sed 's/\([0-9]*\)\.\([0-9][0-9]\).*/\1\2/' /proc/uptime) * 10)); }

all_are() {
	all_wanted=$1 all_zone=$2
	shift 2
	[ "$(count_blocks "$all_wanted" "$all_zone" "$@")" = $# ]
}

idle() { [ "$(systemctl show -P ActiveState memhp-blocks.service)" = inactive ]; }
have_blocks() { [ "$(all_blocks | wc -l)" -ge "$1" ]; }

# --- at boot ---
dax=$(dax_blocks dax0.0)
# shellcheck disable=SC2086 # numbers
is "dax0.0 in Movable when the system is up" "$(count_blocks online Movable $dax)" 16
is "auto_online_blocks as the policy says" "$(cat $MEMORY/auto_online_blocks)" offline
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
is "one execution for the device" "$(journalctl -b -o cat -u memhp@dax0.0.service MEMHP_VERB=online | wc -l)" 1
wait_for 30 "the service for blocks to end" idle
booted=$(starts_of memhp-blocks.service)
# one for what was there, and where kmem took dax0.0 only then (6.1), one for the blocks that came of it
check "executions for blocks at boot: $booted, at most 2" test "$booted" -ge 1 -a "$booted" -le 2
matches "the journal has what came of it by fields" \
	"$(journalctl -b -o json -u memhp@dax0.0.service MEMHP_TARGET=dax0.0 | jq -r '.MEMHP_OUTCOME + " " + .MEMHP_EXIT')" "[da]* 0"
expect_exit 0 memhp online --from-policy dax0.0
matches "again is nothing to do" "$output" "*already*"

matches "check tells what would be in time for all" "$(memhp check)" "*in place of online*memhp_default_state=offline*"

# --- a DIMM ---
before=$(all_blocks)
check "a DIMM is plugged" host qmp plug-dimm 1G 0
wait_for 20 "blocks of the DIMM" have_blocks $(($(echo "$before" | wc -l) + 8))
dimm=$(all_blocks | grep -vxF "$before")
came=$(now_ms)
# shellcheck disable=SC2086
wait_for 20 "blocks of the DIMM in Movable" all_are online Movable $dimm
took=$(($(now_ms) - came))
# shellcheck disable=SC2086
is "the DIMM in Movable" "$(count_blocks online Movable $dimm)" 8
echo "in Movable $took ms after the last block had come"
sleep 2
matches "memhp found it offline" "$(journalctl -b -o cat -u memhp-blocks.service)" "* offline -> online Movable*"
is "one execution for its blocks" "$(($(starts_of memhp-blocks.service) - booted))" 1

# --- what is taken offline stays so ---
kept=$(echo "$dimm" | tail -n 1)
expect_exit 0 memhp offline "$kept"

# --- virtio-mem: no section is for it ---
check "virtio-mem asks for 2 GiB" host qmp resize vm0 2G
grown() { [ "$(host qmp size vm0)" = $((2 << 30)) ]; }
wait_for 40 "virtio-mem to have grown" grown
is "virtio-mem has grown" "$(host qmp size vm0)" $((2 << 30))
all_online() {
	idle || return 1
	offline=$(grep -l offline $MEMORY/memory*/state | wc -l)
	[ "$offline" = 1 ]
}
wait_for 20 "all but one block to be online" all_online
is "all that is offline is what was taken offline" "$(grep -l offline $MEMORY/memory*/state | sed 's/[^0-9]//g')" "$kept"

# --- the package goes ---
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
check "the package is removed" dpkg --remove memhp
is "auto_online_blocks as the kernel had it" "$(cat $MEMORY/auto_online_blocks)" online
check "the policy is left" test -e /etc/memhp.conf
check "the package is purged" dpkg --purge memhp
check_not "nothing of it is left" ls /lib/systemd/system/memhp-blocks.service /lib/udev/rules.d/90-memhp.rules \
	/etc/systemd/system/multi-user.target.wants/memhp-blocks.service /run/memhp
