/* SPDX-License-Identifier: MIT */
/*
 * Every word of the contract (DESIGN.md section 8), once. Logs, MQTT, D-Bus, SQLite, JSON, settings
 * and tests take their words from here; nothing else in the program spells one.
 *
 * Each list below makes: the enum, `const char *<what>_name(enum <what>)` (never NULL; "?" outside the
 * enum) and `int <what>_from_name(const char *)` (the value, or -EINVAL for an unknown word or NULL).
 */
#pragma once

#define LEG_WORDS(X)                                                                                         \
    X(LEG_LEFT, "left")                                                                                      \
    X(LEG_RIGHT, "right")

/* The muscle under an electrode pair; labels of recordings in sensor/edf_labels. */
#define MUSCLE_WORDS(X)                                                                                      \
    X(MUSCLE_GASTROCNEMIUS, "gastrocnemius") /* medial head */                                               \
    X(MUSCLE_GASTROCNEMIUS_LATERAL, "gastrocnemius_lateral")                                                 \
    X(MUSCLE_SOLEUS, "soleus")                                                                               \
    X(MUSCLE_TIBIALIS, "tibialis_anterior")                                                                  \
    X(MUSCLE_HAMSTRING, "hamstring")                                                                         \
    X(MUSCLE_QUADRICEPS, "quadriceps")                                                                       \
    X(MUSCLE_FOOT, "foot")

/* What an EMG channel carries: the muscle's own signal, or an envelope made by its amplifier. */
#define EMG_INPUT_WORDS(X)                                                                                   \
    X(EMG_INPUT_RAW, "raw")                                                                                  \
    X(EMG_INPUT_ENVELOPE, "envelope")

#define EVENT_WORDS(X)                                                                                       \
    X(EVENT_TENSION_RISE, "tension_rise")                                                                    \
    X(EVENT_CRAMP_START, "cramp_start")                                                                      \
    X(EVENT_CRAMP_END, "cramp_end")                                                                          \
    X(EVENT_DISMISSED, "dismissed")                                                                          \
    X(EVENT_FAULT, "fault")                                                                                  \
    X(EVENT_FAULT_CLEARED, "fault_cleared")                                                                  \
    X(EVENT_REMINDER_START, "reminder_start")                                                                \
    X(EVENT_REMINDER_STOP, "reminder_stop")                                                                  \
    X(EVENT_ACKNOWLEDGED, "acknowledged")                                                                    \
    X(EVENT_SNOOZED, "snoozed")                                                                              \
    X(EVENT_MUTED, "muted")                                                                                  \
    X(EVENT_UNMUTED, "unmuted")                                                                              \
    X(EVENT_LABELLED, "labelled")                                                                            \
    X(EVENT_NIGHT_SUMMARY, "night_summary")

/* Why activity that looked like a cramp was decided not to be one. */
#define DISMISS_WORDS(X)                                                                                     \
    X(DISMISS_LEG_MOVEMENT, "leg_movement")                                                                  \
    X(DISMISS_PERIODIC_LEG_MOVEMENT, "periodic_leg_movement")                                                \
    X(DISMISS_RHYTHMIC_MOVEMENT, "rhythmic_movement")                                                        \
    X(DISMISS_MYOCLONUS, "myoclonus")                                                                        \
    X(DISMISS_FASCICULATION, "fasciculation")                                                                \
    X(DISMISS_JERK, "jerk")                                                                                  \
    X(DISMISS_TURN, "turn")                                                                                  \
    X(DISMISS_GAIT, "gait")                                                                                  \
    X(DISMISS_VOLUNTARY, "voluntary")                                                                        \
    X(DISMISS_CLONIC, "clonic")                                                                              \
    X(DISMISS_BILATERAL_TONIC, "bilateral_tonic")                                                            \
    X(DISMISS_INTERFERENCE, "interference")                                                                  \
    X(DISMISS_ARTEFACT, "artefact")                                                                          \
    X(DISMISS_REMINDER, "reminder")

