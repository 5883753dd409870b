/* SPDX-License-Identifier: MIT */
/*
 * The MQTT thread: one poll() over the requests, the board and the connection. It may be held up inside the
 * library (DNS); then requests wait in their ring and are refused afterwards, because they were meant for
 * another session.
 */
#include "publish/mqtt_private.h"

#include "publish/command.h"
#include "publish/states.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Up to this long after Home Assistant's birth everything is sent again; its manual asks for a random pause.
 */
#define BIRTH_DELAY_NS (3 * NSEC_PER_SEC)

static void on_up(void *context)
{
    struct mqtt *mqtt = context;

    mqtt->session = ++mqtt->last_session;
    mqtt->up_pending = true;
    mqtt->resend_ns = TIME_UNKNOWN;
    board_all_due(mqtt->board);
    mqtt->command_mid = mqtt->birth_mid = -1;
    if (link_subscribe(mqtt->link, mqtt->topic_command, &mqtt->command_mid) == 0 && mqtt->params.discovery)
        link_subscribe(mqtt->link, mqtt->topic_birth, &mqtt->birth_mid);
}

static void say_down(struct mqtt *mqtt, const char *text)
{
    unsigned suppressed = 0;
    bool news = strcmp(text, mqtt->down_text) != 0;

    /* Another cause is worth a line at once, but not all night long. */
    if (news && log_allowed(&mqtt->news_log, mqtt_now(), NULL))
        mqtt->down_log.window_start_ns = 0;
    if (!log_allowed(&mqtt->down_log, mqtt_now(), &suppressed))
        return;
    mqtt->down_said = true;
    snprintf(mqtt->down_text, sizeof(mqtt->down_text), "%s", text);
    /* What nobody mends within hours is known: then a line a day. */
    mqtt->down_log.interval_ns =
        !news && suppressed ? MIN(2 * mqtt->down_log.interval_ns, DOWN_SAID_MOST_NS) : DOWN_SAID_NS;
    if (!news && suppressed)
        log_warning(LOG_BROKER, "%s (still, after %u more attempts); events wait in the outbox", text,
                    suppressed);
    else
        log_warning(LOG_BROKER, "%s; events wait in the outbox", text);
}

static void on_down(void *context, enum fault_reason reason, const char *text)
{
    struct mqtt *mqtt = context;

    say_down(mqtt, text);
    mqtt_forget_flights(mqtt);
    mqtt->session = 0;
    mqtt->up_pending = false;
    if (mqtt->down_told && mqtt->down_reason == reason)
        return;
    mqtt->down_told = true;
    mqtt->down_reason = reason;
    char *copy = strdup(text);
    mqtt_notify(mqtt, (struct mqtt_notice){.kind = MQTT_DISCONNECTED,
                                           .reason = reason,
                                           .text = copy,
                                           .text_size = copy ? strlen(copy) : 0});
}

static void on_unsubscribed(void *context, int mid, const char *error)
{
    struct mqtt *mqtt = context;
    const char *topic = mid == mqtt->birth_mid ? mqtt->topic_birth : mqtt->topic_command;

    if (log_allowed(&mqtt->refuse_log, mqtt_now(), NULL))
        log_warning(LOG_BROKER, "does not let us read %s: %s; check its access control list", topic, error);
}

static void reject(struct mqtt *mqtt, const char *why)
{
    unsigned suppressed = 0;

    atomic_fetch_add_explicit(&mqtt->rejected, 1, memory_order_relaxed);
    if (!log_allowed(&mqtt->reject_log, mqtt_now(), &suppressed))
        return;
    if (suppressed)
        log_warning(LOG_BROKER, "a message on %s is ignored: %s; so were %u before it", mqtt->topic_command,
                    why, suppressed);
    else
        log_warning(LOG_BROKER, "a message on %s is ignored: %s", mqtt->topic_command, why);
}

