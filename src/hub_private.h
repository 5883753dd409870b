/* SPDX-License-Identifier: MIT */
/* What the files of the hub share: hub.c (life and loop), hub_tell.c (events out), hub_link.c (MQTT, store
   and D-Bus back in), hub_states.c, hub_view.c and hub_measure.c (what is shown), hub_calibration.c (what
   the legs' owner taught the detector), hub_command.c (what is asked over MQTT), hub_preferences.c (what the
   home has set), hub_placement.c (electrodes that moved), hub_rest.c (what outlives a
   restart), hub_watch.c (once a second), hub_json.c (values that may not be known). */
#pragma once

#include "base/log.h"
#include "base/ring.h"
#include "hub.h"
#include "pipeline.h"
#include "publish/bus.h"
#include "publish/command.h"
#include "publish/mqtt.h"
#include "publish/states.h"
#include "reminder/reminder.h"
#include "sensor/acquire.h"
#include "store/store.h"

#include <systemd/sd-event.h>

/* One of the hub's own faults (broker, disk, clock): raised after it has lasted `grace_ns`, cleared by
 * itself. */
struct own_fault {
    enum fault_source source;
    int64_t grace_ns, since_real_ns; /* brokers and disks live in real time, also under a simulated clock */
    bool present, declared;
    enum fault_reason reason;
    int64_t since_ns;
};
enum { OWN_BROKER, OWN_DISK, OWN_CLOCK, OWN_CONFIG, OWN_OUTPUT, OWN_FAULTS };

/* The outbox's way back to the broker, one batch at a time. */
struct drain {
    bool running;       /* a fetch is being answered or its messages are in flight */
    unsigned fetch;     /* whose answers count: the last asked; those of a lost connection do not */
    int64_t again_ns;   /* something stayed behind: begin again then, when all is quiet; TIME_UNKNOWN: nothing
                           did */
    uint64_t below_seq; /* younger events of this boot go out live */
    uint64_t last_token; /* of the batch */
    unsigned in_flight;  /* late messages not yet acknowledged */
    bool batch_complete; /* the store has answered whole */
    unsigned batch_count;
};

/* The retained states, as last sent: a state that did not change is not sent again. */
enum hub_topic {
    TOPIC_SLOT_STATE,
    TOPIC_SLOT_TONIGHT,
    TOPIC_SLOT_LAST_CRAMP,
    TOPIC_SLOT_SENSOR_STATUS,
    TOPIC_SLOT_FAULT,
    TOPIC_SLOT_SETTINGS,
    TOPIC_SLOT_CALIBRATION,
    TOPIC_SLOT_INFO,
    TOPIC_SLOTS
};

/* What the home has set, and what the file says of the same. */
struct preferences {
    int value[preference_count];    /* PREFERENCE_UNSET: as in the file */
    bool known;                     /* the diary has told, or cannot: before, what is in force may be about to
                                       change */
    bool touched[preference_count]; /* in this run: what the diary says of it is older */
    double file_strength;
    int file_night_start_min, file_night_end_min;
};

struct hub {
    struct hub_options options;
    struct settings *settings;       /* in force */
    struct settings *first_settings; /* rooms keep strings of these; same as settings until a reload */
    struct platform *platform;
    sd_event *loop;
    sd_event_source *timer; /* next deadline of policy or reminder */
    int quit_fd;

    struct ring *blocks;
    struct acquire *acquire;
    struct pipeline *pipeline;
    struct reminder *reminder;
    struct mqtt *mqtt; /* NULL: off, or could not be set up */
    struct bus *bus;
    struct store *store;

    char boot_id[33];
    int64_t started_ns;     /* when this run began */
    int64_t wall_offset_ns; /* CLOCK_REALTIME - the platform's clock */
    bool clock_synced;
    int64_t restored_mute_us; /* wall time until which an earlier run was muted, while that still holds; 0 =
                                 none */

    struct own_fault own[OWN_FAULTS];
    int64_t next_policy_ns;
    bool vibrating;

    uint64_t watchdog_rounds;
    int64_t next_feed_ns;
    uint64_t watchdog_samples; /* acquired when the watchdog was last fed */
    int64_t last_live_ns;

    struct drain drain;
    unsigned live_in_flight; /* events published live, not yet acknowledged */

