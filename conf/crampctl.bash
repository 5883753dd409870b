# SPDX-License-Identifier: MIT
# bash completion for crampctl(1); installed as /usr/share/bash-completion/completions/crampctl
_crampctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' i
    local verbs="status episodes nights faults entries monitor measure calibrate ack snooze mute unmute
        test-reminder label checkin trigger medicine note set report explain guide mqtt"
    local options="--number --json --bus --output --from --to --config --hub --show --forget --help --version"
    local triggers="exertion standing sitting heat little_fluid alcohol medicine pregnancy stress poor_sleep
        cold shoes illness dialysis other"

    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -n | --number | --bus | -o | --output | --from | --to | -c | --config | --hub) i=$((i + 1)) ;;
        -*) ;;
        *) verb=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $before in
    --bus) mapfile -t COMPREPLY < <(compgen -W "system session" -- "$word"); return ;;
    -o | --output | -c | --config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -n | --number | --from | --to | --hub) return ;;
    esac
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word"); return ;;
    esac
    case $verb in
    '') mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
    calibrate) mapfile -t COMPREPLY < <(compgen -W "left right" -- "$word") ;;
    label) mapfile -t COMPREPLY < <(compgen -W "cramp-felt no-cramp" -- "$word") ;;
    trigger) mapfile -t COMPREPLY < <(compgen -W "$triggers" -- "$word") ;;
    medicine) mapfile -t COMPREPLY < <(compgen -W "started stopped changed" -- "$word") ;;
    checkin)
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "felt= pain= sore= leg= muscle= helped= signs= triggers= text= date=" -- "$word")
        ;;
    set)
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "reminder_strength= night_start= night_end=" -- "$word")
        ;;
    snooze | mute) mapfile -t COMPREPLY < <(compgen -W "10min 30min 1h 8h" -- "$word") ;;
    explain) mapfile -t COMPREPLY < <(compgen -f -X '!*.[eE][dD][fF]' -- "$word") ;;
    guide) mapfile -t COMPREPLY < <(compgen -W "calf shin hamstring quadriceps foot" -- "$word") ;;
    mqtt) mapfile -t COMPREPLY < <(compgen -W "purge" -- "$word") ;;
    esac
}
complete -F _crampctl crampctl
