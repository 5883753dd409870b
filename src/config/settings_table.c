/* SPDX-License-Identifier: MIT */
#include "config/table.h"

#include <string.h>

/* An enum's functions behind one type, for the rows. */
#define WORDS_DEFINE(tag, LIST)                                                                              \
    static const char *tag##_text(int value)                                                                 \
    {                                                                                                        \
        return tag##_name((enum tag)value);                                                                  \
    }                                                                                                        \
    static _unused_ const struct words tag##_words = {tag##_text, tag##_from_name, tag##_count};
NAME_LISTS(WORDS_DEFINE)

#define AT(member) .field = #member, .offset = offsetof(struct settings, member), .copy = NO_COPY
#define AT_EMG(member)                                                                                       \
    .field = "sensor.emg[]." #member, .offset = offsetof(struct emg_params, member), .copy = NO_COPY
#define AT_IMU(member)                                                                                       \
    .field = "sensor.imu[]." #member, .offset = offsetof(struct imu_params, member), .copy = NO_COPY
#define AT_RECORDING(member)                                                                                 \
    .field = "sensor.recording[]." #member, .offset = offsetof(struct recording_params, member),             \
    .copy = NO_COPY
#define AT_BOTH(member, other)                                                                               \
    .field = #member " " #other, .offset = offsetof(struct settings, member),                                \
    .copy = offsetof(struct settings, other)

#define BOOL             .type = TYPE_BOOL
#define INT(lo, hi, u)   .type = TYPE_INT, .min = lo, .max = hi, .unit = u
#define FLOAT(lo, hi, u) .type = TYPE_FLOAT, .min = lo, .max = hi, .unit = u
#define WORD(tag)        .type = TYPE_WORD, .words = &tag##_words
#define TIME             .type = TYPE_TIME
#define TEXT(f)          .type = TYPE_STRING, .form = f
#define ONE_OF(...)      .choices = {__VA_ARGS__}, .choice_count = sizeof((double[]){__VA_ARGS__}) / sizeof(double)

