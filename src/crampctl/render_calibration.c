/* SPDX-License-Identifier: MIT */
#include "crampctl/render_calibration.h"

#include "base/macros.h"
#include "base/names.h"
#include "crampctl/json.h"

#include <math.h>
#include <string.h>

static const char *hindrance_text(const cJSON *calibration)
{
    static const char *const texts[hindrance_count] = {
        [HINDRANCE_CONTACT] = "an electrode does not touch",
        [HINDRANCE_NO_SIGNAL] = "there is no usable signal, see crampctl status",
        [HINDRANCE_MOVING] = "the leg moves",
        [HINDRANCE_TENSE] = "the muscle is not relaxed",
        [HINDRANCE_NO_CONTRACTION] =
            "no firm contraction of a whole second came (three times the level at rest, at least)",
        [HINDRANCE_CLIPPED] = "the contraction was stronger than the amplifier can show; lower its gain",
    };
    int hindrance = hindrance_from_name(json_text(calibration, "hindrance", NULL));

    return hindrance >= 0 ? texts[hindrance] : NULL;
}

static int phase_of(const cJSON *calibration)
{
    return calibration_phase_from_name(json_text(calibration, "phase", NULL));
}

void render_calibration_step(const cJSON *calibration, FILE *out)
{
    const char *leg = json_text(calibration, "leg", "?"), *hindrance = hindrance_text(calibration);
    double left = json_number(calibration, "left_s");

    switch (phase_of(calibration)) {
    case CALIBRATION_REST:
        fprintf(out, "The %.20s leg: lie still and let it rest; %.0f of %.0f s", leg,
                floor(json_number(calibration, "rest_s")), json_number(calibration, "rest_needed_s"));
        break;
    case CALIBRATION_CONTRACT:
        fprintf(
            out,
            "Now point the %.20s foot as hard as you comfortably can, and hold it for 3 s (time for that: "
            "%.0f s)",
            leg, left);
        break;
    case CALIBRATION_RELAX: fprintf(out, "Let go, and rest"); return;
    case CALIBRATION_DONE: fprintf(out, "Done"); return;
    case CALIBRATION_FAILED: fprintf(out, "Given up"); return;
    case CALIBRATION_CANCELLED: fprintf(out, "Cancelled"); return;
    default: fprintf(out, "No calibration is running"); return;
    }
    if (hindrance)
        fprintf(out, "; this does not count: %s", hindrance);
}

void render_calibration_failure(const cJSON *calibration, FILE *out)
{
    const char *hindrance = hindrance_text(calibration);
    double rest = json_number(calibration, "rest_s"), needed = json_number(calibration, "rest_needed_s");

    fprintf(out, "the %.20s leg was not calibrated: ", json_text(calibration, "leg", "?"));
    if (rest < needed)
        fprintf(out, "in three minutes only %.0f of %.0f s could be used, mostly because ", floor(rest),
                needed);
    fprintf(out, "%s", hindrance ? hindrance : "nobody knows why");
}

void render_calibration(const cJSON *site, FILE *out)
{
    const cJSON *calibration = cJSON_GetObjectItemCaseSensitive(site, "calibration");
    double rest = json_number(calibration, "rest_uv"), firm = json_number(calibration, "firm_uv");
    char muscle[WORDS_SIZE], at[LOCAL_TIME_SIZE];

    fprintf(out, "%.20s %.40s: ", json_text(site, "leg", "?"), json_words(site, "muscle", "?", muscle));
    if (isnan(rest)) {
        fprintf(out, "not calibrated\n");
        return;
    }
    fprintf(out, "at rest %.1f uV, ", rest);
    if (isnan(firm))
        fprintf(out, "it did not work along in the contraction");
    else
        fprintf(out, "firm contraction %.0f uV (%.0f x rest)", firm, firm / rest);
    if (json_text(calibration, "at", NULL))
        fprintf(out, ", calibrated %s", json_local_time(calibration, "at", true, at));
    fprintf(out, "\n");
}

void render_calibrations(const cJSON *sites, const char *leg, FILE *out)
{
    const cJSON *site;

    cJSON_ArrayForEach(site, sites)
    {
        if (!leg || strcmp(json_text(site, "leg", ""), leg) == 0)
            render_calibration(site, out);
    }
}
