/* SPDX-License-Identifier: MIT */
/*
 * The file over the defaults: walks what libconfig parsed, looks every name up in the table, puts every value
 * through its row. Only the 1.5 subset of libconfig is used (Debian 12).
 */
#include "config/lexis.h"
#include "config/nearest.h"
#include "config/reporter.h"
#include "config/source.h"
#include "config/value.h"

#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <string.h>

struct loading {
    struct settings *settings;
    struct reporter *reporter;
    const struct source *source;
    config_t config;
    uint32_t spoilt; /* groups (bit: index) with a value that was refused */
    bool no_memory;
};

#define KEY_SIZE 192

/* A problem at a setting; key is its full name. */
_printf_(4, 5) static void complain(struct loading *loading, const config_setting_t *at, const char *key,
                                    const char *format, ...)
{
    char text[PROBLEM_SIZE + 128];
    unsigned line;
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    const char *file = source_where(loading->source, config_setting_source_line(at), &line);
    report(loading->reporter, file, line, key, "%s", text);
}

static void full_name(const char *group, int entry, const char *key, char name[KEY_SIZE])
{
    if (entry >= 0)
        snprintf(name, KEY_SIZE, "%s[%d].%s", group, entry, key);
    else
        snprintf(name, KEY_SIZE, "%s.%s", group, key);
}

static struct value value_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT: return (struct value){.kind = VALUE_INT, .i = config_setting_get_int(setting)};
    case CONFIG_TYPE_INT64: return (struct value){.kind = VALUE_INT, .i = config_setting_get_int64(setting)};
    case CONFIG_TYPE_FLOAT:
        return (struct value){.kind = VALUE_FLOAT, .f = config_setting_get_float(setting)};
    case CONFIG_TYPE_BOOL:
        return (struct value){.kind = VALUE_BOOL, .b = config_setting_get_bool(setting) != 0};
    case CONFIG_TYPE_STRING: {
        const char *text = config_setting_get_string(setting);
        return (struct value){.kind = VALUE_STRING, .s = text ? text : ""};
    }
    default: return (struct value){.kind = VALUE_OTHER};
    }
}

static void unknown_group(struct loading *loading, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    const char *near = nearest_group(name);
    const char *home = group_with_key(name);

    if (home)
        complain(loading, setting, name, "this key stands outside of its group; write %s: { %s = ...; };",
                 home, name);
    else if (near)
        complain(loading, setting, name, "unknown group; did you mean \"%s\"?", near);
    else
        complain(loading, setting, name,
                 "unknown group; `crampd --print-config` shows every group and key there is");
}

static void unknown_key(struct loading *loading, const config_setting_t *setting, const char *group,
                        const char *full)
{
    const char *key = config_setting_name(setting);
    const char *near = nearest_key(group, key);
    const char *home = group_with_key(key);

    if (near)
        complain(loading, setting, full, "unknown key; did you mean \"%s\"?", near);
    else if (home)
        complain(loading, setting, full, "unknown key; \"%s\" belongs into group %s", key, home);
    else
        complain(loading, setting, full, "unknown key; crampd.conf(5) lists the keys of group %s", group);
}

static void take_value(struct loading *loading, const struct group *group, int entry,
                       const config_setting_t *setting)
{
    char name[KEY_SIZE], problem[PROBLEM_SIZE];
    const struct row *row = row_find(group->name, config_setting_name(setting));

    full_name(group->name, entry, config_setting_name(setting), name);
    if (!row) {
        unknown_key(loading, setting, group->name, name);
        return;
    }
    struct value value = value_of(setting);
    void *base = group_base(group, loading->settings, entry < 0 ? 0 : entry);
    int r = value_store(row, &value, base, loading->settings->strings, problem);
    if (r == -ENOMEM)
        loading->no_memory = true;
    if (r != -EINVAL)
        return;
    complain(loading, setting, name, "%s", problem);
    loading->spoilt |= BIT(group - settings_groups);
}

static void take_group(struct loading *loading, const struct group *group, int entry,
                       const config_setting_t *setting)
{
    for (int i = 0; i < config_setting_length(setting); i++)
        take_value(loading, group, entry, config_setting_get_elem(setting, (unsigned)i));
}

static void take_list(struct loading *loading, const struct group *group, const config_setting_t *setting)
{
    int count = config_setting_length(setting);

    if (count < group->least || count > group->most) {
        complain(loading, setting, group->name, "%d entries; give %d to %d", count, group->least,
                 group->most);
        loading->spoilt |= BIT(group - settings_groups);
        return;
    }
    for (int i = 0; i < count; i++) {
        const config_setting_t *entry = config_setting_get_elem(setting, (unsigned)i);
        if (config_setting_is_group(entry)) {
            take_group(loading, group, i, entry);
            continue;
        }
        complain(loading, entry, group->name,
                 "entry %d is not a group; write %s = ( { key = value; }, ... );", i, group->name);
        loading->spoilt |= BIT(group - settings_groups);
    }
    *group_count(group, loading->settings) = count;
}

