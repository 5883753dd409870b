/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_motion.h"

#include <math.h>

#define DEGREE (M_PI / 180)
/* MPU-6050 at some 40 Hz bandwidth: 400 ug/sqrt(Hz), 0.005 deg/s/sqrt(Hz) (product specification 6.1, 6.2) */
#define ACC_NOISE_G    0.0026
#define GYRO_NOISE_DPS 0.035

/* What a move adds at an instant. */
struct contribution {
    double roll, pitch; /* degrees */
    double acc[3];      /* g */
    double rustle;      /* g RMS of irregular shaking */
};

static double smooth(double x)
{
    x = fmin(fmax(x, 0), 1);
    return x * x * (3 - 2 * x);
}

static void flex(const struct move *move, double x, double length, struct contribution *c)
{
    double attack = fmax(fmin(move->attack_s, length / 2), 0.02);
    bool moves = x < attack || x > length - attack;

    c->pitch += move->extent * (smooth(x / attack) - smooth((x - (length - attack)) / attack));
    c->rustle += moves ? 0.001 * fabs(move->extent) / attack : 0;
}

static void turn(const struct move *move, double x, double length, struct contribution *c)
{
    double share = x / length;

    c->roll += move->extent * smooth((share - 0.15) / 0.7);
    c->pitch += 12 * sin(M_PI * share) * sin(move->phase + 5 * share);
    c->rustle += 0.06 * sin(M_PI * share);
}

static void shake(const struct move *move, double x, double length, struct contribution *c)
{
    double edge = fmin(smooth(x / 0.3), smooth((length - x) / 0.3));
    double angle = 2 * M_PI * move->hz * x + move->phase;

    c->acc[2] += edge * move->extent * sin(angle);
    c->acc[0] += edge * move->extent * 0.5 * sin(angle + 1);
    c->pitch += edge * 40 * move->extent / fmax(move->hz, 0.5) * sin(angle + 2);
}

static void jerk(const struct move *move, double x, double length, struct contribution *c)
{
    double share = x / length;

    c->acc[2] += move->extent * sin(2 * M_PI * share);
    c->acc[0] += move->extent * 0.4 * sin(3 * M_PI * share + move->phase);
    c->pitch += 6 * move->extent * sin(M_PI * share);
}

/* Sits up, walks, lies down again: the shank is upright in between. */
static void gait(const struct move *move, double x, double length, struct contribution *c)
{
    double up = smooth((x - 1) / 3) - smooth((x - (length - 4)) / 3);
    double stride = fmod(x * move->hz + move->phase, 1.0);
    bool walks = x > 4 && x < length - 4;

    c->pitch += 85 * up;
    if (walks) {
        c->pitch += 25 * sin(2 * M_PI * stride);
        c->acc[0] += move->extent * exp(-pow((stride - 0.1) / 0.03, 2));
        c->acc[2] += 0.4 * move->extent * sin(4 * M_PI * stride);
        c->rustle += 0.05;
    } else {
        c->rustle += 0.04;
    }
}

static void rustle(const struct move *move, double x, double length, struct contribution *c)
{
    c->rustle += move->extent * fmin(smooth(x / 0.4), smooth((length - x) / 0.4));
}

static void (*const move_kinds[])(const struct move *, double, double, struct contribution *) = {
    [MOVE_FLEX] = flex, [MOVE_TURN] = turn, [MOVE_SHAKE] = shake,
    [MOVE_JERK] = jerk, [MOVE_GAIT] = gait, [MOVE_RUSTLE] = rustle,
};

void synth_motion_init(struct motion *motion, enum leg leg, const struct synth_setup *setup,
                       const struct plan *plan)
{
    *motion = (struct motion){
        .leg = leg,
        .rate_hz = setup->imu_rate_hz,
        .rng = rng_fork(setup->seed, 200 + (uint64_t)leg),
        .moves = plan->moves,
        .move_count = plan->move_count,
    };
    motion->roll = motion->last_roll = rng_between(&motion->rng, -25, 25);
    motion->pitch = motion->last_pitch = rng_between(&motion->rng, -8, 8);
}

static void start_moves(struct motion *motion, double t)
{
    for (; motion->next < motion->move_count && motion->moves[motion->next].start_s <= t; motion->next++) {
        const struct move *move = &motion->moves[motion->next];
        if (move->legs & BIT(motion->leg) && motion->active_count < ARRAY_SIZE(motion->active))
            motion->active[motion->active_count++] = motion->next;
    }
}

static void run_moves(struct motion *motion, double t, struct contribution *c)
{
    for (size_t i = 0; i < motion->active_count;) {
        const struct move *move = &motion->moves[motion->active[i]];
        if (t < move->end_s) {
            move_kinds[move->kind](move, t - move->start_s, move->end_s - move->start_s, c);
            i++;
            continue;
        }
        if (move->kind == MOVE_TURN)
            motion->roll += move->extent; /* it stays there */
        motion->active[i] = motion->active[--motion->active_count];
    }
}

void synth_motion_row(struct motion *motion, float row[6])
{
    double t = (double)motion->index / motion->rate_hz;
    struct contribution c = {.roll = 0};

    motion->index++;
    start_moves(motion, t);
    run_moves(motion, t, &c);
    double roll = motion->roll + c.roll;
    double pitch = motion->pitch + c.pitch + 0.05 * sin(2 * M_PI * 0.25 * t); /* breathing */
    double gravity[3] = {sin(pitch * DEGREE), cos(pitch * DEGREE) * sin(roll * DEGREE),
                         cos(pitch * DEGREE) * cos(roll * DEGREE)};
    double keep = exp(-2 * M_PI * 6 / motion->rate_hz); /* shaking of a limb lies below some 6 Hz */
    for (int axis = 0; axis < 3; axis++) {
        motion->rustle[axis] = keep * motion->rustle[axis] + sqrt(1 - keep * keep) * rng_normal(&motion->rng);
        row[axis] = (float)(gravity[axis] + c.acc[axis] + c.rustle * motion->rustle[axis] +
                            ACC_NOISE_G * rng_normal(&motion->rng));
    }
    double spin[3] = {(roll - motion->last_roll) * motion->rate_hz,
                      (pitch - motion->last_pitch) * motion->rate_hz, 0};
    for (int axis = 0; axis < 3; axis++)
        row[3 + axis] = (float)(spin[axis] + 150 * c.rustle * motion->rustle[axis] +
                                GYRO_NOISE_DPS * rng_normal(&motion->rng));
    motion->last_roll = roll;
    motion->last_pitch = pitch;
}
