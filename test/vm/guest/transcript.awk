# SPDX-License-Identifier: GPL-2.0-or-later
# What memhp has read and written of the machine while it changed it, of a trace of strace -f -y: a line for
# each, from the first write to the last.

function path_of(text) {
	sub(/^[^<]*<\//, "", text)
	sub(/>.*/, "", text)
	if (match(text, /dax[0-9]+\.[0-9]+\//)) text = "sys/bus/dax/devices/" substr(text, RSTART)
	sub(/.*\/PNP0C80:00\//, "sys/bus/acpi/devices/PNP0C80:00/", text)
	return text
}

# What stands between the first quotes, without its last newline.
function text_of(text) {
	sub(/^[^"]*"/, "", text)
	sub(/".*/, "", text)
	sub(/\\n$/, "", text)
	return text
}

function errno_of(line) { return match(line, / = -1 E[A-Z]+/) ? substr(line, RSTART + 6, RLENGTH - 6) : "ok" }

{ sub(/^[0-9]+ +/, "") }

/^write\([0-9]+<\/sys\// {
	for (i = 0; i < kept; i++) print seen[i]
	kept = 0
	begun = 1
	print "write " path_of($0) " " text_of($0) " " errno_of($0)
	next
}

/^read\([0-9]+<\/sys\/.*(\/state|\/valid_zones|\/auto_online_blocks|\/memmap_on_memory|\/size|\/align)>/ && begun {
	if ($0 ~ / = 0$/) next
	seen[kept++] = "read " path_of($0) " " text_of($0)
}

/^readlinkat\(.*driver"/ && begun {
	target = "none"
	if (match($0, /drivers\/[a-z_]+"/)) target = substr($0, RSTART + 8, RLENGTH - 9)
	seen[kept++] = "driver " target
}