static void on_birth(struct mqtt *mqtt, const void *payload, size_t size)
{
    const char *online = availability_name(AVAILABILITY_ONLINE);
    uint32_t random = 0;

    if (size != strlen(online) || memcmp(payload, online, size) != 0)
        return;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
        random = (uint32_t)mqtt_now();
    mqtt->resend_ns = mqtt_now() + (int64_t)(random % BIRTH_DELAY_NS);
}

/* Where a sender may have the answer: not where anybody would take it for something the hub says by itself.
 */
static bool may_reply_to(const struct mqtt *mqtt, const char *topic)
{
    size_t base = strlen(mqtt->base), prefix = strlen(mqtt->params.discovery_prefix);

    if (!topic || !*topic || *topic == '$' || strlen(topic) >= MQTT_TOPIC_MAX || strpbrk(topic, "+#"))
        return false;
    if (strncmp(topic, mqtt->base, base) == 0 &&
        strncmp(topic + base, "/" TOPIC_COMMAND_RESULT "/", strlen("/" TOPIC_COMMAND_RESULT "/")) == 0)
        return true;
    return strncmp(topic, "crampd/", strlen("crampd/")) != 0 &&
           !(strncmp(topic, mqtt->params.discovery_prefix, prefix) == 0 && topic[prefix] == '/');
}

static void notify_command(struct mqtt *mqtt, const struct link_message *message)
{
    struct mqtt_notice notice = {.kind = MQTT_COMMAND, .text_size = message->size};
    bool answered = may_reply_to(mqtt, message->reply_topic);

    notice.topic = strdup(TOPIC_COMMAND);
    notice.text = strndup(message->payload, message->size);
    if (answered)
        notice.reply_topic = strdup(message->reply_topic);
    if (answered && message->correlation_size > 0 &&
        (notice.correlation = malloc(message->correlation_size))) {
        memcpy(notice.correlation, message->correlation, message->correlation_size);
        notice.correlation_size = message->correlation_size;
    }
    if (notice.topic && notice.text)
        mqtt_notify(mqtt, notice);
    else
        mqtt_notice_clear(&notice);
}

static void on_command(struct mqtt *mqtt, const struct link_message *message)
{
    if (message->retained) {
        reject(mqtt, "it is retained, so nobody can tell when it was meant; send it without retain");
        return;
    }
    if (message->size == 0 || message->size > COMMAND_TEXT_MAX ||
        memchr(message->payload, '\0', message->size)) {
        reject(mqtt, "it should be text of 1 to 4096 bytes");
        return;
    }
    if (!log_allowed(&mqtt->command_limit, mqtt_now(), NULL) ||
        ring_used(mqtt->notices) >= NOTICE_SLOTS / 2) {
        reject(mqtt, "more than 10 in a second");
        return;
    }
    notify_command(mqtt, message);
}

static void on_message(void *context, const struct link_message *message)
{
    struct mqtt *mqtt = context;

    if (strcmp(message->topic, mqtt->topic_command) == 0)
        on_command(mqtt, message);
    else if (mqtt->params.discovery && strcmp(message->topic, mqtt->topic_birth) == 0)
        on_birth(mqtt, message->payload, message->size);
}

/* A new session is told to the home and to the loop when everything retained is on its way. */
static void finish_up(struct mqtt *mqtt)
{
    if (!mqtt->up_pending || board_next(mqtt->board) >= 0 || !mqtt_send_status(mqtt, AVAILABILITY_ONLINE))
        return;
    mqtt->up_pending = false;
    mqtt->down_told = false;
    mqtt->down_text[0] = '\0';
    if (mqtt->down_said || mqtt->session == 1) /* as often as the opposite */
        log_info(LOG_BROKER, "connected to %s as %s", mqtt->params.host, mqtt->client_id);
    mqtt->down_said = false;
    mqtt_notify(mqtt, (struct mqtt_notice){.kind = MQTT_CONNECTED, .token = mqtt->session});
}

static void resend_when_due(struct mqtt *mqtt)
{
    if (mqtt->resend_ns == TIME_UNKNOWN || mqtt->said_goodbye || mqtt_now() < mqtt->resend_ns)
        return;
    mqtt->resend_ns = TIME_UNKNOWN;
    board_all_due(mqtt->board);
    mqtt_send_status(mqtt, AVAILABILITY_ONLINE);
}