#define FAULT_WORDS(X)                                                                                       \
    X(FAULT_LEAD_OFF, "lead_off")                                                                            \
    X(FAULT_NOT_WORN, "not_worn")                                                                            \
    X(FAULT_FLAT, "flat")                                                                                    \
    X(FAULT_CLIPPED, "clipped")                                                                              \
    X(FAULT_HUM, "hum")                                                                                      \
    X(FAULT_GAP, "gap")                                                                                      \
    X(FAULT_STALE, "stale")                                                                                  \
    X(FAULT_BUS, "bus")                                                                                      \
    X(FAULT_RATE, "rate")                                                                                    \
    /* causes outside the leg sensor: broker, disk, clock, config */                                         \
    X(FAULT_UNREACHABLE, "unreachable")                                                                      \
    X(FAULT_REFUSED, "refused")                                                                              \
    X(FAULT_FULL, "full")                                                                                    \
    X(FAULT_READ_ONLY, "read_only")                                                                          \
    X(FAULT_CORRUPT, "corrupt")                                                                              \
    X(FAULT_STALLED, "stalled")                                                                              \
    X(FAULT_NOT_SYNCED, "not_synced")                                                                        \
    X(FAULT_INVALID, "invalid")                                                                              \
    X(FAULT_OUTPUT, "output")

#define FAULT_SOURCE_WORDS(X)                                                                                \
    X(SOURCE_SENSOR, "sensor")                                                                               \
    X(SOURCE_BUS, "bus")                                                                                     \
    X(SOURCE_BROKER, "broker")                                                                               \
    X(SOURCE_DISK, "disk")                                                                                   \
    X(SOURCE_CLOCK, "clock")                                                                                 \
    X(SOURCE_CONFIG, "config")

/* What of the leg sensor a fault is of. */
#define FAULT_PART_WORDS(X)                                                                                  \
    X(PART_EMG, "emg")         /* the signal, or the whole; also where there are no parts */                 \
    X(PART_CONTACT, "contact") /* the lines that tell whether electrodes touch */                            \
    X(PART_IMU, "imu")

/* Why the detector decided for a cramp. */
#define CRAMP_REASON_WORDS(X)                                                                                \
    X(CRAMP_SUSTAINED, "sustained")           /* unbroken tonic activity, leg still */                       \
    X(CRAMP_RISE, "rise")                     /* the same, after an announced rise: decided faster */        \
    X(CRAMP_RECURRENCE, "recurrence")         /* within the hour after another: decided faster */            \
    X(CRAMP_AFTER_MOVEMENT, "after_movement") /* began in a movement and outlasted it */

/* How a cramp ended. */
#define RELIEF_WORDS(X)                                                                                      \
    X(RELIEF_SPONTANEOUS, "spontaneous")                                                                     \
    X(RELIEF_STRETCH, "stretch")                                                                             \
    X(RELIEF_MOVEMENT, "movement")                                                                           \
    X(RELIEF_UNKNOWN, "unknown") /* signal lost before the end was seen */

#define EPISODE_STATE_WORDS(X)                                                                               \
    X(EPISODE_QUIET, "quiet")                                                                                \
    X(EPISODE_RISING, "rising")                                                                              \
    X(EPISODE_SUSPECT, "suspect")                                                                            \
    X(EPISODE_CRAMP, "cramp")                                                                                \
    X(EPISODE_EASING, "easing")                                                                              \
    X(EPISODE_REFRACTORY, "refractory")                                                                      \
    X(EPISODE_BLIND, "blind")

/* Why a reminder stopped. */
#define STOP_REASON_WORDS(X)                                                                                 \
    X(STOP_RELIEF, "relief")                                                                                 \
    X(STOP_ACKNOWLEDGED, "acknowledged")                                                                     \
    X(STOP_SNOOZED, "snoozed")                                                                               \
    X(STOP_MUTED, "muted")                                                                                   \
    X(STOP_CAP, "cap")                                                                                       \
    X(STOP_NIGHT_OVER, "night_over")                                                                         \
    X(STOP_SHUTDOWN, "shutdown")

