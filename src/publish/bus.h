/* SPDX-License-Identifier: MIT */
/*
 * D-Bus: org.crampd.Hub1 at /org/crampd/Hub1, interface org.crampd.Hub1. On the loop, through sd-event.
 *
 *   methods    Status() -> s              JSON of the hub's state
 *              Measure() -> s             JSON of what the detector sees now; costs something only when asked
 *              Episodes(u limit) -> s     JSON array, newest first; 0 = as many as 1000
 *              Nights(u limit) -> s       JSON array, newest first
 *              Faults(u limit) -> s       JSON array, newest first
 *              Entries(u limit) -> s      the same: what was told of each day
 *              Calibrate(s leg)           begins; progress, and what is known: Calibration() -> s JSON
 *              CancelCalibration(), ForgetCalibration(s leg); leg "": every leg
 *              Tell(s json) -> s json     a command as on MQTT, and its result (docs/mqtt.md)
 *              Acknowledge(), Snooze(d seconds), Mute(d seconds), Unmute(), TestReminder()
 *   signals    Event(s json)
 *   properties State s, Reminding b, Muted b (emit PropertiesChanged)
 *
 * A refusal is a D-Bus error org.crampd.Error.*: NothingToAcknowledge, NothingToSnooze, InvalidDuration,
 * DiaryUnavailable, DiaryTimeout, NoSuchLeg, NoElectrodes, AlreadyCalibrating, CrampIsOn, TooManyQueries,
 * Failed; its message is a sentence for people.
 *
 * The policy file (systemd/org.crampd.Hub1.conf) lets root and the group crampd call and listen, nobody else:
 * what happens to a sleeper at night is nobody else's business, so reading is not free either. No bus is not
 * an error.
 */
#pragma once

#include "base/event.h"
#include "base/macros.h"
#include "publish/params.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct bus;

enum bus_calibrate { BUS_CALIBRATE, BUS_CALIBRATE_CANCEL, BUS_CALIBRATE_FORGET };

struct bus_ops {
    /* JSON text to be freed by the bus. */
    char *(*status)(void *context);
    char *(*measure)(void *context);
    /* Answers later through bus_reply(); 0, or a negative errno to answer with at once. what: "episodes",
     * "nights", "faults". */
    int (*query)(void *context, const char *what, unsigned limit, uint64_t token);
    char *(*calibration)(void *context);
    /* leg -1: every one (FORGET only). 0, -ENODEV no electrodes there, -EALREADY, -EBUSY a cramp is on. */
    int (*calibrate)(void *context, enum bus_calibrate what, int leg);
    /* A command as on MQTT; its result, to be freed by the bus. */
    char *(*tell)(void *context, const char *json);
    /* As policy_command(): 0 or a negative errno. */
    int (*command)(void *context, enum command command, double seconds);
};

/* Connects, asks for the name, attaches to the loop; retries by itself when the bus is not there yet or goes
   away. NULL with errno only for ENOMEM. */
struct bus *bus_new(const struct control_params *params, sd_event *loop, const struct bus_ops *ops,
                    void *context);
void bus_free(struct bus *bus);
DEFINE_CLEANUP(struct bus *, bus_free);

/* The answer to query `token`: JSON text, or a negative errno. */
void bus_reply(struct bus *bus, uint64_t token, int error, const char *json);
void bus_event(struct bus *bus, const char *json);
/* Something visible in the properties changed. */
void bus_state_changed(struct bus *bus, const char *state, bool reminding, bool muted);
