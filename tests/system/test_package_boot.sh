# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Boots the systemd of a directory tree in namespaces of its own; sourced by test_package.sh. This is how the
# unit's sandbox is tried in earnest: limits, filters, credentials and the watchdog are the real ones.

# Where a control group for it can be made, or nothing.
boot_cgroup() {
    local mount
    mount=$(findmnt -n -o TARGET -t cgroup2 | head -1)
    [ -n "$mount" ] && mkdir "$mount/crampd-package.$$" 2>/dev/null && echo "$mount/crampd-package.$$"
}

# boot ROOT SECONDS SCRIPT: boots ROOT, runs SCRIPT when it is up, powers off. What SCRIPT says goes to
# standard output. 0 if it succeeded, 1 if not, 77 if nothing can be booted here.
boot() {
    local root=$1 limit=$2 script=$3 cgroup status
    unshare --mount true 2>/dev/null || return 77 # inside of a chroot, or without the right to mount
    cgroup=$(boot_cgroup) || return 77
    install -m 755 "$script" "$root/boot-job"
    rm -f "$root/boot-job.log" "$root/boot-job.status"
    cat >"$root/etc/systemd/system/boot-job.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/boot-job; echo $? >/boot-job.status'
ExecStopPost=/bin/systemctl poweroff --force
StandardOutput=file:/boot-job.log
StandardError=inherit
UNIT
    mkdir -p "$root/etc/systemd/system/boot.target.wants"
    printf '[Unit]\nRequires=multi-user.target\n' >"$root/etc/systemd/system/boot.target"
    ln -sf ../boot-job.service "$root/etc/systemd/system/boot.target.wants/boot-job.service"
    ln -sf boot.target "$root/etc/systemd/system/default.target"
    echo 127.0.0.1 localhost >"$root/etc/hosts"
    : >"$root/etc/machine-id"

    # Mounts below the root are shared, or the credentials of units would stay out of sight.
    # shellcheck disable=SC2016
    (
        echo "$BASHPID" >"$cgroup/cgroup.procs" &&
            exec timeout -k 5 "$limit" unshare --cgroup --mount --pid --ipc --uts --net --fork --kill-child sh -c '
                set -e
                cd "$1"
                mount --make-rprivate /
                mount --bind . . && cd "$1"
                mount -t proc proc proc
                mount -t sysfs -o ro sysfs sys
                mount -t cgroup2 cgroup2 sys/fs/cgroup
                mount -t tmpfs tmpfs dev
                mkdir dev/pts dev/shm
                mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
                mount -t tmpfs tmpfs dev/shm
                for node in null zero full random urandom tty; do cp -a /dev/$node dev/; done
                ln -s pts/ptmx dev/ptmx
                ln -s /proc/self/fd dev/fd
                mount -t tmpfs tmpfs run
                mount -t tmpfs tmpfs tmp
                mount --move . /
                exec chroot . sh -c "mount --make-rshared / && exec env -i container=other \
                    PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal"' sh "$root"
    ) </dev/null >"$root/boot.log" 2>&1
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
    cat "$root/boot-job.log" 2>/dev/null
    [ -f "$root/boot-job.status" ] || {
        tail -5 "$root/boot.log"
        [ -f "$root/boot-job.log" ] && return 1
        return 77
    }
    status=$(cat "$root/boot-job.status")
    [ "$status" = 0 ]
}