/* What a person asks of the hub; the same words on D-Bus, MQTT and crampctl. */
#define COMMAND_WORDS(X)                                                                                     \
    X(COMMAND_ACKNOWLEDGE, "acknowledge")                                                                    \
    X(COMMAND_SNOOZE, "snooze")                                                                              \
    X(COMMAND_MUTE, "mute")                                                                                  \
    X(COMMAND_UNMUTE, "unmute")                                                                              \
    X(COMMAND_TEST_REMINDER, "test_reminder")                                                                \
    X(COMMAND_CRAMP_FELT, "cramp_felt")                                                                      \
    X(COMMAND_NO_CRAMP, "no_cramp")                                                                          \
    X(COMMAND_CALIBRATE, "calibrate")                                                                        \
    X(COMMAND_CANCEL_CALIBRATION, "cancel_calibration")                                                      \
    X(COMMAND_SET, "set")                                                                                    \
    X(COMMAND_NOTE, "note")                                                                                  \
    X(COMMAND_TRIGGER, "trigger")                                                                            \
    X(COMMAND_MEDICINE, "medicine")                                                                          \
    X(COMMAND_CHECKIN, "checkin")

/* What a person tells the diary. */
#define ENTRY_WORDS(X)                                                                                       \
    X(ENTRY_NOTE, "note")                                                                                    \
    X(ENTRY_TRIGGER, "trigger")   /* something of the day before the night */                                \
    X(ENTRY_MEDICINE, "medicine") /* a change: the date matters */                                           \
    X(ENTRY_CHECKIN, "checkin")   /* the morning after */

/* What may bring cramps about, as people and their doctors look for it (facts: care). */
#define TRIGGER_WORDS(X)                                                                                     \
    X(TRIGGER_EXERTION, "exertion")                                                                          \
    X(TRIGGER_STANDING, "standing")                                                                          \
    X(TRIGGER_SITTING, "sitting")                                                                            \
    X(TRIGGER_HEAT, "heat")                                                                                  \
    X(TRIGGER_LITTLE_FLUID, "little_fluid")                                                                  \
    X(TRIGGER_ALCOHOL, "alcohol")                                                                            \
    X(TRIGGER_MEDICINE, "medicine")                                                                          \
    X(TRIGGER_PREGNANCY, "pregnancy")                                                                        \
    X(TRIGGER_STRESS, "stress")                                                                              \
    X(TRIGGER_POOR_SLEEP, "poor_sleep")                                                                      \
    X(TRIGGER_COLD, "cold")                                                                                  \
    X(TRIGGER_SHOES, "shoes")                                                                                \
    X(TRIGGER_ILLNESS, "illness")                                                                            \
    X(TRIGGER_DIALYSIS, "dialysis")                                                                          \
    X(TRIGGER_OTHER, "other")

#define MEDICINE_CHANGE_WORDS(X)                                                                             \
    X(MEDICINE_STARTED, "started")                                                                           \
    X(MEDICINE_STOPPED, "stopped")                                                                           \
    X(MEDICINE_CHANGED, "changed")

#define FELT_WORDS(X)                                                                                        \
    X(FELT_YES, "yes")                                                                                       \
    X(FELT_NO, "no")                                                                                         \
    X(FELT_MISSED, "missed") /* one that the hub did not see */

#define HELPED_WORDS(X)                                                                                      \
    X(HELPED_STRETCH, "stretch")                                                                             \
    X(HELPED_STANDING, "standing")                                                                           \
    X(HELPED_WALKING, "walking")                                                                             \
    X(HELPED_MASSAGE, "massage")                                                                             \
    X(HELPED_WARMTH, "warmth")                                                                               \
    X(HELPED_COLD, "cold")                                                                                   \
    X(HELPED_WAITING, "waiting")                                                                             \
    X(HELPED_NOTHING, "nothing")                                                                             \
    X(HELPED_OTHER, "other")

