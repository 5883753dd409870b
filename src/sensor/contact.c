/* SPDX-License-Identifier: MIT */
#include "sensor/contact.h"

#include "base/macros.h"

#define OFF_SHARE 5 /* off in one look of so many is off */

void contact_init(struct contact *contact, double debounce_s)
{
    *contact = (struct contact){.state = CONTACT_OFF, .debounce_ns = s_to_ns(debounce_s)};
}

static void enter(struct contact *contact, enum contact_state state, int64_t now_ns)
{
    contact->state = state;
    contact->window_end_ns = now_ns + contact->debounce_ns;
    contact->seen = contact->seen_off = 0;
}

static void on(struct contact *contact, enum contact_event event, int64_t now_ns)
{
    switch (event) {
    case CONTACT_SEEN_OFF: enter(contact, CONTACT_LEAVING, now_ns); break;
    case CONTACT_SEEN_ON:
    case CONTACT_WINDOW_OVER: break;
    }
}

static void leaving(struct contact *contact, enum contact_event event, int64_t now_ns)
{
    switch (event) {
    case CONTACT_SEEN_OFF: contact->seen_off++; break;
    case CONTACT_SEEN_ON: break;
    case CONTACT_WINDOW_OVER:
        enter(contact, contact->seen_off * OFF_SHARE >= contact->seen ? CONTACT_OFF : CONTACT_ON, now_ns);
        break;
    }
}

static void off(struct contact *contact, enum contact_event event, int64_t now_ns)
{
    switch (event) {
    case CONTACT_SEEN_ON: enter(contact, CONTACT_RETURNING, now_ns); break;
    case CONTACT_SEEN_OFF:
    case CONTACT_WINDOW_OVER: break;
    }
}

static void returning(struct contact *contact, enum contact_event event, int64_t now_ns)
{
    switch (event) {
    case CONTACT_SEEN_OFF: enter(contact, CONTACT_OFF, now_ns); break;
    case CONTACT_SEEN_ON: break;
    case CONTACT_WINDOW_OVER: enter(contact, CONTACT_ON, now_ns); break;
    }
}

static void dispatch(struct contact *contact, enum contact_event event, int64_t now_ns)
{
    switch (contact->state) {
    case CONTACT_ON: on(contact, event, now_ns); break;
    case CONTACT_LEAVING: leaving(contact, event, now_ns); break;
    case CONTACT_OFF: off(contact, event, now_ns); break;
    case CONTACT_RETURNING: returning(contact, event, now_ns); break;
    }
}

bool contact_look(struct contact *contact, bool is_off, int64_t now_ns)
{
    contact->seen++;
    dispatch(contact, is_off ? CONTACT_SEEN_OFF : CONTACT_SEEN_ON, now_ns);
    if ((contact->state == CONTACT_LEAVING || contact->state == CONTACT_RETURNING) &&
        now_ns >= contact->window_end_ns)
        dispatch(contact, CONTACT_WINDOW_OVER, now_ns);
    return contact->state == CONTACT_OFF || contact->state == CONTACT_RETURNING;
}

void button_init(struct button *button, double debounce_s, int64_t now_ns)
{
    *button = (struct button){.debounce_ns = s_to_ns(debounce_s), .changed_ns = now_ns};
}

bool button_look(struct button *button, bool level, int64_t edge_ns, int64_t now_ns)
{
    if (edge_ns != TIME_UNKNOWN)
        button->changed_ns = edge_ns; /* also when it bounced back to the level it had */
    else if (level != button->level)
        button->changed_ns = now_ns;
    button->level = level;
    if (button->level == button->pressed || now_ns - button->changed_ns < button->debounce_ns)
        return false;
    button->pressed = button->level;
    return true;
}

int64_t button_due(const struct button *button)
{
    return button->level == button->pressed ? INT64_MAX : button->changed_ns + button->debounce_ns;
}
