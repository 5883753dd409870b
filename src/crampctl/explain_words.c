/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_words.h"

#include "crampctl/explain_track.h"

#include <stdio.h>
#include <string.h>

static const char *const places[muscle_count] = {
    [MUSCLE_GASTROCNEMIUS] = "calf",
    [MUSCLE_GASTROCNEMIUS_LATERAL] = "calf (outer head)",
    [MUSCLE_SOLEUS] = "calf (soleus)",
    [MUSCLE_TIBIALIS] = "shin",
    [MUSCLE_HAMSTRING] = "back of the thigh",
    [MUSCLE_QUADRICEPS] = "front of the thigh",
    [MUSCLE_FOOT] = "foot",
};

/* what: goes on after "taken for". because: what the activity was like. gate: why time did not count while
   it was like that; NULL where there is no such gate. */
static const struct {
    const char *what, *because, *gate;
} dismissals[dismiss_reason_count] = {
    [DISMISS_LEG_MOVEMENT] = {"a leg movement", "it came and went within seconds, as when a leg moves once",
                              "the shin worked while the calf rested; cramps at night are the calf's"},
    [DISMISS_PERIODIC_LEG_MOVEMENT] = {"one of a series of leg movements",
                                       "others like it came before, 5 to 90 s apart", NULL},
    [DISMISS_RHYTHMIC_MOVEMENT] =
        {"a rhythmic movement such as a trembling foot",
         "short bursts followed each other with rest between them; a cramp does not "
         "pause",
         NULL},
    [DISMISS_MYOCLONUS] = {"a twitch", "every burst was over within a fifth of a second", NULL},
    [DISMISS_FASCICULATION] =
        {"the twitch of a few muscle fibres",
         "every burst was over within a tenth of a second and too weak to move anything", NULL},
    [DISMISS_JERK] = {"a jerk", "one or two bursts were all of it, over within half a second", NULL},
    [DISMISS_TURN] = {"turning over or stretching", "the leg moved, or lay differently while it lasted",
                      "the leg was moving"},
    [DISMISS_GAIT] = {"walking", "the leg swung as it does in steps", "the leg swung as it does in walking"},
    [DISMISS_VOLUNTARY] = {"a contraction held on purpose or in a dream", "it was held and then let go",
                           "several muscles of the leg worked alike; in a cramp one works alone"},
    [DISMISS_CLONIC] = {"a rapid trembling",
                        "the bursts came more than four times a second, or in both legs at "
                        "once",
                        NULL},
    [DISMISS_BILATERAL_TONIC] =
        {"a stiffening of both legs",
         "both legs began at the same time and worked about as hard; a cramp takes one",
         "both legs did the same; a cramp takes one"},
    [DISMISS_INTERFERENCE] = {"electrical interference", "most of the signal was hum of the mains",
                              "the signal was hum of the mains, not muscle"},
    [DISMISS_ARTEFACT] = {"a disturbance of the signal",
                          "no muscle makes such a signal, or too much of it was missing: a loose or pulled "
                          "electrode, a cable",
                          "it was stronger than any muscle at the skin"},
    [DISMISS_REMINDER] = {"the reminder's own vibration", "the motor ran when it began",
                          "the reminder's motor ran"},
};

static const char *const cramps[cramp_reason_count] = {
    [CRAMP_SUSTAINED] = "the muscle had worked without a break, with nothing else to explain it",
    [CRAMP_RISE] = "the tension had risen slowly and then surged, which is decided sooner",
    [CRAMP_RECURRENCE] = "it came within the hour after another cramp, which is decided sooner",
    [CRAMP_AFTER_MOVEMENT] = "it began in a movement and outlasted it",
};

static const char *const reliefs[relief_count] = {
    [RELIEF_SPONTANEOUS] = "It let go by itself.",
    [RELIEF_STRETCH] = "It let go in a stretch.",
    [RELIEF_MOVEMENT] = "It let go in a movement.",
    [RELIEF_UNKNOWN] = "Its end was not seen: the signal was lost.",
};

static const char *const faults[fault_reason_count] = {
    [FAULT_LEAD_OFF] = "an electrode had lost contact",
    [FAULT_NOT_WORN] = "the sensor was not worn",
    [FAULT_FLAT] = "the signal was flat, as if disconnected or shorted",
    [FAULT_CLIPPED] = "the signal was too strong for the converter",
    [FAULT_HUM] = "hum of the mains covered the muscle",
    [FAULT_GAP] = "measurements were missing",
    [FAULT_STALE] = "the same measurements came again and again",
    [FAULT_BUS] = "the wire to the sensor failed",
    [FAULT_RATE] = "the sampling rate was out of range",
};

static const char *const stops[stop_reason_count] = {
    [STOP_RELIEF] = "the cramp was over",
    [STOP_ACKNOWLEDGED] = "it was acknowledged",
    [STOP_SNOOZED] = "it was snoozed",
    [STOP_MUTED] = "reminders were muted",
    [STOP_CAP] = "it had lasted as long as a reminder may",
    [STOP_NIGHT_OVER] = "the night was over",
    [STOP_SHUTDOWN] = "the recording ended",
};

const char *words_place(enum leg leg, enum muscle muscle, char text[PLACE_SIZE])
{
    snprintf(text, PLACE_SIZE, "%s %s", leg_name(leg), places[muscle] ? places[muscle] : muscle_name(muscle));
    return text;
}

const char *words_dismissed(enum dismiss_reason reason)
{
    const char *what = dismissals[reason].what;
    return what ? what : dismiss_reason_name(reason);
}

const char *words_because(enum dismiss_reason reason)
{
    const char *because = dismissals[reason].because;
    return because ? because : dismiss_reason_name(reason);
}

const char *words_gate(enum dismiss_reason reason)
{
    const char *gate = dismissals[reason].gate;
    return gate ? gate : words_because(reason);
}

const char *words_cramp(enum cramp_reason reason)
{
    return cramps[reason] ? cramps[reason] : cramp_reason_name(reason);
}

const char *words_relief(enum relief relief)
{
    return reliefs[relief] ? reliefs[relief] : relief_name(relief);
}

const char *words_fault(enum fault_reason reason)
{
    return faults[reason] ? faults[reason] : fault_reason_name(reason);
}

const char *words_stop(enum stop_reason reason)
{
    return stops[reason] ? stops[reason] : stop_reason_name(reason);
}

static void append(char text[CAUSES_SIZE], const char *cause)
{
    size_t length = strlen(text);

    snprintf(text + length, CAUSES_SIZE - length, "%s%s", length ? "; " : "", cause);
}

const char *words_unseen(uint32_t value, char text[CAUSES_SIZE])
{
    *text = '\0';
    for (int reason = 0; reason < (int)fault_reason_count; reason++)
        if (value & BIT(reason))
            append(text, words_fault((enum fault_reason)reason));
    if (value & UNSEEN_NO_FRAMES)
        append(text, "nothing at all was recorded");
    if (value & UNSEEN_NO_FLOOR)
        append(text, "the resting level was not known yet");
    if (!*text)
        append(text, "the signal had only just come back");
    return text;
}
