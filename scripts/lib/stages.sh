# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The stages of scripts/check. A stage is one row and one function stage_NAME COUNTS: it works in the
# tree's root, prints what it does, and leaves in the file COUNTS a line "failed: ..." or
# "skipped: ..." for each such test and last "PASSED FAILED SKIPPED". To be sourced.

stages=(
	"unit       unit tests, rules, laws, machines and faults, under ASan and UBSan"
	"clang      everything compiles with clang without a warning; --full: the tests too"
	"threads    two contexts in two threads, and blocks given while a second one reads, under ThreadSanitizer"
	"minimal    ... and without the optional features"
	"install    what is installed, and a program built against it"
	"library    that program, in a guest with a device to online"
	"scripts    the scripts, by shellcheck and python"
	"format     the style of the C files, by clang-format"
	"project    what is said in two places is the same in both; licences"
	"packages   Debian packages, and the spec of an rpm"
	"guests     the scenarios on real kernels"
)

stage_exists() {
	local row
	for row in "${stages[@]}"; do
		[[ ${row%% *} == "$1" ]] && return 0
	done
	return 1
}

# configure DIR OPTION...: a build directory with these options; kept as long as they stay the same.
configure() {
	local dir=$1
	shift
	if [[ ! -f $dir/build.ninja || $(cat "$dir/check-options" 2>/dev/null) != "$*" ]]; then
		rm -rf "$dir"
		meson setup "$dir" "$@" || return 1
		echo "$*" >"$dir/check-options"
	fi
}

# counts_of_one COUNTS NAME COMMAND...: one command that is one test.
counts_of_one() {
	local counts=$1 name=$2
	shift 2
	if "$@"; then
		echo "1 0 0" >>"$counts"
	else
		echo "failed: $name" >>"$counts"
		echo "0 1 0" >>"$counts"
	fi
}

# counts_of_files COUNTS COMMAND FILE...: COMMAND once for each file, each of them a test; as many at once as
# there are processors.
counts_of_files() {
	local counts=$1 command=$2 bad name processors
	shift 2
	processors=$(nproc)
	: >"$counts.failed"
	for name; do
		while (($(jobs -rp | wc -l) >= processors)); do
			wait -n
		done
		{ "$command" "$name" || echo "failed: $name" >>"$counts.failed"; } &
	done
	wait
	bad=$(wc -l <"$counts.failed")
	cat "$counts.failed" >>"$counts"
	rm "$counts.failed"
	echo "$(($# - bad)) $bad 0" >>"$counts"
}

# counts_of_skip COUNTS NAME WHY
counts_of_skip() {
	echo "skipped: $2: $3" >>"$1"
	echo "0 0 1" >>"$1"
}

# tracked_files: names of all files of the project, those not yet added included.
tracked_files() {
	git ls-files -z --cached --others --exclude-standard
}

# scripts_of WORD: the files whose first line is a "#!" with WORD in it.
scripts_of() {
	local name line
	while IFS= read -r -d '' name; do
		[[ -f $name && ! -L $name ]] || continue
		IFS= read -r line <"$name" 2>/dev/null || continue
		[[ $line == '#!'*$1* || ($1 == sh && $name == *.sh) ]] && echo "$name"
	done < <(tracked_files)
}

stage_unit() {
	configure build-check -Db_sanitize=address,undefined -Dwerror=true || return 1
	ninja -C build-check || return 1
	count_tests "$1" build-check
}

# small_files: where tests make machines out of thousands of small files, and run some of them: in memory, if
# there is room and programs there may be run.
small_files() {
	local available
	available=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
	if [[ -z ${TMPDIR-} && -w /dev/shm ]] && ((available > 1 << 20)) &&
		! findmnt -no OPTIONS --target /dev/shm 2>/dev/null | grep -qw noexec; then
		echo /dev/shm
	else
		echo "${TMPDIR:-/tmp}"
	fi
}

# count_tests COUNTS DIR: runs all tests of a build.
count_tests() {
	local results=$2/meson-logs/testlog.json
	rm -f "$results"
	TMPDIR=$(small_files) UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1 \
		ASAN_OPTIONS=halt_on_error=1:abort_on_error=1:detect_leaks=1:strict_string_checks=1 \
		meson test -C "$2" --no-rebuild --print-errorlogs
	[[ -f $results ]] || return 0	# there is no test
	scripts/lib/count-results meson "$results" >>"$1"
}

compile_with_clang() {
	CC=clang configure build-check-clang -Dwerror=true && ninja -C build-check-clang
}

