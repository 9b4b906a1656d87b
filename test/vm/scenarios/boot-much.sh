# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian with the package and a policy: a DIMM of 128 GiB is plugged in, and for its 1024 blocks the service runs once.
#
# shapes:
# full: 6.12:arrivals
# system: debian
# needs: memhp
# timeout: 900
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

have_blocks() { [ "$(all_blocks | wc -l)" -ge "$1" ]; }
idle() { [ "$(systemctl show -P ActiveState memhp-blocks.service)" = inactive ]; }
movable() { kernel_blocks | grep -c ' online Movable '; }
all_movable() { [ "$(movable)" = 1024 ]; }
starts() { journalctl -b -o cat -u memhp-blocks.service JOB_TYPE=start | grep -c 'Finished\|Started' || true; }

wait_for 60 "the service to have run for what was there" idle
before=$(starts)
check "128 GiB are plugged" host qmp plug-dimm 128G 1
wait_for 300 "its blocks" have_blocks 1024
wait_for 300 "its blocks in Movable" all_movable
is "its blocks in Movable" "$(movable)" 1024
wait_for 60 "the service to end" idle
is "executions for them" "$(($(starts) - before))" 1
is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
