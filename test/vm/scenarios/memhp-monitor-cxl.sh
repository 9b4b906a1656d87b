# SPDX-License-Identifier: GPL-2.0-or-later
# A CXL card is plugged in while a machine runs, its memory becomes a region, and goes again: told as it happens.
#
# shapes:
# full: cxl-hotplug
# append: memhp_default_state=offline
# boot: any
# timeout: 300
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/monitor.sh
. /usr/lib/guest/monitor.sh

# Where it lies comes a moment after its driver.
have_device() { [ -e "/sys/bus/dax/devices/$1/driver" ] && [ -e "/sys/bus/dax/devices/$1/mapping0/end" ]; }
no_device() { ! [ -e "/sys/bus/dax/devices/$1" ]; }
# told: which kinds of event, in the order in which they were told.
told() { jq -r .event /tmp/events | uniq | tr '\n' ' '; }

# shellcheck disable=SC2119 # no option
begin_following
echo "-- a card, and its region"
check "a card is plugged" host qmp plug-cxl 1G rp1
check "its region is made" make_cxl_region mem1
wait_for 20 "its device" have_device dax1.0
are_told added "8 of dax1.0: absent null>offline null"
is_told bound "null-null dax1.0 null null>kmem null"
is "all that was told" "$(told)" "device-added bound added "

echo "-- online, and out again"
: >/tmp/events
run 0 online --zone movable dax1.0
are_told online "8 of dax1.0: offline null>online Movable"
is "all that was told" "$(told)" "online "
: >/tmp/events
run 0 remove dax1.0
is_told bound "null-null dax1.0 null null>device_dax null"
are_told offline "8 of *dax1.0: online Movable>offline null"
are_told removed "8 of dax1.0: offline null>absent null"
is_told unbound "null-null dax1.0 kmem null>null null"
is "all that was told" "$(told)" "offline removed unbound bound "

echo "-- the region goes"
: >/tmp/events
region=$(basename "$(readlink -f /sys/bus/dax/devices/dax1.0/../..)")
check "it is a region" test -e "$CXL/$region/commit"
check "unbound" sh -c "echo $region >/sys/bus/cxl/drivers/cxl_region/unbind"
wait_for 20 "its device to be gone" no_device dax1.0
is_told unbound "null-null dax1.0 device_dax null>null null"
is "all that was told" "$(told)" "unbound device-removed "
end_following TERM