stage_clang() {
	if ! command -v clang >/dev/null; then
		counts_of_skip "$1" clang "clang is not installed"
		return
	fi
	counts_of_one "$1.compile" "compile with clang" compile_with_clang
	[[ -z ${full:-} ]] || count_tests "$1.tests" build-check-clang
	add_counts "$1" "$1".*
}

stage_threads() {
	local programs=(test/test-threads test/unit/test-scan-streamed) program
	configure build-check-threads -Db_sanitize=thread -Dwerror=true || return 1
	ninja -C build-check-threads "${programs[@]}" || return 1
	for program in "${programs[@]}"; do
		TSAN_OPTIONS=halt_on_error=1 CMOCKA_MESSAGE_OUTPUT=TAP "build-check-threads/$program" |
			tee build-check-logs/threads.tap
		scripts/lib/count-results tap build-check-logs/threads.tap >>"$1"
	done
}

compile_minimal() {
	configure build-check-minimal -Dwerror=true -Dkmod=disabled -Dudev=disabled -Dzlib=disabled -Dtests=false &&
		ninja -C build-check-minimal
}

stage_minimal() {
	counts_of_one "$1" "compile without optional features" compile_minimal
}

stage_install() {
	configure build-check-release -Dbuildtype=release -Dwerror=true -Dprefix=/opt/memhp || return 1
	ninja -C build-check-release || return 1
	test/smoke/install build-check-release build-check-logs/install | tee build-check-logs/install.tap
	scripts/lib/count-results tap build-check-logs/install.tap >>"$1"
}

# no_guests COUNTS WHAT: says why there are no guests, and that WHAT is skipped; fails where there are.
no_guests() {
	local why rc=0
	if [[ -z ${guests:-} ]]; then
		counts_of_skip "$1" "$2" "--no-guests was given"
		return
	fi
	why=$(scripts/guest --fetch 2>&1 >&3) || rc=$?
	[[ $rc == 77 ]] && counts_of_skip "$1" "$2" "${why##*guest: }"
} 3>&1

stage_library() {
	no_guests "$1" "the program of README in a guest" && return
	[[ -x build-check-logs/install/list-and-online ]] || stage_install "$1.install" || return 1
	rm -f "$1.install"
	test/smoke/guest build-check-logs/install | tee build-check-logs/library.tap
	scripts/lib/count-results tap build-check-logs/library.tap >>"$1"
}

check_python() {
	python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$1"
}

check_shell() {
	shellcheck -x "$1"
}

stage_scripts() {
	local python shell
	mapfile -t python < <(tracked_files | tr '\0' '\n' | grep '\.py$'; scripts_of python)
	mapfile -t shell < <(scripts_of sh)
	counts_of_files "$1.python" check_python "${python[@]}"
	if command -v shellcheck >/dev/null; then
		counts_of_files "$1.shell" check_shell "${shell[@]}"
	else
		counts_of_skip "$1.shell" shellcheck "shellcheck is not installed"
	fi
	add_counts "$1" "$1.python" "$1.shell"
}

# add_counts COUNTS PART...: COUNTS becomes the sum of its parts, which are removed.
add_counts() {
	local counts=$1
	shift
	awk '/^[0-9]+ [0-9]+ [0-9]+$/ { a += $1; b += $2; c += $3; next } { print }
		END { print a + 0, b + 0, c + 0 }' "$@" >>"$counts"
	rm -f "$@"
}

check_format() {
	clang-format --dry-run -Werror "$1"
}

stage_format() {
	local files
	mapfile -t files < <(tracked_files | tr '\0' '\n' | grep '\.c$')
	if ! command -v clang-format >/dev/null; then
		counts_of_skip "$1" clang-format "clang-format is not installed"
		return
	fi
	counts_of_files "$1" check_format "${files[@]}"
}

stage_project() {
	test/smoke/project | tee build-check-logs/project.tap
	scripts/lib/count-results tap build-check-logs/project.tap >>"$1"
}

stage_packages() {
	test/smoke/packages | tee build-check-logs/packages.tap
	scripts/lib/count-results tap build-check-logs/packages.tap >>"$1"
}

# A line "ok|FAIL|skip SCENARIO KERNEL SHAPE SECONDS WHY" for each case, and last the counts.
stage_guests() {
	no_guests "$1" "all scenarios" && return
	test/vm/run ${full:+--full} --logs build-check-logs/guests | tee build-check-logs/guests.out
	sed -nE -e 's/^FAIL /failed: /p' -e 's/^skip ([^ ]+ [^ ]+ [^ ]+) [^ ]+/skipped: \1:/p' \
		-e 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' \
		build-check-logs/guests.out >>"$1"
}