const struct row settings_rows[] = {
    {"hub", "id", AT(mqtt.hub_id), TEXT(FORM_ID), .standard = "",
     .help = "Name of this hub in MQTT topics (crampd/<id>/...); \"\": made from the machine id"},
    {"hub", "name", AT(mqtt.hub_name), TEXT(FORM_TEXT), .required = true, .standard = "Leg cramp hub",
     .help = "Name of this hub for people, as Home Assistant shows it"},
    {"hub", "log_level", AT(log_level), WORD(log_level), .standard = "info",
     .help = "Least important log line that is still written"},
    {"hub", "language", AT(language), WORD(language), .standard = "",
     .help =
         "Language of what is told to people, such as the guidance in a cramp's message; \"\": the system's"},

    {"sensor", "bus", AT(sensor.bus), TEXT(FORM_PATH), .required = true, .standard = "/dev/i2c-1",
     .help = "I2C bus of the ADCs and the IMUs"},
    {"sensor", "gpio_chip", AT(sensor.chip_label), TEXT(FORM_LINE), .standard = "",
     .help = "Label of the GPIO chip, needed only where line names occur twice (gpiodetect shows labels)"},
    {"sensor", "lead_off_debounce_s", AT(sensor.lead_off_debounce_s), FLOAT(0.1, 5, "s"), .standard = "0.25",
     .help =
         "An electrode counts as off or on again after this long; contact detectors flicker with the mains"},
    {"sensor", "realtime_priority", AT(sensor.realtime_priority), INT(0, 99, NULL), .standard = "50",
     .help = "SCHED_FIFO priority of the acquiring thread; 0: ordinary scheduling"},
    {"sensor", "lock_memory", AT(sensor.lock_memory), BOOL, .standard = "true",
     .help = "Keep the program in memory, so that swapping cannot lose samples"},
    {"sensor", "retry_max_s", AT(sensor.retry_max_s), FLOAT(1, 600, "s"), .standard = "10",
     .help = "Longest pause between attempts to find hardware that does not answer"},

    {"emg", "leg", AT_EMG(leg), WORD(leg), .standard = "left", .help = "Leg that wears the electrodes"},
    {"emg", "muscle", AT_EMG(muscle), WORD(muscle), .standard = "gastrocnemius",
     .second = "gastrocnemius_lateral",
     .help = "Muscle below the electrodes; gastrocnemius is its medial head"},
    {"emg", "input", AT_EMG(input), WORD(emg_input), .standard = "raw",
     .help = "What the front end delivers: the raw signal, or an envelope (then less can be told apart)"},
    {"emg", "chip", AT_EMG(chip), WORD(adc_chip), .standard = "ads1115",
     .help = "Analogue-to-digital converter; one a channel, in continuous mode"},
    {"emg", "address", AT_EMG(address), .type = TYPE_HEX, .min = 0x48, .max = 0x4b, .standard = "0x48",
     .second = "0x49", .help = "Its I2C address, by its ADDR pin: 0x48 GND, 0x49 VDD, 0x4a SDA, 0x4b SCL"},
    {"emg", "rate_hz", AT_EMG(rate_hz), INT(128, 3300, "samples/s"), .standard = "860",
     .help = "Nominal rate, one the chip has (ads1115: 128 250 475 860; ads1015: 128 250 490 920 1600 2400 "
             "3300); the true one is measured"},
    {"emg", "adc_range_v", AT_EMG(adc_range_v), FLOAT(0.256, 6.144, "V"),
     ONE_OF(0.256, 0.512, 1.024, 2.048, 4.096, 6.144), .standard = "2.048",
     .help = "Full scale of the ADC; 2.048 V behind a gain of 200 and 1.65 V gives steps of 0.31 uV and room "
             "for +2 mV"},
    {"emg", "gain", AT_EMG(gain), FLOAT(1, 100000, "V/V"), .standard = "200",
     .help = "Voltage gain of the front end (MyoWare 2.0 RAW about 200; BioAmp Candy 2420, which needs "
             "adc_range_v = 4.096)"},
    {"emg", "reference_v", AT_EMG(reference_v), FLOAT(0, 5.5, "V"), .standard = "1.65",
     .help = "Voltage at the ADC that means 0 uV: half the front end's supply for raw, 0 for most envelopes"},
    {"emg", "input_pin", AT_EMG(input_pin), INT(0, 3, NULL), .standard = "0",
     .help = "ADC input that the front end is wired to: 0 for AIN0 ... 3 for AIN3"},
    {"emg", "ready_line", AT_EMG(ready_line), TEXT(FORM_LINE), .required = true, .standard = "GPIO17",
     .second = "GPIO27", .help = "GPIO line wired to the ADC's ALERT/RDY pin"},
    {"emg", "lead_off_plus", AT_EMG(lead_off_plus), TEXT(FORM_LINE), .standard = "",
     .help = "GPIO line wired to the front end's LO+ (high: electrode off); \"\": not wired"},
    {"emg", "lead_off_minus", AT_EMG(lead_off_minus), TEXT(FORM_LINE), .standard = "",
     .help = "GPIO line wired to the front end's LO- (high: electrode off); \"\": not wired"},

    {"imu", "leg", AT_IMU(leg), WORD(leg), .standard = "left",
     .help = "Leg that wears the IMU; without an imu list it is the leg of the first emg channel"},
    {"imu", "chip", AT_IMU(chip), WORD(imu_chip), .standard = "mpu6050",
     .help = "Motion sensor; none: this leg has no IMU and movements are harder to tell from cramps"},
    {"imu", "address", AT_IMU(address), .type = TYPE_HEX, .min = 0x68, .max = 0x69, .standard = "0x68",
     .help = "Its I2C address, by its AD0 pin: 0x68 low, 0x69 high"},
    {"imu", "rate_hz", AT_IMU(rate_hz), INT(25, 500, "rows/s"), ONE_OF(25, 40, 50, 100, 125, 200, 250, 500),
     .standard = "100", .help = "Rows a second"},
    {"imu", "acc_range_g", AT_IMU(acc_range_g), FLOAT(2, 16, "g"), ONE_OF(2, 4, 8, 16), .standard = "4",
     .help = "Full scale of acceleration"},
    {"imu", "gyro_range_dps", AT_IMU(gyro_range_dps), FLOAT(250, 2000, "deg/s"), ONE_OF(250, 500, 1000, 2000),
     .standard = "500", .help = "Full scale of rotation"},
    {"imu", "interrupt_line", AT_IMU(interrupt_line), TEXT(FORM_LINE), .standard = "",
     .help = "GPIO line wired to INT; \"\": read by time"},

    {"button", "line", AT(sensor.button_line), TEXT(FORM_LINE), .standard = "GPIO22",
     .help = "GPIO line of the bedside button; \"\": no button"},
    {"button", "active_low", AT(sensor.button_active_low), BOOL, .standard = "true",
     .help = "The button connects the line to ground (a pull-up is switched on)"},
    {"button", "debounce_s", AT(sensor.button_debounce_s), FLOAT(0.005, 1, "s"), .standard = "0.03",
     .help = "The contact must have been quiet for this long"},

    {"detect", "onset_ratio", AT(detect.onset_ratio), FLOAT(1.2, 20, "times the resting level"),
     .standard = "2.5", .help = "Level that counts as activity"},
    {"detect", "rise_ratio", AT(detect.rise_ratio), FLOAT(1.1, 10, "times the resting level"),
     .standard = "1.6", .help = "Level that counts as an announcing rise"},
    {"detect", "decide_s", AT(detect.decide_s), FLOAT(3, 60, "s"), .standard = "10",
     .help = "Unbroken, unexplained activity for this long is called a cramp"},
    {"detect", "decide_fast_s", AT(detect.decide_fast_s), FLOAT(2, 60, "s"), .standard = "5",
     .help =
         "The same with the other head of the calf silent, after a rise, or within the hour after a cramp"},
    {"detect", "mains_hz", AT(detect.mains_hz), FLOAT(0, 60, "Hz"), ONE_OF(0, 50, 60), .standard = "0",
     .help = "Mains frequency, whose hum is filtered out; 0: found out from the signal"},
    {"detect", "fault_after_s", AT(detect.fault_after_s), FLOAT(0.5, 10, "s"), .standard = "5",
     .help = "A bad signal for this long is reported as a fault"},

    {"night", "always", AT(policy.night_always), BOOL, .standard = "false",
     .help = "Remind at every hour; end then only closes the figures of a day"},
    {"night", "start", AT(policy.night_start_min), TIME, .standard = "21:00",
     .help = "Reminders are wanted from this local time"},
    {"night", "end", AT(policy.night_end_min), TIME, .standard = "09:00",
     .help = "... to this one; may be earlier than start, over midnight"},

    {"reminder", "led_line", AT(reminder.led_line), TEXT(FORM_LINE), .standard = "GPIO23",
     .help = "GPIO line of the reminder light; \"\": none"},
    {"reminder", "led_active_low", AT(reminder.led_active_low), BOOL, .standard = "false",
     .help = "The light shines when the line is low"},
    {"reminder", "motor_line", AT(reminder.motor_line), TEXT(FORM_LINE), .standard = "GPIO24",
     .help = "GPIO line of the vibration motor's driver (never the motor itself); \"\": none"},
    {"reminder", "motor_active_low", AT(reminder.motor_active_low), BOOL, .standard = "false",
     .help = "The motor runs when the line is low"},
    {"reminder", "gpio_chip", AT(reminder.chip_label), TEXT(FORM_LINE), .standard = "",
     .help = "Label of the GPIO chip, needed only where line names occur twice"},
    {"reminder", "ramp_s", AT(reminder.ramp_s), FLOAT(0, 120, "s"), .standard = "8",
     .help = "Time from the first faint pulse to full strength"},
    {"reminder", "rhythm_s", AT(reminder.rhythm_s), FLOAT(0.2, 10, "s"), .standard = "2",
     .help = "Time from one pulse to the next"},
    {"reminder", "strength", AT(reminder.strength), FLOAT(0.05, 1, "of the rhythm"), .standard = "0.6",
     .help = "How long a pulse lasts at full strength"},
    {"reminder", "tension_strength", AT(reminder.tension_strength), FLOAT(0.05, 1, "of the rhythm"),
     .standard = "0.2", .help = "The same for the light reminder of a rise"},
    {"reminder", "tension", AT(policy.remind_tension), BOOL, .standard = "false",
     .help = "Remind lightly already when tension rises, before a cramp is certain"},
    {"reminder", "cap_s", AT(policy.cap_s), FLOAT(5, 600, "s"), .standard = "120",
     .help = "Longest reminder, if nobody presses the button and the cramp goes on"},
    {"reminder", "max_s", AT(reminder.max_s), FLOAT(5, 900, "s"), .standard = "300",
     .help = "Hard limit in the outputs themselves, whatever else goes wrong"},
    {"reminder", "repeat_s", AT(policy.repeat_s), FLOAT(10, 3600, "s"), .standard = "60",
     .help = "Pause before reminding again of a cramp that goes on and was not acknowledged"},
    {"reminder", "repeat_max", AT(policy.repeat_max), INT(0, 20, "times"), .standard = "3",
     .help = "How often that is repeated; 0: never"},
    {"reminder", "snooze_s", AT(policy.snooze_s), FLOAT(30, 7200, "s"), .standard = "600",
     .help = "Length of a snooze that does not say how long"},
    {"reminder", "mute_max_s", AT(policy.mute_max_s), FLOAT(60, 604800, "s"), .standard = "43200",
     .help = "Longest mute that is accepted, so that a forgotten one ends by itself"},

    {"mqtt", "enabled", AT(mqtt.enabled), BOOL, .standard = "true",
     .help = "Tell the home; everything else works without it"},
    {"mqtt", "host", AT(mqtt.host), TEXT(FORM_HOST), .required = true, .standard = "localhost",
     .help = "Broker: name or address, or /path of its unix socket"},
    {"mqtt", "port", AT(mqtt.port), INT(1, 65535, NULL), .standard = "1883",
     .help = "Its port; 8883 is usual with tls; not used with a unix socket"},
    {"mqtt", "protocol", AT(mqtt.protocol), WORD(mqtt_protocol), .standard = "5", .help = "Version of MQTT"},
    {"mqtt", "keepalive_s", AT(mqtt.keepalive_s), INT(5, 3600, "s"), .standard = "30",
     .help = "A dead connection is noticed after one and a half times this"},
    {"mqtt", "username", AT(mqtt.username), TEXT(FORM_TEXT), .standard = "", .help = "\"\": anonymous"},
    {"mqtt", "password_file", AT(mqtt.password_file), TEXT(FORM_PATH), .standard = "",
     .help = "File of mode 0600 with the password; the systemd credential mqtt-password goes before it"},
    {"mqtt", "tls", AT(mqtt.tls), BOOL, .standard = "false",
     .help = "Encrypt, and check the broker's certificate and name"},
    {"mqtt", "ca_file", AT(mqtt.ca_file), TEXT(FORM_PATH), .standard = "",
     .help = "Certificates that may vouch for the broker (PEM); \"\": the system's"},
    {"mqtt", "cert_file", AT(mqtt.cert_file), TEXT(FORM_PATH), .standard = "",
     .help = "Certificate of this hub (PEM), for brokers that ask for one; with key_file"},
    {"mqtt", "key_file", AT(mqtt.key_file), TEXT(FORM_PATH), .standard = "",
     .help = "Its private key (PEM), without a passphrase; of mode 0600 or 0640"},
    {"mqtt", "reconnect_max_s", AT(mqtt.reconnect_max_s), FLOAT(1, 3600, "s"), .standard = "60",
     .help = "Longest pause between attempts to reach the broker"},
    {"mqtt", "outbox_max_age_h", AT_BOTH(mqtt.outbox_max_age_h, store.outbox_max_age_h), FLOAT(1, 87600, "h"),
     .standard = "720", .help = "Events the broker did not take for this long are dropped, counted and said"},
    {"mqtt", "outbox_max_rows", AT_BOTH(mqtt.outbox_max_rows, store.outbox_max_rows),
     INT(100, 1000000, "events"), .standard = "10000",
     .help = "Most events kept for the broker; the oldest go first"},
    {"mqtt", "live", AT(mqtt.live), BOOL, .standard = "false",
     .help = "Also publish the levels five times a second, for demonstrations"},

    {"home_assistant", "discovery", AT(mqtt.discovery), BOOL, .standard = "true",
     .help = "Announce the hub and the leg sensor to Home Assistant"},
    {"home_assistant", "prefix", AT(mqtt.discovery_prefix), TEXT(FORM_PREFIX), .required = true,
     .standard = "homeassistant", .help = "Home Assistant's discovery prefix"},

    {"control", "bus", AT(control.bus), WORD(bus_kind), .standard = "system",
     .help = "D-Bus that crampctl reaches crampd by"},

    {"diary", "directory", AT(store.directory), TEXT(FORM_PATH), .standard = "",
     .help = "Where the diary is kept; \"\": $STATE_DIRECTORY, else /var/lib/crampd"},
    {"diary", "retention_days", AT(store.retention_days), INT(0, 36500, "days"), .standard = "0",
     .help = "Older rows are deleted; 0: kept for ever"},
    {"diary", "batch_s", AT(store.batch_s), FLOAT(1, 3600, "s"), .standard = "300",
     .help = "Everything but episodes is written this often, to spare the memory card"},

    {"recording", "label", AT_RECORDING(label), TEXT(FORM_TEXT), .required = true, .standard = "EMG",
     .help = "Label of a signal as the file has it"},
    {"recording", "leg", AT_RECORDING(leg), WORD(leg), .standard = "left", .help = "Leg it was taken from"},
    {"recording", "muscle", AT_RECORDING(muscle), WORD(muscle), .standard = "gastrocnemius",
     .help = "Muscle it was taken from"},
};
const size_t settings_row_count = ARRAY_SIZE(settings_rows);