/* What a doctor would ask about in the morning. */
#define SIGN_WORDS(X)                                                                                        \
    X(SIGN_WEAKNESS, "weakness")                                                                             \
    X(SIGN_NUMBNESS, "numbness")                                                                             \
    X(SIGN_SWELLING, "swelling")                                                                             \
    X(SIGN_SKIN_COLOUR, "skin_colour")                                                                       \
    X(SIGN_SKIN_TEMPERATURE, "skin_temperature")                                                             \
    X(SIGN_SHORT_OF_BREATH, "short_of_breath")                                                               \
    X(SIGN_CHEST_PAIN, "chest_pain")

/* What a person says of a cramp. */
#define LABEL_WORDS(X)                                                                                       \
    X(LABEL_CRAMP_FELT, "cramp_felt") /* seen by the hub or not */                                           \
    X(LABEL_NO_CRAMP, "no_cramp")

/* The settings that the home may change while the hub runs. */
#define PREFERENCE_WORDS(X)                                                                                  \
    X(PREFERENCE_REMINDER_STRENGTH, "reminder_strength")                                                     \
    X(PREFERENCE_NIGHT_START, "night_start")                                                                 \
    X(PREFERENCE_NIGHT_END, "night_end")

/* Where an acknowledgement or command came from. */
#define ORIGIN_WORDS(X)                                                                                      \
    X(ORIGIN_BUTTON, "button")                                                                               \
    X(ORIGIN_MQTT, "mqtt")                                                                                   \
    X(ORIGIN_DBUS, "dbus")                                                                                   \
    X(ORIGIN_POLICY, "policy")

/* What a reminder is for. */
#define OCCASION_WORDS(X)                                                                                    \
    X(OCCASION_CRAMP, "cramp")                                                                               \
    X(OCCASION_TENSION, "tension")                                                                           \
    X(OCCASION_FAULT, "fault")                                                                               \
    X(OCCASION_TEST, "test")

/* How far a calibration has come. */
#define CALIBRATION_PHASE_WORDS(X)                                                                           \
    X(CALIBRATION_NONE, "none")                                                                              \
    X(CALIBRATION_REST, "rest")                                                                              \
    X(CALIBRATION_CONTRACT, "contract")                                                                      \
    X(CALIBRATION_RELAX, "relax")                                                                            \
    X(CALIBRATION_DONE, "done")                                                                              \
    X(CALIBRATION_FAILED, "failed")                                                                          \
    X(CALIBRATION_CANCELLED, "cancelled")

/* What is in the way of a calibration. */
#define HINDRANCE_WORDS(X)                                                                                   \
    X(HINDRANCE_CONTACT, "contact")                                                                          \
    X(HINDRANCE_NO_SIGNAL, "no_signal")                                                                      \
    X(HINDRANCE_MOVING, "moving")                                                                            \
    X(HINDRANCE_TENSE, "tense")                                                                              \
    X(HINDRANCE_NO_CONTRACTION, "no_contraction")                                                            \
    X(HINDRANCE_CLIPPED, "clipped")

#define AVAILABILITY_WORDS(X)                                                                                \
    X(AVAILABILITY_ONLINE, "online")                                                                         \
    X(AVAILABILITY_OFFLINE, "offline")

#define ADC_CHIP_WORDS(X)                                                                                    \
    X(ADC_ADS1115, "ads1115")                                                                                \
    X(ADC_ADS1015, "ads1015")

#define IMU_CHIP_WORDS(X)                                                                                    \
    X(IMU_NONE, "none")                                                                                      \
    X(IMU_MPU6050, "mpu6050")

#define BIAS_WORDS(X)                                                                                        \
    X(BIAS_AS_IS, "as_is")                                                                                   \
    X(BIAS_PULL_UP, "pull_up")                                                                               \
    X(BIAS_PULL_DOWN, "pull_down")                                                                           \
    X(BIAS_DISABLED, "disabled")

