#!/bin/sh
# SPDX-License-Identifier: MIT
# Run by test_package.sh inside the booted throwaway system: the installed service, in its sandbox, blind.
set -eu

fail() {
    echo "FAILED: $*"
    systemctl status --no-pager crampd || true
    journalctl -b --no-pager -o short-monotonic -t crampd -t systemd | tail -60
    exit 1
}

heard() {
    journalctl -b --no-pager -o cat -u crampd | grep -qiE "$1"
}

# within SECONDS COMMAND...
within() {
    left=$1
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 1
    done
}

restarted() {
    [ "$(systemctl show -P NRestarts crampd)" -ge 1 ] && systemctl is-active --quiet crampd
}

systemctl is-active crampd || fail "it was not started at boot"
within 20 heard "may go unseen" || fail "it does not say that it is blind"
within 10 crampctl status || fail "crampctl does not reach it over the system bus"
crampctl status
systemctl reload crampd || fail "reload"
systemctl is-active --quiet crampd || fail "it is not alive after a reload"

# longer than WatchdogSec=30: blind, but it knows and says so
sleep 35
[ "$(systemctl show -P NRestarts crampd)" = 0 ] || fail "the watchdog ended it, or it crashed"

systemctl kill -s KILL crampd
within 20 restarted || fail "it was not started again after SIGKILL"
journalctl -b --no-pager | grep -q SIGSYS && fail "the system call filter ended it"

systemctl stop crampd
[ "$(systemctl show -P Result crampd)" = success ] || fail "it did not end well"
[ "$(stat -c '%a %U' /var/lib/crampd)" = "700 crampd" ] || fail "the state directory is open"
[ -z "$(find /var/lib/crampd -type f -perm /077)" ] || fail "files in the state directory are open"

# a password, then none again: both start
echo secret >/etc/credstore/crampd.mqtt-password
systemctl start crampd || fail "it does not start with a password"
systemctl stop crampd
rm /etc/credstore/crampd.mqtt-password
systemctl start crampd || fail "it does not start without a password"
systemctl stop crampd

# what dpkg does to a running service
systemctl start crampd
before=$(systemctl show -P MainPID crampd)
dpkg -i /packages/next.deb || fail "upgrade"
systemctl is-active --quiet crampd || fail "it does not run after the upgrade"
[ "$(systemctl show -P MainPID crampd)" != "$before" ] || fail "the upgrade did not restart it"
dpkg -r crampd || fail "remove"
systemctl is-active --quiet crampd && fail "it runs without being installed"
dpkg -i /packages/first.deb || fail "install again"
systemctl is-active --quiet crampd || fail "it does not run after being installed again"
systemctl stop crampd
journalctl -b --no-pager -o cat -u crampd | head -30
