# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Installs what the scripts need, by the system's own package manager and from the archives that it
# is configured for. Asks nothing, reads no terminal, and does nothing where all is there already.
# To be sourced; knows packages by scripts/lib/packages alone.

packages_table="${BASH_SOURCE[0]%/*}/packages"

# packages_system: which column of the table is for this machine; "none" where no one knows.
packages_system() {
	if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
		echo debian
	elif command -v rpm >/dev/null && command -v dnf >/dev/null; then
		echo fedora
	else
		echo none
	fi
}

# packages_of SYSTEM GROUP...: the names of the packages of these groups, sorted, each once.
packages_of() {
	local system=$1
	shift
	awk -v groups=" $* " -v column="$([[ $system == fedora ]] && echo 3 || echo 2)" \
		'!/^#/ && NF && index(groups, " " $1 " ") && $column != "-" { print $column }' "$packages_table" | sort -u
}

# package_installed SYSTEM NAME
package_installed() {
	case $1 in
	debian)
		[[ " $(dpkg-query -W -f '${db:Status-Status} ' "$2" 2>/dev/null)" == *" installed "* ]]
		;;
	fedora)
		rpm -q --whatprovides "$2" >/dev/null 2>&1
		;;
	none)
		return 0
		;;
	esac
}

# packages_missing GROUP...: the names of those that are not installed, each on a line.
packages_missing() {
	local system name
	system=$(packages_system)
	for name in $(packages_of "$system" "$@"); do
		package_installed "$system" "$name" || echo "$name"
	done
}

# packages_as_root: the words that make a command run as root; fails if nothing does unasked. A
# person at a terminal may be asked by sudo, nobody else.
packages_as_root() {
	if [[ $(id -u) == 0 ]]; then
		echo env
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null </dev/null; then
		echo "sudo -n"
	elif command -v sudo >/dev/null && [[ -t 0 && -t 2 && -z ${CI:-} ]]; then
		echo sudo
	else
		return 1
	fi
}

# packages_run_manager SYSTEM NAME...: installs; all output to stdout.
packages_run_manager() {
	local system=$1 root
	shift
	root=$(packages_as_root) || return 1
	# shellcheck disable=SC2086 # $root is words
	case $system in
	debian)
		local apt="$root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y
			-oDPkg::Lock::Timeout=300 -oDpkg::Use-Pty=0 -oAcquire::Retries=3"
		$apt install --no-install-recommends "$@" && return
		# lists that are empty or older than the archive
		$apt update && $apt install --no-install-recommends "$@"
		;;
	fedora)
		$root dnf -q -y install --setopt=install_weak_deps=False "$@"
		;;
	esac </dev/null 2>&1
}

# packages_install LOG GROUP...: makes sure that all packages of these groups are there. Where that
# cannot be done, one sentence on stderr names what is missing, and the return value is 1.
packages_install() {
	local log=$1 missing system
	shift
	system=$(packages_system)
	missing=$(packages_missing "$@" | tr '\n' ' ')
	missing=${missing% }
	[[ -z $missing ]] && return 0
	if ! packages_as_root >/dev/null; then
		echo "${0##*/}: these packages are missing, and to install them wants root or sudo:" \
			"$missing" >&2
		return 1
	fi
	echo "installing $missing"
	# shellcheck disable=SC2086 # names are words
	if ! packages_run_manager "$system" $missing >"$log"; then
		tail -n 5 "$log" >&2
		echo "${0##*/}: these packages are missing, and could not be installed (see $log):" \
			"$missing" >&2
		return 1
	fi
}