#define MQTT_PROTOCOL_WORDS(X)                                                                               \
    X(MQTT_PROTOCOL_5, "5")                                                                                  \
    X(MQTT_PROTOCOL_311, "3.1.1")

#define LOG_LEVEL_WORDS(X)                                                                                   \
    X(LOG_LEVEL_ERROR, "error")                                                                              \
    X(LOG_LEVEL_WARNING, "warning")                                                                          \
    X(LOG_LEVEL_NOTICE, "notice")                                                                            \
    X(LOG_LEVEL_INFO, "info")                                                                                \
    X(LOG_LEVEL_DEBUG, "debug")

#define BUS_WORDS(X)                                                                                         \
    X(BUS_SYSTEM, "system")                                                                                  \
    X(BUS_SESSION, "session")                                                                                \
    X(BUS_OFF, "off")

/* Of what is told to people; the words are those of ISO 639-1 and of po/LINGUAS. */
#define LANGUAGE_WORDS(X)                                                                                    \
    X(LANGUAGE_SYSTEM, "")                                                                                   \
    X(LANGUAGE_EN, "en")                                                                                     \
    X(LANGUAGE_DE, "de")                                                                                     \
    X(LANGUAGE_FR, "fr")                                                                                     \
    X(LANGUAGE_ES, "es")

/* enum tag, list: the lists and the functions made from them. */
#define NAME_LISTS(X)                                                                                        \
    X(leg, LEG_WORDS)                                                                                        \
    X(muscle, MUSCLE_WORDS)                                                                                  \
    X(emg_input, EMG_INPUT_WORDS)                                                                            \
    X(event_kind, EVENT_WORDS)                                                                               \
    X(dismiss_reason, DISMISS_WORDS)                                                                         \
    X(fault_reason, FAULT_WORDS)                                                                             \
    X(fault_source, FAULT_SOURCE_WORDS)                                                                      \
    X(fault_part, FAULT_PART_WORDS)                                                                          \
    X(cramp_reason, CRAMP_REASON_WORDS)                                                                      \
    X(relief, RELIEF_WORDS)                                                                                  \
    X(episode_state, EPISODE_STATE_WORDS)                                                                    \
    X(stop_reason, STOP_REASON_WORDS)                                                                        \
    X(command, COMMAND_WORDS)                                                                                \
    X(label, LABEL_WORDS)                                                                                    \
    X(preference, PREFERENCE_WORDS)                                                                          \
    X(entry_kind, ENTRY_WORDS)                                                                               \
    X(trigger, TRIGGER_WORDS)                                                                                \
    X(medicine_change, MEDICINE_CHANGE_WORDS)                                                                \
    X(felt, FELT_WORDS)                                                                                      \
    X(helped, HELPED_WORDS)                                                                                  \
    X(sign, SIGN_WORDS)                                                                                      \
    X(origin, ORIGIN_WORDS)                                                                                  \
    X(occasion, OCCASION_WORDS)                                                                              \
    X(calibration_phase, CALIBRATION_PHASE_WORDS)                                                            \
    X(hindrance, HINDRANCE_WORDS)                                                                            \
    X(availability, AVAILABILITY_WORDS)                                                                      \
    X(adc_chip, ADC_CHIP_WORDS)                                                                              \
    X(imu_chip, IMU_CHIP_WORDS)                                                                              \
    X(bias, BIAS_WORDS)                                                                                      \
    X(mqtt_protocol, MQTT_PROTOCOL_WORDS)                                                                    \
    X(log_level, LOG_LEVEL_WORDS)                                                                            \
    X(bus_kind, BUS_WORDS)                                                                                   \
    X(language, LANGUAGE_WORDS)

#define NAME_ENUMERATOR(value, word) value,
#define NAME_DECLARE(tag, LIST)                                                                              \
    enum tag { LIST(NAME_ENUMERATOR) tag##_count };                                                          \
    const char *tag##_name(enum tag value);                                                                  \
    int tag##_from_name(const char *word);
NAME_LISTS(NAME_DECLARE)
#undef NAME_DECLARE
