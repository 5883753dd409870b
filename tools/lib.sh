# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What tools/check, tools/demo and tools/bench share; sourced by bash. ROOT is the checkout.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$(basename "$0"): $*"
    exit 1
}

# packages SET...: the names of these sets of packages.txt
packages() {
    local set
    for set in "$@"; do
        awk -v set="$set" '$1 == set { print $2 }' "$ROOT/tools/packages.txt"
    done
}

missing_packages() {
    local name
    for name in $(packages "$@"); do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root to install packages; run as root, or install by hand: $(missing_packages "${WANTED[@]}" | xargs)"
    fi
}

# Tools are wanted here, not services: while packages are installed a policy keeps their daemons (mosquitto, dbus)
# from being started, unless the machine has a policy of its own.
install_quietly() {
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
        fi
        apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq update &&
            apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -qq -y \
                --no-install-recommends install "$@"' install "$@" </dev/null
}

# need SET...: installs what is missing of these sets, or dies saying what
need() {
    local missing log
    WANTED=("$@")
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "needs the Debian packages: $missing"
    say "installing: $missing"
    # shellcheck disable=SC2086
    if ! log=$(install_quietly $missing 2>&1); then
        say "$log"
        die "could not install: $missing"
    fi
}
