/* SPDX-License-Identifier: MIT */
/* The loop's side of MQTT: nothing here waits, except mqtt_stop() for as long as it is told to. */
#include "publish/mqtt_private.h"

#include "base/clock.h"
#include "publish/certificate.h"
#include "publish/secret.h"
#include "publish/states.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STRINGS 9

/* The settings may be read anew while the thread runs; it has these strings for itself. */
static void list_strings(struct mqtt_params *params, const char **list[STRINGS])
{
    const char **strings[STRINGS] = {
        &params->hub_id,    &params->hub_name,      &params->host,
        &params->username,  &params->password_file, &params->ca_file,
        &params->cert_file, &params->key_file,      &params->discovery_prefix,
    };
    memcpy(list, strings, sizeof(strings));
}

static bool copy_params(struct mqtt_params *copy, const struct mqtt_params *params)
{
    const char **strings[STRINGS];
    bool complete = true;

    *copy = *params;
    list_strings(copy, strings);
    for (int i = 0; i < STRINGS; i++) {
        *strings[i] = strdup(*strings[i] ? *strings[i] : "");
        complete = complete && *strings[i];
    }
    return complete;
}

static void free_params(struct mqtt_params *params)
{
    const char **strings[STRINGS];

    list_strings(params, strings);
    for (int i = 0; i < STRINGS; i++)
        free((char *)*strings[i]);
}

static int check_tls(const struct mqtt_params *p)
{
    if (!p->tls)
        return 0;
    if (p->host[0] == '/')
        log_warning(LOG_CONFIG, "mqtt.tls is not used over the unix socket %s", p->host);
    return certificate_check(p);
}

static void name_topics(struct mqtt *mqtt)
{
    identity_hub_id(mqtt->hub_id, mqtt->params.hub_id);
    snprintf(mqtt->base, sizeof(mqtt->base), "crampd/%s", mqtt->hub_id);
    snprintf(mqtt->client_id, sizeof(mqtt->client_id), "crampd-%s", mqtt->hub_id);
    snprintf(mqtt->topic_status, MQTT_TOPIC_MAX, "%s/" TOPIC_STATUS, mqtt->base);
    snprintf(mqtt->topic_event, MQTT_TOPIC_MAX, "%s/event", mqtt->base);
    snprintf(mqtt->topic_history, MQTT_TOPIC_MAX, "%s/history", mqtt->base);
    snprintf(mqtt->topic_command, MQTT_TOPIC_MAX, "%s/command", mqtt->base);
    snprintf(mqtt->topic_birth, MQTT_TOPIC_MAX, "%.200s/status", mqtt->params.discovery_prefix);
}

static int set_up(struct mqtt *mqtt, const struct mqtt_params *params)
{
    int r;

    if (!copy_params(&mqtt->params, params))
        return -ENOMEM;
    name_topics(mqtt);
    if ((r = check_tls(&mqtt->params)) < 0)
        return r;
    if (params->username[0] &&
        (r = secret_read("mqtt-password", mqtt->params.password_file, &mqtt->password)) < 0)
        return r;
    mqtt->requests = ring_new(REQUEST_SLOTS, sizeof(struct request));
    mqtt->notices = ring_new(NOTICE_SLOTS, sizeof(struct mqtt_notice));
    mqtt->board = board_new();
    mqtt->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    mqtt->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!mqtt->requests || !mqtt->notices || !mqtt->board)
        return -ENOMEM;
    if (mqtt->wake_fd < 0 || mqtt->done_fd < 0)
        return -errno;
    return 0;
}

struct mqtt *mqtt_new(const struct mqtt_params *params)
{
    struct mqtt *mqtt = calloc(1, sizeof(*mqtt));

    if (!mqtt)
        return NULL;
    mqtt->wake_fd = mqtt->done_fd = -1;
    mqtt->resend_ns = TIME_UNKNOWN;
    mqtt->command_limit = (struct log_limit){.interval_ns = NSEC_PER_SEC, .burst = 10};
    mqtt->reject_log = (struct log_limit){.interval_ns = 60 * NSEC_PER_SEC, .burst = 2};
    mqtt->refuse_log = (struct log_limit){.interval_ns = 600 * NSEC_PER_SEC, .burst = 2};
    mqtt->down_log = (struct log_limit){.interval_ns = DOWN_SAID_NS, .burst = 1};
    mqtt->news_log = (struct log_limit){.interval_ns = 3600 * NSEC_PER_SEC, .burst = 10};
    atomic_init(&mqtt->stop_ns, TIME_UNKNOWN);
    mosquitto_lib_init(); /* counts its callers */
    int r = set_up(mqtt, params);
    if (r < 0) {
        mqtt_free(mqtt);
        errno = -r;
        return NULL;
    }
    return mqtt;
}

int mqtt_start(struct mqtt *mqtt)
{
    sigset_t all, before;

    /* Signals are the loop's; and a write into a closed connection must be an error, not SIGPIPE. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&mqtt->thread, NULL, mqtt_thread, mqtt);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return -error;
    mqtt->running = true;
    return 0;
}

static void wake(struct mqtt *mqtt)
{
    const uint64_t one = 1;
    ssize_t written = write(mqtt->wake_fd, &one, sizeof(one));
    (void)written; /* full is awake, too */
}

