# SPDX-License-Identifier: GPL-2.0-or-later
# The machine as it booted, held against policy, kernel and system: where the kernel has put device
# memory, how it was built, what udev would do; and nothing changed.
#
# shapes: hmem 6.12:cxl
# full: cxl plain
# boot: reads
# needs: memhp
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh

# finds RULE WORD: "severity" of what a rule has found whose message has that word, or nothing.
finds() {
	jq -r --arg rule "$1" --arg word "$2" \
		'.findings[] | select(.rule == $rule and (.message + .subject | contains($word))) | .severity' \
		/tmp/out | sort -u
}

RELEASE=$(uname -r)
machine_state >/tmp/state.before

echo "-- as it is"
run 0 check
is "build options are not known" "$(finds kernel-config "not known")" info
in_normal=0
for block in $(dax_blocks dax0.0 2>/dev/null); do
	[ "$(state "$block")" = online ] && [ "$(zones "$block")" = Normal ] &&
		in_normal=$((in_normal + 1))
done
wanted=
[ $in_normal = 0 ] || wanted=warn
is "device memory in Normal, $in_normal blocks" "$(finds permanent dax0.0)" "$wanted"
is "where the next boot puts it" "$(finds auto-online dax0.0)" "$wanted"
as_user memhp check --json >/tmp/out 2>/tmp/err
is "as a user" $? 0

echo "-- build options"
mkdir -p /boot
printf '%s\n' CONFIG_MEMORY_HOTPLUG=y CONFIG_MIGRATION=y CONFIG_NUMA=y >"/boot/config-$RELEASE"
run 0 check
is "no removal" "$(finds kernel-config MEMORY_HOTREMOVE)" warn
is "no CXL regions" "$(finds kernel-config CXL_REGION)" \
	"$([ -d /sys/firmware/acpi/tables ] && [ -e /sys/firmware/acpi/tables/CEDT ] && echo warn)"
rm "/boot/config-$RELEASE"

echo "-- rules of udev"
mkdir -p /etc/udev/rules.d /usr/lib/udev/rules.d
echo 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"' \
	>/usr/lib/udev/rules.d/40-x.rules
run 0 check
matches "onlines what appears" "$(finds udev-rules 40-x.rules:1)" "[iw]*"
: >/etc/udev/rules.d/40-x.rules
run 0 check
is "masked" "$(finds udev-rules 40-x.rules)" ""
rm /etc/udev/rules.d/40-x.rules /usr/lib/udev/rules.d/40-x.rules

echo "-- the policy"
printf '[policy]\nauto-online = %s\n[rule auto-online]\nseverity = deny\n' \
	"$([ "$(cat $MEMORY/auto_online_blocks)" = offline ] && echo online || echo offline)" >/etc/memhp.conf
run 3 check
is "denied by" "$(said denied)" auto-online
printf '[policy]\nauto-online = %s\n' "$(cat $MEMORY/auto_online_blocks)" >/etc/memhp.conf
run 0 check
is "as the policy has it" "$(finds auto-online auto_online)" ""
printf '[policy]\nkernel-reserve = 1T\n' >/etc/memhp.conf
run 3 check
is "denied by" "$(said denied)" kernel-headroom
echo '[nonsense' >/etc/memhp.conf
run 1 check
rm /etc/memhp.conf
is_like_before "after all checks" /tmp/state.before
