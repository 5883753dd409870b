/* SPDX-License-Identifier: MIT */
/* `crampsim evening`, `night` and `confuser`: recordings made to measure, each with its truth beside it. */
#include "crampsim/generate.h"

#include "crampsim/subcommand.h"
#include "crampsim/synth_class.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct options {
    struct synth_setup setup;
    const char *output, *profile;
    double hours, rise_s, duration_s, level; /* hours 0: drawn */
    unsigned count, channels, legs;
    uint64_t person;
    bool person_given, tibialis, list, help;
};

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"rate", required_argument, NULL, 'r'},
    {"channels", required_argument, NULL, 'c'},
    {"legs", required_argument, NULL, 'l'},
    {"hours", required_argument, NULL, 'H'},
    {"profile", required_argument, NULL, 'p'},
    {"output", required_argument, NULL, 'o'},
    {"count", required_argument, NULL, 'n'},
    {"rise", required_argument, NULL, 'R'},
    {"duration", required_argument, NULL, 'd'},
    {"level", required_argument, NULL, 'v'},
    {"imu", no_argument, NULL, 'i'},
    {"no-imu", no_argument, NULL, 'I'},
    {"list", no_argument, NULL, 'L'},
    {"person", required_argument, NULL, 'P'},
    {"family", required_argument, NULL, 'f'},
    {"tibialis", no_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_help(const char *name)
{
    printf("Usage: crampsim %s [OPTION...] -o FILE.edf\n"
           "Writes a recording (EDF+C) and the truth beside it (FILE.json).\n\n"
           "  -o, --output FILE   the recording\n"
           "  --seed N            another night (default 1)\n"
           "  --person N          whose (the seed's; a confuser without it: an average person)\n"
           "  --family NAME       tuning, or evaluation: other in kind, nothing may be tuned on it (tuning)\n"
           "  --rate HZ           EMG samples a second, 100 to 4000 (860)\n"
           "  --channels 1..4     per leg: medial, lateral gastrocnemius, tibialis anterior, soleus (1)\n"
           "  --tibialis          the second channel is tibialis anterior\n"
           "  --legs 1|2          left, or left and right (1)\n"
           "  --no-imu            without the motion sensor\n"
           "night:\n"
           "  --hours H           length (8); any: drawn, 6 to 9.5\n"
           "  --profile NAME      ",
           name);
    for (size_t i = 0; night_profile_name(i); i++)
        printf("%s%s", i ? ", " : "", night_profile_name(i));
    puts(" (normal)\n"
         "confuser:\n"
         "  --list              the classes there are\n"
         "  --count N           how many, with a minute of rest between (1)\n"
         "  --duration S        of each; --level 0..2: RMS as a share of the maximal contraction\n"
         "  --rise S            cramp: with an announcing rise of that length");
}

/* A whole number or a decimal in a range; says what would be right. */
static bool parse_number(const char *option, const char *text, double low, double high, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    if (end != text && *end == '\0' && errno == 0 && *value >= low && *value <= high)
        return true;
    fprintf(stderr, "crampsim: %s '%s': a number from %g to %g is needed\n", option, text, low, high);
    return false;
}

static bool parse_seed(const char *option, const char *text, uint64_t *seed)
{
    char *end;

    errno = 0;
    *seed = strtoull(text, &end, 0);
    if (end != text && *end == '\0' && errno == 0 && text[0] != '-')
        return true;
    fprintf(stderr, "crampsim: %s '%s': a whole number is needed\n", option, text);
    return false;
}

static bool parse_family(const char *text, const struct synth_family **family)
{
    *family = synth_family_find(text);
    if (!*family)
        fprintf(stderr, "crampsim: --family '%s': tuning or evaluation is needed\n", text);
    return *family != NULL;
}

static bool parse_option(int option, struct options *o)
{
    double number = 0;
    bool ok = true;

    switch (option) {
    case 's': return parse_seed("--seed", optarg, &o->setup.seed);
    case 'P': o->person_given = true; return parse_seed("--person", optarg, &o->person);
    case 'f': return parse_family(optarg, &o->setup.family);
    case 't': o->tibialis = true; return true;
    case 'r':
        ok = parse_number("--rate", optarg, 100, 4000, &number);
        o->setup.rate_hz = round(number); /* EDF: a whole number of samples in a record */
        return ok;
    case 'c':
        ok = parse_number("--channels", optarg, 1, 4, &number);
        o->channels = (unsigned)number;
        return ok;
    case 'l':
        ok = parse_number("--legs", optarg, 1, 2, &number);
        o->legs = (unsigned)number;
        return ok;
    case 'n':
        ok = parse_number("--count", optarg, 1, 1000, &number);
        o->count = (unsigned)number;
        return ok;
    case 'H':
        o->hours = 0;
        return !strcmp(optarg, "any") || parse_number("--hours", optarg, 0.2, 24, &o->hours);
    case 'R': return parse_number("--rise", optarg, 1, 120, &o->rise_s);
    case 'd': return parse_number("--duration", optarg, 0.05, 3600, &o->duration_s);
    case 'v': return parse_number("--level", optarg, 0.001, 2, &o->level);
    case 'p': o->profile = optarg; return true;
    case 'o': o->output = optarg; return true;
    case 'i': o->setup.imu_rate_hz = 100; return true;
    case 'I': o->setup.imu_rate_hz = 0; return true;
    case 'L': o->list = true; return true;
    case 'h': o->help = true; return true;
    default: return false; /* getopt has said it */
    }
}

static void set_channels(struct options *o)
{
    static const enum muscle muscles[] = {MUSCLE_GASTROCNEMIUS, MUSCLE_GASTROCNEMIUS_LATERAL, MUSCLE_TIBIALIS,
                                          MUSCLE_SOLEUS};

    o->setup.channel_count = 0;
    for (unsigned leg = 0; leg < o->legs; leg++)
        for (unsigned i = 0; i < o->channels; i++)
            o->setup.channels[o->setup.channel_count++] = (struct synth_channel){
                leg ? LEG_RIGHT : LEG_LEFT, i == 1 && o->tibialis ? MUSCLE_TIBIALIS : muscles[i]};
}

/* -1: go on; otherwise an exit status. */
static int parse(int argc, char **argv, struct options *o)
{
    int option;

    *o = (struct options){.setup = synth_default_setup(),
                          .profile = "normal",
                          .hours = 8,
                          .count = 1,
                          .channels = 1,
                          .legs = 1};
    while ((option = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1)
        if (!parse_option(option, o))
            return 2;
    if (o->help) {
        print_help(argv[0]);
        return 0;
    }
    if (o->list)
        return -1;
    if (o->tibialis && o->channels > 2) {
        fprintf(stderr, "crampsim %s: --tibialis is for two channels\n", argv[0]);
        return 2;
    }
    if (!o->output) {
        fprintf(stderr, "crampsim %s: where to? give -o FILE.edf\n", argv[0]);
        return 2;
    }
    set_channels(o);
    /* The families' random numbers have nothing in common. */
    o->setup.family = o->setup.family ? o->setup.family : synth_family_at(0);
    o->setup.seed ^= o->setup.family->salt;
    return -1;
}

static struct script *new_script(const struct options *o, double duration_s)
{
    struct script *script = script_new(&o->setup, duration_s);

    if (!script)
        fprintf(stderr, "crampsim: %s\n", strerror(errno));
    return script;
}

static void be_person(const struct options *o, struct synth_setup *setup, struct person *person)
{
    person_draw(person, setup->family, o->person_given ? o->person : setup->seed ^ setup->family->salt);
    person_apply(person, setup);
}

/* The demonstration's nine minutes: fixed in time, so that it can be told as a story. */
static int run_evening(int argc, char **argv)
{
    struct options o;
    int status = parse(argc, argv, &o);

    if (status >= 0)
        return status;
    _cleanup_(script_freep) struct script *script = new_script(&o, 540);
    if (!script)
        return 1;
    const struct synth_event events[] = {
        {.class = synth_class_find("leg_movement"), .start_s = 130, .duration_s = 2.5, .level = 0.2},
        {.class = synth_class_find("leg_movement"),
         .start_s = 158,
         .duration_s = 3.5,
         .level = 0.15,
         .still = true,
         .what = "the electrodes see it, the motion sensor does not"},
        {.class = synth_class_find("leg_movement_bilateral"), .start_s = 181, .duration_s = 4, .level = 0.25},
        {.class = synth_class_find("turn"), .start_s = 204, .duration_s = 9, .level = 0.4, .extent = 70},
        {.class = synth_class_find("cramp"),
         .start_s = 290,
         .duration_s = 95,
         .level = 0.5,
         .rise_s = 38,
         .rise_ratio = 3.6,
         .wake_s = 20,
         .stretch = true,
         .what = "announced, woken by it, relieved by stretching"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(events); i++)
        script_add(script, &events[i]);
    return script_write(script, o.output);
}

static int run_night(int argc, char **argv)
{
    struct options o;
    struct person person;
    struct night night;
    int status = parse(argc, argv, &o);

    if (status >= 0)
        return status;
    be_person(&o, &o.setup, &person);
    if (!(o.hours > 0))
        o.hours = night_draw_hours(&o.setup);
    if (night_draw(&night, o.profile, o.hours, &o.setup) < 0) {
        fprintf(stderr, "crampsim: there is no profile '%s'; `crampsim night --help` lists them\n",
                o.profile);
        return 2;
    }
    _cleanup_(script_freep) struct script *script = new_script(&o, o.hours * 3600);
    if (!script)
        return 1;
    script_describe(script, &person, o.profile);
    night_fill(&night, script, &person);
    return script_write(script, o.output);
}

static int list_classes(void)
{
    const struct synth_class *class;

    for (size_t i = 0; (class = synth_class_at(i)); i++)
        printf("%-24s %s%s\n", synth_class_name(class), synth_class_help(class),
               class->held_out ? " (evaluation only)" : "");
    return 0;
}

#define REST_BEFORE_S  180 /* the floor can be learnt */
#define REST_BETWEEN_S 60

static int write_confuser(const struct options *o, const struct synth_class *class,
                          const struct person *person)
{
    struct synth_event event = {.class = class, .level = o->level, .rise_s = o->rise_s};
    _cleanup_(synth_freep) struct synth *dice = synth_new(&o->setup);
    _cleanup_(freep) double *durations = calloc(o->count, sizeof(*durations));
    double total = REST_BEFORE_S;

    if (!dice || !durations) {
        fprintf(stderr, "crampsim: %s\n", strerror(errno));
        return 1;
    }
    for (unsigned i = 0; i < o->count; i++) { /* lengths first: the script needs the whole one */
        event.duration_s = o->duration_s;
        synth_draw(dice, &event);
        durations[i] = event.duration_s;
        total += event.duration_s + event.rise_s + REST_BETWEEN_S;
    }
    _cleanup_(script_freep) struct script *script = new_script(o, total);
    if (!script)
        return 1;
    double t = REST_BEFORE_S;
    script_describe(script, person, NULL);
    for (unsigned i = 0; i < o->count; i++) {
        event.start_s = t + event.rise_s;
        event.duration_s = durations[i];
        event.level = o->level;
        event.still = i % 5 < 2; /* 40 % of limb movements do not reach the motion sensor */
        script_add(script, &event);
        t = event.start_s + event.duration_s + REST_BETWEEN_S;
    }
    return script_write(script, o->output);
}

static int run_confuser(int argc, char **argv)
{
    struct options o;
    int status = parse(argc, argv, &o);

    if (status >= 0)
        return status;
    if (o.list)
        return list_classes();
    const struct synth_class *class = optind < argc ? synth_class_find(argv[optind]) : NULL;
    struct person person;
    if (o.person_given)
        be_person(&o, &o.setup, &person);
    if (class && class->held_out && !o.setup.family->held_out) {
        fprintf(stderr, "crampsim confuser: '%s' is made with --family evaluation only\n", argv[optind]);
        return 2;
    }
    if (!class) {
        fprintf(stderr, "crampsim confuser: %s '%s'; `crampsim confuser --list` lists the classes\n",
                optind < argc ? "there is no class" : "which class?", optind < argc ? argv[optind] : "");
        return 2;
    }
    return write_confuser(&o, class, o.person_given ? &person : NULL);
}

const struct subcommand subcommand_evening = {
    .name = "evening",
    .arguments = "[OPTION...] -o FILE.edf",
    .help = "make the demonstration's recording: nine minutes with movements, a turn and a cramp",
    .run = run_evening,
};
const struct subcommand subcommand_night = {
    .name = "night",
    .arguments = "[--seed N] [--hours H] [--profile NAME] -o FILE.edf",
    .help = "make a night of a made-up sleeper",
    .run = run_night,
};
const struct subcommand subcommand_confuser = {
    .name = "confuser",
    .arguments = "CLASS [OPTION...] -o FILE.edf",
    .help = "make a recording of one class of event with rest around it",
    .run = run_confuser,
};