    struct event last_cramp; /* last CRAMP_END (or START), for states; without id: none */
    int64_t
        last_cramp_wall_us; /* its onset, when it is of an earlier run (then t_ns is TIME_UNKNOWN); else 0 */
    struct active_fault active[64]; /* declared and not cleared; .since_us only when they are sent */
    int64_t active_since_ns[64];
    unsigned active_count;
    char *sent[TOPIC_SLOTS];
    int64_t tonight_sent_ns;
    bool stopping;        /* pipeline and reminder are gone: only acknowledgements still count */
    uint64_t lost_events; /* that the store had no room for */
    int64_t next_output_retry_ns;
    bool leg_seen; /* in this run, well enough to see a cramp: before, "ok" would be a guess */
    bool states_dirty;
    int rest_fd; /* of the file that keeps resting levels; -1: none */
    int64_t next_rest_ns;
    unsigned placements_said[EMG_CHANNELS];
    struct {
        bool known;      /* and kept in the diary */
        bool touched;    /* in this run: what the diary says of it is older */
        int64_t made_ns; /* when it was calibrated; TIME_UNKNOWN: in another boot */
        int64_t wall_us; /* the same; 0: the clock was never right since */
    } calibrated[EMG_CHANNELS];
    unsigned calibrations_kept; /* of those that the detector has finished */
    struct command_history commands;
    struct log_limit command_hour; /* of those that the diary keeps */
    struct log_limit home_calibrations;
    struct preferences preferences;
};

/* hub_tell.c */
void hub_remind(void *hub, const struct event *event);
void hub_tell(void *hub, const struct event *event);
struct stamp hub_stamp(const struct hub *hub, int64_t t_ns);
void hub_note_cramp(struct hub *hub, const struct event *event, int64_t onset_wall_us);

/* hub_states.c */
void hub_note_fault(struct hub *hub, const struct event *event);
bool hub_fault_declared(const struct hub *hub); /* of the leg sensor */
void hub_publish_states(struct hub *hub);
void hub_publish_faults(struct hub *hub); /* and the sensor's status */
void hub_publish_discovery(struct hub *hub);

/* hub_command.c */
void hub_command_text(struct hub *hub, const struct mqtt_notice *notice);
char *hub_tell_text(struct hub *hub, const char *json); /* D-Bus Tell(): the result, to be freed */

/* hub_preferences.c */
void hub_preferences_begin(
    struct hub *hub); /* pipeline and reminder are there, the settings as in the file */
void hub_preferences_reload(struct hub *hub); /* the file has been read again */
void hub_set_preference(struct hub *hub, enum preference preference,
                        int value); /* PREFERENCE_UNSET: as in the file */
void hub_restore_preference(struct hub *hub, enum preference preference, int value);
char *hub_preferences_text(const struct hub *hub); /* JSON of <base>/settings, to be freed */

/* hub_json.c */
struct cJSON;
/* Rounded to 1/steps; null when it is not known. */
void hub_add_number(struct cJSON *object, const char *name, double value, double steps);
/* null without one. */
void hub_add_word(struct cJSON *object, const char *name, const char *word);

/* hub_view.c */
void hub_publish_live(struct hub *hub);
char *hub_status_text(struct hub *hub); /* JSON for D-Bus Status(), to be freed */

/* hub_measure.c */
char *hub_measure_text(struct hub *hub); /* JSON for D-Bus Measure(), to be freed */

/* hub_calibration.c */
int hub_calibrate(struct hub *hub, enum bus_calibrate what, int leg);
char *hub_calibration_text(struct hub *hub);  /* JSON for D-Bus Calibration(), to be freed */
char *hub_calibration_state(struct hub *hub); /* JSON of <base>/calibration, to be freed */
struct cJSON *hub_calibration(const struct hub *hub, unsigned channel); /* of Status(); null: there is none */
void hub_follow_calibration(struct hub *hub);
void hub_restore_calibration(struct hub *hub, const struct store_notice *notice);
void hub_forget_calibration(struct hub *hub, unsigned channel);
void hub_date_calibrations(struct hub *hub); /* the wall clock has become right */

/* hub_placement.c */
void hub_note_placement(struct hub *hub);
struct cJSON *hub_placement(const struct hub *hub,
                            unsigned channel); /* of Status(); null: not seen to change */

/* hub_rest.c */
void hub_resume_rest(struct hub *hub);
void hub_keep_rest(struct hub *hub, int64_t now_ns);

/* hub_watch.c */
void hub_watch(struct hub *hub, int64_t now_ns); /* once a second */

/* hub_link.c */
int hub_link_attach(struct hub *hub); /* notices of MQTT and store, D-Bus: onto the loop */
void hub_link_tick(struct hub *hub, int64_t now_ns);
void hub_drain_later(struct hub *hub); /* something stays in the outbox although the broker is there */
void hub_link_settle(struct hub *hub); /* after the broker's end: what it acknowledged last */
void hub_correct_mute(struct hub *hub, int64_t now_ns); /* the wall clock has become right or was moved */
int hub_run_command(struct hub *hub, enum command command, double seconds, enum origin origin);
void hub_own_fault(struct hub *hub, int which, bool present, enum fault_reason reason, int64_t now_ns);

/* hub.c */
void hub_step(struct hub *hub); /* brings pipeline, reminder and timer to now */
