#!/bin/bash
# SPDX-License-Identifier: MIT
# The Debian package: builds, pleases lintian, installs, runs without a sensor, upgrades, and leaves nothing
# behind. Needs root for the throwaway system it is installed into (of the release this machine runs).
#
# Usage: test_package.sh SOURCE_DIRECTORY
set -euo pipefail

skip() {
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ -z "${DEB_BUILD_ARCH:-}" ] || skip "the package is being built around this test"
for tool in dpkg-buildpackage dh lintian mmdebstrap unshare; do
    command -v $tool >/dev/null || skip "no $tool here"
done

source=$(cd "$1" && pwd)
# shellcheck source=tests/system/test_package_boot.sh
. "$source/tests/system/test_package_boot.sh"
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/crampd-package.XXXXXX")
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

step() {
    echo "== $*"
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# The archive and the proxy of the machine this runs on.
archive() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

proxy_options() {
    apt-config dump | awk '/^Acquire::[a-z]*::[Pp]roxy/ { sub(/;$/, ""); print "--aptopt=" $0 }'
}

# in_root COMMAND...: runs it in the throwaway system, with processes and mounts of its own. Inside of a chroot / is
# no mount point whose propagation could be changed: there the mounts are taken back by hand.
in_root() {
    local status=0
    # shellcheck disable=SC2016
    unshare --mount --propagation unchanged --pid --fork --kill-child sh -c '
        root=$1; shift
        mount --make-rprivate / 2>/dev/null
        mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
            mount -t tmpfs tmpfs "$root/run" &&
            exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
                DEBIAN_FRONTEND=noninteractive "$@"' sh "$root" "$@" </dev/null || status=$?
    umount -l "$root/proc" "$root/dev" "$root/run" 2>/dev/null || true
    return $status
}

step "building"
mkdir "$work/build" "$work/build/crampd"
tar -C "$source" --exclude='./build*' --exclude=./.git --exclude=./.cache -cf - . | tar -C "$work/build/crampd" -xf -
(cd "$work/build/crampd" &&
    DEB_BUILD_OPTIONS="parallel=2 nocheck ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -b -us -uc) \
    >"$work/build.log" 2>&1 || { tail -40 "$work/build.log"; fail "dpkg-buildpackage"; }
deb=$(echo "$work"/build/crampd_[0-9]*.deb)
[ -f "$deb" ] || fail "no package came out"

step "lintian"
lintian --fail-on error,warning --profile debian "$work"/build/*.changes || fail "lintian"

step "contents"
dpkg-deb -c "$deb" | awk '{ print $6 }' | sed 's|^\./|/|; s|^/lib/|/usr/lib/|' >"$work/contents"
for file in /usr/bin/crampd /usr/bin/crampctl /etc/crampd/crampd.conf /usr/lib/systemd/system/crampd.service \
    /usr/lib/sysusers.d/crampd.conf /usr/lib/tmpfiles.d/crampd.conf /usr/lib/modules-load.d/crampd.conf \
    /usr/lib/udev/rules.d/60-crampd.rules /usr/share/dbus-1/system.d/ /usr/lib/systemd/catalog/ \
    /usr/share/locale/de/LC_MESSAGES/crampd.mo /usr/share/locale/fr/LC_MESSAGES/crampd.mo \
    /usr/share/locale/es/LC_MESSAGES/crampd.mo /usr/share/man/man8/crampd.8.gz /usr/share/man/man1/crampctl.1.gz /usr/share/man/man5/crampd.conf.5.gz /usr/share/bash-completion/completions/crampctl; do
    grep -qx "$file.*" "$work/contents" || fail "$file is not in the package"
done

step "a throwaway $release"
mapfile -t options < <(proxy_options)
# every alternative's first name, without versions
depends=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*)//; s/:any//; s/ //g' | paste -sd,)
mmdebstrap --quiet --variant=minbase --include="$depends,systemd,systemd-sysv,udev,dbus,procps" "${options[@]}" \
    "$release" "$root" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(archive) $release main" ||
    fail "mmdebstrap"
mkdir "$root/packages"
cp "$deb" "$root/packages/first.deb"
# the same contents, a higher version
dpkg-deb -R "$deb" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/next" "$root/packages/next.deb" >/dev/null

step "install"
in_root dpkg -i /packages/first.deb
in_root id crampd
for group in i2c gpio; do
    in_root id -nG crampd | grep -qw $group || fail "crampd is not in group $group"
done
[ -L "$root/etc/systemd/system/multi-user.target.wants/crampd.service" ] || fail "the service is not enabled"
[ "$(stat -c %a "$root/etc/credstore")" = 700 ] || fail "/etc/credstore is open"
mkdir "$root/smoke" && cp "$source/debian/tests/smoke" "$root/smoke/"
in_root env AUTOPKGTEST_TMP=/smoke /smoke/smoke || fail "debian/tests/smoke"
in_root systemd-analyze verify --man=no crampd.service
in_root crampd --outputs-off >"$work/off.log" 2>&1 || true # no GPIO here: it may say so, and must end

step "a first start without any sensor"
# shellcheck disable=SC2016
in_root sh -c '
    state=$(mktemp -d) && chown crampd: "$state" && chmod 700 "$state"
    STATE_DIRECTORY=$state setpriv --reuid=crampd --regid=crampd --init-groups crampd >/first.log 2>&1 &
    pid=$!
    for i in $(seq 1 40); do
        grep -q "may go unseen" /first.log && break
        kill -0 $pid || exit 1
        sleep 0.5
    done
    kill -0 $pid || exit 1
    kill -TERM $pid
    wait $pid' || { cat "$root/first.log"; fail "it did not stay alive, or did not end well"; }
cat "$root/first.log"
grep -q "may go unseen" "$root/first.log" || fail "it does not say that it is blind"

step "the service under a systemd of its own"
status=0
boot "$root" 180 "$source/tests/system/test_package_service.sh" || status=$?
case $status in
0) ;;
77) echo "(no systemd can be booted here)" ;;
*) fail "the service" ;;
esac
rm -rf "$root/var/lib/crampd"

step "upgrade"
echo "# mine" >>"$root/etc/crampd/crampd.conf"
mkdir -p "$root/var/lib/crampd" && echo diary >"$root/var/lib/crampd/diary.sqlite"
in_root dpkg -i /packages/next.deb
tail -1 "$root/etc/crampd/crampd.conf" | grep -q mine || fail "the upgrade lost the settings"
[ -f "$root/var/lib/crampd/diary.sqlite" ] || fail "the upgrade lost the diary"

step "remove"
in_root dpkg -r crampd
[ ! -e "$root/usr/bin/crampd" ] || fail "the program is still there"
for kept in /etc/crampd/crampd.conf /var/lib/crampd/diary.sqlite; do
    [ -f "$root$kept" ] || fail "remove takes $kept, which only purge may take"
done

step "install again, purge"
in_root dpkg -i /packages/first.deb
in_root dpkg -P crampd
for left in /etc/crampd /var/lib/crampd /etc/systemd/system/multi-user.target.wants/crampd.service \
    /var/lib/systemd/deb-systemd-helper-enabled/crampd.service.dsh-also; do
    [ ! -e "$root$left" ] || fail "purge leaves $left"
done
in_root id crampd >/dev/null || fail "the user must stay"
echo "the package is fine"
