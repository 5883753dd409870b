/* SPDX-License-Identifier: MIT */
/*
 * src/publish's MQTT as a program a test can drive: settings as key=value arguments, one order a line on
 * standard input, one JSON object a line on standard output for every answer and notice.
 *
 *     event TOKEN JSON   late TOKEN JSON   state TOPIC JSON   clear TOPIC   transient TOPIC JSON
 *     discovery          rejected          stop PATIENCE_MS
 *
 * A host name ending in ".never" is one whose resolver does not come back: getaddrinfo() below takes the
 * place of the C library's, for libmosquitto, too.
 */
#include "base/log.h"
#include "publish/home_assistant.h"
#include "publish/mqtt.h"

#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    size_t length = name ? strlen(name) : 0;

    if (length > 6 && strcmp(name + length - 6, ".never") == 0) {
        dprintf(STDOUT_FILENO, "{\"resolving\":true}\n");
        for (;;)
            pause();
    }
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &symbol, sizeof(real));
    if (!name || strcmp(name, "two.faced") != 0)
        return real(name, service, hints, result);
    int error = real("::1", service, hints, result);
    return error ? error : real("127.0.0.1", service, hints, &(*result)->ai_next);
}

static void say(cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);

    printf("%s\n", text);
    fflush(stdout);
    free(text);
    cJSON_Delete(object);
}

static void answer(const char *order, bool ok)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "answer", order);
    cJSON_AddBoolToObject(object, "ok", ok);
    say(object);
}

static void say_notice(const struct mqtt_notice *notice)
{
    static const char *const kinds[] = {[MQTT_CONNECTED] = "connected",
                                        [MQTT_DISCONNECTED] = "disconnected",
                                        [MQTT_ACKNOWLEDGED] = "acknowledged",
                                        [MQTT_FAILED] = "failed",
                                        [MQTT_COMMAND] = "command"};
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "notice", kinds[notice->kind]);
    if (notice->kind == MQTT_ACKNOWLEDGED || notice->kind == MQTT_FAILED)
        cJSON_AddNumberToObject(object, "token", (double)notice->token);
    if (notice->kind == MQTT_DISCONNECTED)
        cJSON_AddStringToObject(object, "reason", fault_reason_name(notice->reason));
    if (notice->topic)
        cJSON_AddStringToObject(object, "topic", notice->topic);
    if (notice->text)
        cJSON_AddStringToObject(object, "text", notice->text);
    say(object);
}

static void drain(struct mqtt *mqtt)
{
    struct mqtt_notice notice;

    while (mqtt_next(mqtt, &notice)) {
        say_notice(&notice);
        mqtt_notice_clear(&notice);
    }
}

static bool publish_discovery(struct mqtt *mqtt, const struct mqtt_params *params)
{
    const struct ha_site sites[] = {{LEG_LEFT, MUSCLE_GASTROCNEMIUS}, {LEG_LEFT, MUSCLE_SOLEUS}};
    struct ha_device devices[2];

    if (ha_devices(params, "0.0-test", sites, 2, devices) < 0)
        return false;
    bool ok = mqtt_publish_discovery(mqtt, devices[0].topic, devices[0].payload) &&
              mqtt_publish_discovery(mqtt, devices[1].topic, devices[1].payload);
    ha_devices_free(devices);
    return ok;
}

static void obey(struct mqtt *mqtt, const struct mqtt_params *params, char *line)
{
    char *order = strtok_r(line, " ", &line);
    char *argument = strtok_r(NULL, " ", &line);

    if (!order)
        return;
    if (strcmp(order, "event") == 0 || strcmp(order, "late") == 0)
        answer(order, mqtt_publish(mqtt, strtoll(argument, NULL, 10), order[0] == 'l', line));
    else if (strcmp(order, "state") == 0)
        answer(order, mqtt_publish_state(mqtt, argument, line));
    else if (strcmp(order, "clear") == 0)
        answer(order, mqtt_publish_state(mqtt, argument, NULL));
    else if (strcmp(order, "transient") == 0)
        answer(order, mqtt_publish_transient(mqtt, argument, line));
    else if (strcmp(order, "discovery") == 0)
        answer(order, publish_discovery(mqtt, params));
    else if (strcmp(order, "rejected") == 0)
        answer(order, mqtt_rejected(mqtt) > 0);
    else if (strcmp(order, "stop") == 0) {
        mqtt_stop(mqtt, atoi(argument));
        drain(mqtt);
        answer(order, true);
    }
}

/* Reads what there is and obeys every whole line. False at the end of the input. */
static bool read_orders(struct mqtt *mqtt, const struct mqtt_params *params)
{
    static char buffer[65536];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, buffer + used, sizeof(buffer) - used - 1);
    char *newline;

    if (got <= 0)
        return false;
    used += (size_t)got;
    buffer[used] = '\0';
    while ((newline = memchr(buffer, '\n', used))) {
        *newline = '\0';
        obey(mqtt, params, buffer);
        size_t taken = (size_t)(newline + 1 - buffer);
        memmove(buffer, newline + 1, used - taken + 1);
        used -= taken;
    }
    return true;
}

static void set(struct mqtt_params *p, const char *key, const char *value)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {{"hub", &p->hub_id},        {"host", &p->host},
                 {"username", &p->username}, {"password_file", &p->password_file},
                 {"ca_file", &p->ca_file},   {"cert_file", &p->cert_file},
                 {"key_file", &p->key_file}, {"prefix", &p->discovery_prefix}};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (strcmp(key, texts[i].key) == 0)
            *texts[i].value = value;
    if (strcmp(key, "port") == 0)
        p->port = atoi(value);
    else if (strcmp(key, "keepalive") == 0)
        p->keepalive_s = atoi(value);
    else if (strcmp(key, "tls") == 0)
        p->tls = atoi(value);
    else if (strcmp(key, "reconnect_max") == 0)
        p->reconnect_max_s = atof(value);
    else if (strcmp(key, "protocol") == 0)
        p->protocol = (enum mqtt_protocol)mqtt_protocol_from_name(value);
}

int main(int argc, char **argv)
{
    struct mqtt_params params = {.enabled = true,
                                 .hub_id = "hub1",
                                 .hub_name = "Bedroom",
                                 .host = "127.0.0.1",
                                 .keepalive_s = 10,
                                 .username = "",
                                 .password_file = "",
                                 .ca_file = "",
                                 .cert_file = "",
                                 .key_file = "",
                                 .reconnect_max_s = 0.2,
                                 .discovery = true,
                                 .discovery_prefix = "homeassistant"};

    log_set_level(LOG_LEVEL_DEBUG);
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 2;
        *value = '\0';
        set(&params, argv[i], value + 1);
    }
    _cleanup_(mqtt_freep) struct mqtt *mqtt = mqtt_new(&params);
    if (!mqtt) {
        fprintf(stderr, "mqtt_new: %s\n", strerrorname_np(errno));
        return 1;
    }
    if (mqtt_start(mqtt) < 0)
        return 1;
    struct pollfd fds[] = {{.fd = mqtt_fd(mqtt), .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0) {
        drain(mqtt);
        if (fds[1].revents && !read_orders(mqtt, &params))
            break;
    }
    return 0;
}
