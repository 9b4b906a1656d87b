# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What is looked at in a whole Debian that was started by an initramfs made there. The scenarios' modprobe.d has the
# driver of memory say in the kernel log what would become of it at the moment it is loaded, and where that is.

kernel_says() { dmesg --notime | grep "$1"; }

# What the kernel of this guest does with memory that comes, where nobody has told it otherwise.
KERNEL_WORD=online

# early_is WORD: the initramfs has found the root file system and loaded the driver of memory, and the word was WORD.
early_is() {
	is "the root is on a disk" "$(awk '$2 == "/" { print $1, $3 }' /proc/mounts)" "/dev/vda ext4"
	is "kmem was loaded, with auto_online_blocks" "$(kernel_says '^guest: kmem is loaded')" \
		"guest: kmem is loaded in the initramfs: $1"
	is "the boot went on" "$(systemctl is-active multi-user.target)" active
}

# What the boot of a machine with a policy that parks memory must have come to.
early_by_policy() {
	early_is offline
	is "auto_online_blocks is still parked" "$(cat "$MEMORY"/auto_online_blocks)" offline
	# shellcheck disable=SC2046 # numbers
	is "dax0.0 in Movable" "$(count_blocks online Movable $(dax_blocks dax0.0))" 16
	# by the device's service or by that for blocks, whichever comes first
	matches "memhp found all of it offline" "$(journalctl -b -o cat SYSLOG_IDENTIFIER=memhp)" \
		"*  blocks $(dax_blocks dax0.0 | head -n 1)-$(dax_blocks dax0.0 | tail -n 1) *offline -> online Movable*"
	is "one execution for the device" "$(journalctl -b -o cat -u memhp@dax0.0.service MEMHP_VERB=online | wc -l)" 1
	is "no service has failed" "$(systemctl --failed --plain --no-legend | tr '\n' ' ')" ""
	check "the initramfs has memhp" grep -q 'bin/memhp$' /var/log/initramfs

	check "the service is stopped" systemctl stop memhp-auto-online.service
	is "auto_online_blocks as the kernel had it" "$(cat "$MEMORY"/auto_online_blocks)" $KERNEL_WORD
	check "the service is started" systemctl start memhp-auto-online.service
	is "auto_online_blocks as the policy says" "$(cat "$MEMORY"/auto_online_blocks)" offline
	check "the package is removed" dpkg --remove memhp
	is "auto_online_blocks as the kernel had it" "$(cat "$MEMORY"/auto_online_blocks)" $KERNEL_WORD
}

# What it must come to where nobody wants anything of memhp.
early_as_without() {
	is "auto_online_blocks as the kernel had it" "$(cat "$MEMORY"/auto_online_blocks)" $KERNEL_WORD
	# shellcheck disable=SC2046 # numbers
	is "dax0.0 is where the kernel has it" "$(count_blocks online Normal $(dax_blocks dax0.0))" 16
}