void mqtt_stop(struct mqtt *mqtt, int patience_ms)
{
    if (!mqtt || !mqtt->running)
        return;
    struct pollfd done = {.fd = mqtt->done_fd, .events = POLLIN};
    int64_t deadline = clock_now(clock_monotonic()) + patience_ms * NSEC_PER_MSEC;
    int ready;

    atomic_store(&mqtt->stop_ns, deadline);
    wake(mqtt);
    do {
        int64_t left_ms = (deadline - clock_now(clock_monotonic())) / NSEC_PER_MSEC;
        /* the thread gives up at the deadline by itself; the rest is for its last steps */
        ready = poll(&done, 1, (int)MAX(left_ms, 0) + 200);
    } while (ready < 0 && errno == EINTR);
    mqtt->running = false;
    if (ready > 0) {
        pthread_join(mqtt->thread, NULL);
        return;
    }
    log_notice(LOG_BROKER, "the name of %s is still being looked up; leaving without a goodbye",
               mqtt->params.host);
    pthread_detach(mqtt->thread);
    mqtt->abandoned = true;
}

void mqtt_request_clear(struct request *request)
{
    free(request->topic);
    free(request->payload);
    free(request->correlation);
}

void mqtt_notice_clear(struct mqtt_notice *notice)
{
    free(notice->topic);
    free(notice->text);
    free(notice->reply_topic);
    free(notice->correlation);
}

void mqtt_free(struct mqtt *mqtt)
{
    struct request request;
    struct mqtt_notice notice;

    if (!mqtt)
        return;
    mqtt_stop(mqtt, 0);
    if (mqtt->abandoned)
        return;
    while (mqtt->requests && ring_get(mqtt->requests, &request))
        mqtt_request_clear(&request);
    while (mqtt->notices && ring_get(mqtt->notices, &notice)) {
        mqtt_notice_clear(&notice);
    }
    ring_free(mqtt->requests);
    ring_free(mqtt->notices);
    board_free(mqtt->board);
    if (mqtt->wake_fd >= 0)
        close(mqtt->wake_fd);
    if (mqtt->done_fd >= 0)
        close(mqtt->done_fd);
    secret_free(mqtt->password);
    free_params(&mqtt->params);
    mosquitto_lib_cleanup();
    free(mqtt);
}

const char *mqtt_base(const struct mqtt *mqtt)
{
    return mqtt->base;
}

unsigned mqtt_rejected(const struct mqtt *mqtt)
{
    return atomic_load_explicit(&mqtt->rejected, memory_order_relaxed);
}

static bool put_request(struct mqtt *mqtt, struct request *request, const char *payload)
{
    request->session = mqtt->seen_session;
    request->payload = strdup(payload);
    if (request->payload && ring_put(mqtt->requests, request))
        return true;
    mqtt_request_clear(request);
    return false;
}

bool mqtt_publish(struct mqtt *mqtt, int64_t token, bool late, const char *payload)
{
    struct request request = {.token = token, .late = late};

    return mqtt->seen_session && put_request(mqtt, &request, payload);
}

bool mqtt_publish_transient(struct mqtt *mqtt, const char *topic, const char *payload)
{
    struct request request = {.transient = true};

    /* half of the ring is for events */
    if (!mqtt->seen_session || ring_used(mqtt->requests) >= REQUEST_SLOTS / 2)
        return false;
    request.topic = strdup(topic);
    return request.topic ? put_request(mqtt, &request, payload) : false;
}

bool mqtt_reply(struct mqtt *mqtt, const struct mqtt_notice *command, const char *payload)
{
    struct request request = {.transient = true, .reply = true};

    if (!mqtt->seen_session || !command->reply_topic || ring_used(mqtt->requests) >= REQUEST_SLOTS / 2)
        return false;
    request.topic = strdup(command->reply_topic);
    request.correlation = command->correlation_size > 0 ? malloc(command->correlation_size) : NULL;
    if (!request.topic || (command->correlation_size > 0 && !request.correlation)) {
        mqtt_request_clear(&request);
        return false;
    }
    if (request.correlation)
        memcpy(request.correlation, command->correlation, command->correlation_size);
    request.correlation_size = command->correlation_size;
    return put_request(mqtt, &request, payload);
}

bool mqtt_publish_state(struct mqtt *mqtt, const char *topic, const char *payload)
{
    char full[MQTT_TOPIC_MAX];

    if (strcmp(topic, TOPIC_STATUS) == 0 ||
        snprintf(full, sizeof(full), "%s/%s", mqtt->base, topic) >= (int)sizeof(full))
        return false;
    return mqtt_publish_discovery(mqtt, full, payload);
}

bool mqtt_publish_discovery(struct mqtt *mqtt, const char *topic, const char *payload)
{
    if (!board_post(mqtt->board, topic, payload ? payload : ""))
        return false;
    wake(mqtt);
    return true;
}

int mqtt_fd(const struct mqtt *mqtt)
{
    return ring_fd(mqtt->notices);
}

bool mqtt_next(struct mqtt *mqtt, struct mqtt_notice *notice)
{
    ring_acknowledge(mqtt->notices);
    if (!ring_get(mqtt->notices, notice))
        return false;
    if (notice->kind == MQTT_CONNECTED)
        mqtt->seen_session = (unsigned)notice->token;
    else if (notice->kind == MQTT_DISCONNECTED)
        mqtt->seen_session = 0;
    return true;
}

bool mqtt_is_connected(const struct mqtt *mqtt)
{
    return mqtt->seen_session != 0;
}
