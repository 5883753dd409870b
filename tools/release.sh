# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Another Debian release in a directory; sourced by tools/check and tools/bedside after tools/lib.sh. Needs root.

RELEASE_CACHE=${CRAMPD_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/cache}/.cache}/crampd}

# The archive this machine itself uses.
debian_archive() {
    local uri
    # shellcheck disable=SC2016
    uri=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
    [ -n "$uri" ] || die "apt has no Debian archive among its sources"
    printf '%s\n' "$uri"
}

# Settings of apt a proxy or a slow mirror may need, as options of mmdebstrap.
apt_options() {
    apt-config dump | awk '/^Acquire::[a-z]*::[Pp]roxy/ { sub(/;$/, ""); print }' | sed 's/.*/--aptopt=&/'
}

# release_root NAME [SET...]: prints the directory with that release and these sets of packages.txt (build, test and
# package when none are named), made when missing or when the packages changed
release_root() {
    local name=$1 root stamp include options
    shift
    [ $# -gt 0 ] || set -- build test package
    include=$(packages "$@" | sort -u | xargs | tr ' ' ,)
    stamp=$(printf '%s' "$include" | sha256sum | cut -c1-12)
    root=$RELEASE_CACHE/$name-$stamp
    if [ ! -e "$root/.complete" ]; then
        say "making a Debian $name system below $RELEASE_CACHE (once, about a minute, 800 MB)"
        mkdir -p "$RELEASE_CACHE"
        rm -rf --one-file-system "$root"
        mapfile -t options < <(apt_options)
        mmdebstrap --quiet --variant=minbase --include="$include" "${options[@]}" "$name" "$root" \
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_archive) $name main" >&2 ||
            return 1
        touch "$root/.complete"
    fi
    printf '%s\n' "$root"
}

# release_run ROOT COMMAND...: runs it there with the checkout readable at /src; its mounts and processes end with it.
# RELEASE_MOUNTS (an array of "FROM TO", TO inside of the root) are bound, too; RELEASE_ENVIRONMENT (NAME=VALUE) is set.
# Inside of a chroot / is no mount point whose propagation could be changed: there the mounts are taken back by hand.
RELEASE_MOUNTS=() RELEASE_ENVIRONMENT=()
release_run() {
    local root=$1 status=0 mount from to
    shift
    mkdir -p "$root/src"
    for mount in "${RELEASE_MOUNTS[@]}"; do
        read -r from to <<<"$mount"
        if [ -d "$from" ]; then
            mkdir -p "$root$to"
        elif [ ! -e "$root$to" ]; then
            mkdir -p "$root${to%/*}"
            : >"$root$to"
        fi
    done
    # shellcheck disable=SC2016
    unshare --mount --propagation unchanged --pid --fork --kill-child sh -c '
        root=$1 source=$2 mounts=$3; shift 3
        mount --make-rprivate / 2>/dev/null
        mount --bind "$source" "$root/src" && mount -o remount,bind,ro "$root/src" &&
            mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/run" &&
            mount -t tmpfs tmpfs "$root/tmp" && chmod 1777 "$root/tmp" &&
            printf "%s\n" "$mounts" | while read -r from to; do
                [ -z "$from" ] || mount --bind "$from" "$root$to" || exit 1
            done &&
            exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"' \
        sh "$root" "$ROOT" "$(printf '%s\n' "${RELEASE_MOUNTS[@]}")" "${RELEASE_ENVIRONMENT[@]}" "$@" </dev/null ||
        status=$?
    for mount in "${RELEASE_MOUNTS[@]}"; do
        umount -l "$root${mount#* }" 2>/dev/null || true
    done
    umount -l "$root/src" "$root/proc" "$root/dev" "$root/run" "$root/tmp" 2>/dev/null || true
    return $status
}