static void take_member(struct loading *loading, const config_setting_t *setting)
{
    const struct group *group = group_find(config_setting_name(setting));

    if (!group) {
        unknown_group(loading, setting);
        return;
    }
    /* An empty () is a list for libconfig, an empty [] an array; both say "none". */
    bool list = config_setting_is_list(setting) ||
                (config_setting_is_array(setting) && config_setting_length(setting) == 0);
    if (group->list && list)
        take_list(loading, group, setting);
    else if (!group->list && config_setting_is_group(setting))
        take_group(loading, group, -1, setting);
    else if (group->list)
        complain(loading, setting, group->name, "is not a list; write %s = ( { key = value; }, ... );",
                 group->name);
    else
        complain(loading, setting, group->name, "is not a group; write %s: { key = value; };", group->name);
}

/* The setting a finding is about; if the file does not name it, the nearest thing around it. */
static const config_setting_t *setting_of(struct loading *loading, const struct finding *finding)
{
    const config_setting_t *root = config_root_setting(&loading->config);
    const config_setting_t *group = config_setting_get_member(root, finding->group);
    const config_setting_t *entry = group;

    if (group && finding->entry >= 0)
        entry = config_setting_get_elem(group, (unsigned)finding->entry);
    const config_setting_t *setting = entry ? config_setting_get_member(entry, finding->key) : NULL;
    return setting ? setting : entry ? entry : group ? group : root;
}

static void say_finding(void *context, const struct finding *finding)
{
    struct loading *loading = context;
    char name[KEY_SIZE];

    /* What does not fit beside a value that was refused may be the refusal's doing. */
    uint32_t involved = BIT(group_find(finding->group) - settings_groups);
    if (strcmp(finding->group, "imu") == 0) /* its leg must be one of emg's */
        involved |= BIT(group_find("emg") - settings_groups);
    if (loading->spoilt & involved)
        return;
    full_name(finding->group, finding->entry, finding->key, name);
    complain(loading, setting_of(loading, finding), name, "%s", finding->text);
}

/* The one default that depends on another setting: see the help of imu.leg. */
static void default_imu_leg(struct loading *loading)
{
    const config_setting_t *root = config_root_setting(&loading->config);

    if (!config_setting_get_member(root, "imu"))
        loading->settings->sensor.imu[0].leg = loading->settings->sensor.emg[0].leg;
}

static void parse(struct loading *loading)
{
    if (config_read_string(&loading->config, source_text(loading->source)) == CONFIG_TRUE) {
        const config_setting_t *root = config_root_setting(&loading->config);
        for (int i = 0; i < config_setting_length(root); i++)
            take_member(loading, config_setting_get_elem(root, (unsigned)i));
        default_imu_leg(loading);
        settings_cross_check(loading->settings, say_finding, loading);
        return;
    }
    unsigned line;
    int error_line = config_error_line(&loading->config);
    const char *file = source_where(loading->source, error_line > 0 ? (unsigned)error_line : 1, &line);
    const char *text = config_error_text(&loading->config);
    report(loading->reporter, file, line, NULL,
           "%s; write group: { key = value; }; and see whether a ; or } "
           "is missing just before",
           text ? text : "syntax error");
}

static int load(const char *path, FILE *errors, bool salvage, struct settings **out)
{
    struct reporter reporter = {.out = errors};
    _cleanup_(source_freep) struct source *source = NULL;

    *out = NULL;
    int r = source_read(path, &reporter, &source);
    if (r < 0)
        return r;
    struct loading loading = {.settings = settings_new(), .reporter = &reporter, .source = source};
    if (!loading.settings)
        return -ENOMEM;
    config_init(&loading.config);
    /* What libconfig would read wrongly is, like a syntax error, said alone. */
    lexis_check(source, &reporter);
    if (reporter.count == 0)
        parse(&loading);
    config_destroy(&loading.config);
    if (loading.no_memory || (reporter.count && !salvage)) {
        settings_free(loading.settings);
        return loading.no_memory ? -ENOMEM : -EINVAL;
    }
    *out = loading.settings;
    return 0;
}

int settings_load(const char *path, FILE *errors, struct settings **out)
{
    return load(path, errors, false, out);
}

int settings_salvage(const char *path, FILE *errors, struct settings **out)
{
    int r = load(path, errors, true, out);

    if (r == 0 || r == -ENOMEM)
        return r;
    *out = settings_new();
    return *out ? 0 : -ENOMEM;
}