/* What is queued, then `offline`, then the answers, then DISCONNECT. True when the thread may end. */
static bool leave(struct mqtt *mqtt, int64_t deadline_ns)
{
    if (!mqtt->closing && link_is_up(mqtt->link) && mqtt_now() < deadline_ns) {
        if (!mqtt->said_goodbye && ring_used(mqtt->requests) == 0 && board_next(mqtt->board) < 0)
            mqtt->said_goodbye = mqtt_send_status(mqtt, AVAILABILITY_OFFLINE);
        if (!mqtt->said_goodbye || !mqtt_nothing_in_flight(mqtt))
            return false;
    }
    if (!mqtt->closing)
        link_stop(mqtt->link);
    mqtt->closing = true;
    return link_is_idle(mqtt->link) || mqtt_now() >= deadline_ns;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == TIME_UNKNOWN ? b : b == TIME_UNKNOWN ? a : MIN(a, b);
}

static void wait_for_something(struct mqtt *mqtt, int64_t stop_ns)
{
    struct pollfd fds[] = {
        {.fd = ring_fd(mqtt->requests), .events = POLLIN},
        {.fd = mqtt->wake_fd, .events = POLLIN},
        {.fd = link_fd(mqtt->link), .events = link_poll_events(mqtt->link)},
    };
    int64_t until = earlier(earlier(link_deadline(mqtt->link), mqtt->resend_ns), stop_ns);
    int timeout = -1;
    uint64_t woken;

    if (until != TIME_UNKNOWN)
        timeout = (int)MIN(MAX(until - mqtt_now(), 0) / NSEC_PER_MSEC + 1, INT64_C(3600000));
    if (poll(fds, ARRAY_SIZE(fds), timeout) <= 0)
        return;
    if (fds[0].revents)
        ring_acknowledge(mqtt->requests);
    if (fds[1].revents && read(mqtt->wake_fd, &woken, sizeof(woken)) < 0)
        woken = 0; /* somebody else's word for it is enough */
    if (fds[2].revents)
        link_io(mqtt->link, fds[2].revents);
}

static void run(struct mqtt *mqtt)
{
    int64_t stop_ns;

    link_start(mqtt->link);
    for (;;) {
        stop_ns = atomic_load(&mqtt->stop_ns);
        board_collect(mqtt->board);
        mqtt_take_requests(mqtt);
        if (link_is_up(mqtt->link)) {
            resend_when_due(mqtt);
            mqtt_send_states(mqtt);
            finish_up(mqtt);
            mqtt_check_answers(mqtt);
        }
        if (stop_ns != TIME_UNKNOWN && leave(mqtt, stop_ns))
            break;
        wait_for_something(mqtt, stop_ns);
        link_tick(mqtt->link);
    }
    mqtt_forget_flights(mqtt);
}

void *mqtt_thread(void *context)
{
    static const struct link_ops ops = {.up = on_up,
                                        .down = on_down,
                                        .answered = mqtt_on_answered,
                                        .unsubscribed = on_unsubscribed,
                                        .message = on_message};
    struct mqtt *mqtt = context;
    const struct link_params params = {.mqtt = &mqtt->params,
                                       .client_id = mqtt->client_id,
                                       .password = mqtt->password,
                                       .will_topic = mqtt->topic_status,
                                       .will_payload = availability_name(AVAILABILITY_OFFLINE)};
    const uint64_t one = 1;

    pthread_setname_np(pthread_self(), "mqtt");
    mqtt->link = link_new(&params, &ops, mqtt);
    if (mqtt->link)
        run(mqtt);
    else
        log_error(LOG_BROKER, "no memory for the connection");
    link_free(mqtt->link);
    mqtt->link = NULL;
    ssize_t written = write(mqtt->done_fd, &one, sizeof(one));
    (void)written;
    return NULL;
}
