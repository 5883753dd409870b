/* SPDX-License-Identifier: MIT */
#include "detect/hum.h"

#include "base/macros.h"
#include "detect/tuning.h"

void hum_step(struct hum *hum, double hum_uv, double level_uv, double floor_uv)
{
    hum->sudden =
        hum_uv >= HUM_SUDDEN_FLOOR * floor_uv && hum_uv >= HUM_SUDDEN_USUAL * (hum->usual_uv + floor_uv);
    hum->leak = hum->sudden && level_uv < HUM_LEAK * hum_uv;
    hum->seen_s = MIN(hum->seen_s + FRAME_S, HUM_USUAL_S);
    hum->usual_uv += FRAME_S / hum->seen_s * (hum_uv - hum->usual_uv);
}
