/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct fleet_process fleet_process_read(long pid)
{
    struct fleet_process process = {(double)NAN, (double)NAN};
    unsigned long user, system;
    long rss;
    char path[40], line[1024];

    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *file = pid ? fopen(path, "re") : NULL;
    if (!file)
        return process;
    /* The name may hold anything; behind its last bracket come state, ..., utime (14), stime, ..., rss (24).
     */
    const char *rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
    if (rest &&
        sscanf(rest,
               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
               &user, &system, &rss) == 3) {
        process.cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
        process.rss_kib = (double)rss * (double)sysconf(_SC_PAGESIZE) / 1024;
    }
    fclose(file);
    return process;
}

static unsigned long sum(const unsigned long numbers[FLEET_TOPICS])
{
    unsigned long all = 0;

    for (int i = 0; i < FLEET_TOPICS; i++)
        all += numbers[i];
    return all;
}

static double broker_cpu_percent(const struct fleet_report *r)
{
    return 100 * (r->end.cpu_s - r->connected.cpu_s) / r->measured_s;
}

static double kib_a_hub(const struct fleet_report *r)
{
    return (r->connected.rss_kib - r->empty.rss_kib) / r->up;
}

static void print_number(int width, int digits, double value)
{
    if (isfinite(value))
        printf(" %*.*f", width, digits, value);
    else
        printf(" %*s", width, "-");
}

void fleet_report_table(const struct fleet_report *r)
{
    const struct fleet_delivery *d = &r->delivery;

    printf(
        "  hubs  speed connect s messages/s  KiB/s delivered   lost  twice   p50 ms   p99 ms   max ms  CPU %%"
        "  RSS MiB KiB/hub\n");
    printf("%6u %6g", r->up, r->options->speed);
    print_number(9, 1, r->connect_s);
    print_number(10, 1, (double)sum(r->messages) / r->measured_s);
    print_number(6, 1, (double)sum(r->bytes) / 1024 / r->measured_s);
    printf(" %9lu %6lu %6lu", d->expected - d->missing, d->missing, d->twice);
    print_number(8, 2, 1000 * d->p50_s);
    print_number(8, 2, 1000 * d->p99_s);
    print_number(8, 2, 1000 * d->max_s);
    print_number(6, 1, broker_cpu_percent(r));
    print_number(8, 1, r->end.rss_kib / 1024);
    print_number(7, 2, kib_a_hub(r));
    putchar('\n');
    if (isfinite(r->back_max_s))
        printf("after the cut: %u hubs back, half of them within %.1f s, the last after %.1f s; %lu messages "
               "came "
               "again, as (boot_id, seq) tells\n",
               r->back, r->back_p50_s, r->back_max_s, d->again);
}

static void add(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, round(value * 1e6) / 1e6);
    else
        cJSON_AddNullToObject(object, key);
}

static void add_topics(cJSON *object, const struct fleet_report *r)
{
    cJSON *topics = cJSON_AddObjectToObject(object, "topics");

    for (int i = 0; i < FLEET_TOPICS; i++) {
        cJSON *topic = cJSON_AddObjectToObject(topics, fleet_topic_names[i]);
        add(topic, "messages", (double)r->messages[i]);
        add(topic, "payload_bytes", (double)r->bytes[i]);
    }
}

static void add_delivery(cJSON *object, const struct fleet_delivery *d)
{
    add(object, "expected", (double)d->expected);
    add(object, "delivered", (double)(d->expected - d->missing));
    add(object, "lost", (double)d->missing);
    add(object, "twice", (double)d->twice);
    add(object, "again_after_a_cut", (double)d->again);
    add(object, "unknown", (double)d->unknown);
    add(object, "p50_ms", 1000 * d->p50_s);
    add(object, "p99_ms", 1000 * d->p99_s);
    add(object, "max_ms", 1000 * d->max_s);
}

bool fleet_report_json(const struct fleet_report *r)
{
    cJSON *object = cJSON_CreateObject();

    add(object, "hubs", r->options->hubs);
    add(object, "up", r->up);
    add(object, "speed", r->options->speed);
    cJSON_AddStringToObject(object, "protocol", mqtt_protocol_name(r->options->protocol));
    cJSON_AddBoolToObject(object, "tls", r->options->ca_file != NULL);
    cJSON_AddBoolToObject(object, "discovery", !r->options->no_discovery);
    add(object, "connect_s", r->connect_s);
    add(object, "measured_s", r->measured_s);
    add(object, "messages", (double)sum(r->messages));
    add(object, "payload_bytes", (double)sum(r->bytes));
    add(object, "messages_per_s", (double)sum(r->messages) / r->measured_s);
    add_delivery(object, &r->delivery);
    add(object, "broker_connect_cpu_s", r->connected.cpu_s - r->empty.cpu_s);
    add(object, "broker_cpu_s", r->end.cpu_s - r->connected.cpu_s);
    add(object, "broker_cpu_percent", broker_cpu_percent(r));
    add(object, "broker_rss_kib", r->end.rss_kib);
    add(object, "broker_rss_kib_per_hub", kib_a_hub(r));
    add(object, "own_cpu_s", r->own_cpu_s);
    add(object, "lost_connections", (double)r->lost_connections);
    add(object, "back", r->back);
    add(object, "back_p50_s", r->back_p50_s);
    add(object, "back_max_s", r->back_max_s);
    add_topics(object, r);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (text)
        puts(text);
    cJSON_free(text);
    return text != NULL;
}
