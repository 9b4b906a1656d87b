# SPDX-License-Identifier: GPL-2.0-or-later
# What scenarios ask of memhp's answer, and predict.sh of a plan (the file named by "plan"): lines of a
# word and its value. Knows how memhp lays out its JSON: a member of the whole, or of one of its arrays,
# a line. jq, which needs no such thing, takes 0.4 s to start in a guest.

function value(key,    at, rest) {
	at = index($0, "\"" key "\":")
	if (!at)
		return "null"
	rest = substr($0, at + length(key) + 3)
	if (match(rest, /^"([^"\\]|\\.)*"/))
		return substr(rest, 2, RLENGTH - 2)
	match(rest, /^[^],}]*/)
	return substr(rest, 1, RLENGTH)
}

function note(list, word) {
	return list == "" ? word : index(" " list " ", " " word " ") ? list : list " " word
}

/^"[a-z_]+":/ || /^\{"schema":/ {
	member = $0
	gsub(/^\{?"|":.*/, "", member)
}

FILENAME == plan && member == "memmap_costs" && /^\{/ { taken += value("kernel_zone_bytes") }
FILENAME == plan && member == "memmap_given_bytes" { printf "taken %.0f\n", taken - value(member) }
FILENAME == plan && member == "memmap_pages_may_be" {
	gsub(/[^0-9]+/, " ")
	print "memmap_pages" $0
}
FILENAME == plan && member == "zones_after" && /^\{/ && value("present_bytes") + 0 > 0 {
	printf "zone %s %s %.0f %.0f %.0f\n", value("node"), value("zone"), value("present_bytes") / 4096,
		value("managed_bytes") / 4096, value("spanned_bytes") / 4096
}
FILENAME == plan { next }

member == "schema" { objects++ }
member == "exit" || member == "outcome" || member == "stopped_by" || member == "plan_id" {
	print member, value(member)
}
member == "error" {
	print "error.kind", value("kind")
	print "error.object", value("object")
	print "error.message", value("message")
}
member == "steps" && /^\{/ { steps++ }
member == "blocks" && value("by") == "other" { others++ }
member == "differences" { differences = differences $0 }
member == "matched" && /^\{/ && section == "" { section = value("section") }
member == "findings" && /^\{/ {
	rules = note(rules, value("rule"))
	if (value("severity") == "deny")
		denied = note(denied, value("rule"))
	remedies = remedies " " value("remedy")
}

END {
	print "objects", objects + 0
	print "steps", steps + 0
	print "others", others + 0
	gsub(/^"differences":|,$/, "", differences)
	print "differences", differences
	print "section", (section == "" ? "null" : section)
	print "rules", rules
	print "denied", denied
	print "remedies", remedies
}
