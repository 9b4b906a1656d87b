# SPDX-License-Identifier: GPL-2.0-or-later
# What memhp reads and writes on this kernel, what the kernel answers and how the machine then is, line for
# line as it is kept; the test of the same name holds the fake kernel against the same lines.
#
# shapes:
# full: hmem dimm-hotplug
# append: memhp_default_state=offline
# boot: fresh
# needs: memhp
# timeout: 900
# shellcheck shell=sh disable=SC2046,SC2086 # lists of words

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh

# shellcheck source=test/vm/guest/dimm.sh
. /usr/lib/guest/dimm.sh

dir=/usr/lib/guest/transcripts
if [ "$GUEST_SHAPE" = dimm-hotplug ]; then
	check "plug 512 MiB on node 1" host qmp plug-dimm 512M 1
	check "its blocks appear" wait_for 20 "4 blocks" have_blocks 4
	wait_blocks
	blocks=$(dimm_blocks)
else
	blocks=$(dax_blocks dax0.0)
fi

# ends: how the machine is, as runs of the device's blocks.
ends() {
	for block in $blocks; do
		if [ ! -e $MEMORY/memory$block ]; then
			echo "$block absent"
		elif [ "$(state $block)" = online ]; then
			echo "$block online $(zones $block)"
		else
			echo "$block $(state $block)"
		fi
	done | awk '
		function say() { if (text != "") print "end " first "-" last " " text }
		{ number = $1; sub(/^[0-9]+ /, ""); if ($0 != text) { say(); first = number; text = $0 } last = number }
		END { say() }'
	if [ "$GUEST_SHAPE" = hmem ]; then
		echo "end driver $(dax_driver dax0.0 || echo none)"
		for device in /sys/bus/dax/devices/dax0.*; do
			echo "end ${device##*/} $(cat $device/size $device/align | tr '\n' ' ')" | sed 's/ $//'
		done
	fi
	echo "end auto_online_blocks $(cat $MEMORY/auto_online_blocks)"
}

as_words() {
	echo "$1" | sed 's/\([a-z-]*\)=\([^ ]*\)/--\1 \2/g; s/ unbound / --unbound /; s/ move / --move /'
}

while read -r verb rest; do
	case $verb in
	stage) memhp $(as_words "$rest") >/tmp/out 2>&1 || cat /tmp/out ;;
	raw)
		# the shell would create what is not there, which is another question to the kernel
		[ -e "/${rest%% *}" ] && answer=$(try_write "${rest#* }" "/${rest%% *}") || answer=ENOENT
		echo "raw $rest $answer"
		;;
	*)
		echo "> $verb $rest"
		strace -f --seccomp-bpf -y -qq -s 96 -e trace=read,write,readlinkat -o /tmp/trace \
			memhp $(as_words "$verb $rest") >/tmp/out 2>&1
		echo "exit $?"
		awk -f /usr/lib/guest/transcript.awk /tmp/trace
		ends
		;;
	esac
done <"$dir/requests-$GUEST_SHAPE" >/tmp/transcript

if diff $dir/$GUEST_SHAPE-$GUEST_KERNEL /tmp/transcript >/tmp/transcript.diff; then
	ok "$(wc -l </tmp/transcript) lines, as they are kept"
else
	fail "not the lines that are kept"
	cat /tmp/transcript.diff
	echo "the whole of it:"
	cat /tmp/transcript
fi
