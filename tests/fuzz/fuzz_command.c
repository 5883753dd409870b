/* SPDX-License-Identifier: MIT */
/* Any bytes as a command from the home: a command that makes sense, or a sentence; the answer is always JSON.
 */
#include "fuzz.h"

#include "publish/command.h"

#include <cjson/cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct command_request request;
    const char *error = NULL;
    bool ok = command_parse((const char *)data, size, &request, &error);

    PROMISE(memchr(request.id, '\0', sizeof(request.id)));
    if (ok) {
        PROMISE(error == NULL);
        PROMISE((unsigned)request.command < command_count);
        PROMISE(request.seconds >= 0 && request.seconds <= COMMAND_SECONDS_MAX);
        PROMISE(request.leg == COMMAND_NO_LEG || (unsigned)request.leg < leg_count);
        PROMISE(memchr(request.entry.day, '\0', sizeof(request.entry.day)));
        PROMISE(memchr(request.entry.json, '\0', sizeof(request.entry.json)));
        PROMISE(memchr(request.episode, '\0', sizeof(request.episode)));
        PROMISE(request.command != COMMAND_SET || request.value == PREFERENCE_UNSET ||
                preference_is_valid(request.setting, request.value));
    } else {
        PROMISE(fuzz_is_sentence(error));
    }
    char *text = command_result(&request, ok, error);
    PROMISE(text);
    cJSON *answer = cJSON_Parse(text);
    PROMISE(cJSON_IsObject(answer));
    PROMISE(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")) == ok);
    cJSON_Delete(answer);
    free(text);

    struct command_history history = {.next = 0};
    PROMISE(!command_is_replay(&history, request.id));
    PROMISE(command_is_replay(&history, request.id) == (request.id[0] != '\0'));
    return 0;
}