#define LIST_OF(name)                                                                                        \
    .list = true, .count_offset = offsetof(struct settings, sensor.name##_count),                            \
    .entries_offset = offsetof(struct settings, sensor.name), .entry_size = sizeof(struct name##_params),    \
    .count_field = "sensor." #name "_count"

const struct group settings_groups[] = {
    {.name = "hub", .help = "The hub itself"},
    {.name = "sensor", .help = "What all sensors share"},
    {.name = "emg",
     .help = "EMG channels: one front end and one ADC each",
     LIST_OF(emg),
     .least = 1,
     .most = EMG_CHANNELS,
     .standard = 2},
    {.name = "imu",
     .help = "Motion sensors, at most one a leg; () for none",
     LIST_OF(imu),
     .least = 0,
     .most = IMU_SOURCES,
     .standard = 1},
    {.name = "button", .help = "The bedside button: acknowledges a reminder"},
    {.name = "detect", .help = "What counts as a cramp; docs/detection.md tells what each figure costs"},
    {.name = "night", .help = "When reminders are wanted; detection and the diary never pause"},
    {.name = "reminder", .help = "The reminder: gentle pulses of light and vibration that grow"},
    {.name = "mqtt", .help = "The home's MQTT broker"},
    {.name = "home_assistant", .help = "Home Assistant"},
    {.name = "control", .help = "Local control"},
    {.name = "diary", .help = "The diary"},
    {.name = "recording",
     .help = "Labels of other people's EDF recordings, for --replay; crampd's own (\"EMG Gastroc-L\" ...) "
             "are known",
     LIST_OF(recording),
     .least = 0,
     .most = EMG_CHANNELS,
     .standard = 0},
};
const size_t settings_group_count = ARRAY_SIZE(settings_groups);

const struct group *group_find(const char *name)
{
    for (size_t i = 0; name && i < settings_group_count; i++)
        if (strcmp(settings_groups[i].name, name) == 0)
            return &settings_groups[i];
    return NULL;
}

const struct row *row_find(const char *group, const char *key)
{
    for (size_t i = 0; group && key && i < settings_row_count; i++)
        if (strcmp(settings_rows[i].group, group) == 0 && strcmp(settings_rows[i].key, key) == 0)
            return &settings_rows[i];
    return NULL;
}

void *group_base(const struct group *group, struct settings *settings, int i)
{
    if (!group->list)
        return settings;
    return (char *)settings + group->entries_offset + (size_t)i * group->entry_size;
}

int *group_count(const struct group *group, struct settings *settings)
{
    return group->list ? (int *)(void *)((char *)settings + group->count_offset) : NULL;
}
