/* Who writes what to whom, and when a message is done. Each carries "~sender.number.due~" in its content, which is found in whatever
 * the server makes of it: no JSON is parsed, any wire will do. */
#include "loadgen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENT = 4096, MESSAGE = 8192 };
static const char ACK[] = "{\"type\":\"ack\"", ERROR[] = "{\"type\":\"error\"";

/* %U the sender's id, %R the receiver's, %N a ref that no other message has, %C the content. */
size_t expand(char *into, size_t size, const char *template, int sender, int receiver, const char *content) {
    size_t at = 0;
    for (const char *from = template; *from && at + 1 < size; from++) {
        if (*from != '%' || !from[1] || !strchr("URNC", from[1])) into[at++] = *from;
        else if (*++from == 'U') at += snprintf(into + at, size - at, "%d", sender + 1);
        else if (*from == 'R') at += snprintf(into + at, size - at, "%d", receiver + 1);
        else if (*from == 'C') at += snprintf(into + at, size - at, "%s", content);
        else for (const char *word = content + 1; *content && *word != '~' && at + 1 < size; word++) into[at++] = *word;
    }
    into[at] = 0;
    return at;
}

void say(struct client *client, uint64_t due) {
    char content[CONTENT], message[MESSAGE];
    int length = snprintf(content, sizeof content, "~%d.%llu.%llu~", client->number,
        (unsigned long long)client->sent, (unsigned long long)due);
    for (; length < options.length; length++) content[length] = 'a' + length % 26;
    content[length] = 0;
    size_t size = expand(message, sizeof message, options.template, client->number, client->number ^ 1, content);
    client->sent++, sent++;
    send_frame(client, TEXT, message, size);
}

void fill_window(struct client *client) {
    while (sending && options.rate <= 0 && client->state == READY && client->sent - client->done < (uint64_t)options.window)
        say(client, now());
}

static void count_done(struct client *sender, uint64_t at) {
    uint64_t least = sender->echoed < sender->delivered ? sender->echoed : sender->delivered;
    if (options.mode == FANOUT) least = sender->delivered / options.clients;
    if (least <= sender->done) return;
    done += least - sender->done;
    if (at >= measured_from && at < measured_until) measured_done += least - sender->done;
    sender->done = least;
    fill_window(sender);
}

/* "sender.number.due", where the content says it. */
static int parse(const char *text, long *sender, uint64_t *number, uint64_t *due) {
    char *rest;
    *sender = strtol(text, &rest, 10);
    if (*rest != '.' || *sender < 0 || *sender >= options.clients) return 0;
    *number = strtoull(rest + 1, &rest, 10);
    if (*rest != '.') return 0;
    *due = strtoull(rest + 1, &rest, 10);
    return 1;
}

static void acked(struct client *client, const char *text, size_t length) {
    long sender;
    uint64_t number, due;
    const char *ref = memmem(text, length, "\"ref\":\"", 7);
    if (ref && parse(ref + 7, &sender, &number, &due)) keep(client, 1, sender, number, text, length);
}

/* What a server says when it has everything ready for a client: what is sent before that need not reach it. */
int is_greeting(const char *text, size_t length) {
    size_t expected = strlen(options.ready);
    return length >= expected && !memcmp(text, options.ready, expected);
}

void heard(struct client *client, const char *text, size_t length) {
    long sender;
    uint64_t number, due, at = now();
    if (length > sizeof ERROR && !memcmp(text, ERROR, sizeof ERROR - 1)) refused++;
    if (options.log && length > sizeof ACK && !memcmp(text, ACK, sizeof ACK - 1)) return acked(client, text, length);
    const char *mark = memchr(text, '~', length);
    if (!mark || !parse(mark + 1, &sender, &number, &due)) return;
    int is_measured = at >= measured_from && at < measured_until, is_echo = options.mode == DM && client->number == sender;
    if (options.log) keep(client, 0, sender, number, text, length);
    if (is_echo) clients[sender].echoed++;
    else clients[sender].delivered++, delivered++, measured_deliveries += is_measured;
    if (is_measured) note(is_echo ? &echoes : &deliveries, at - due);
    count_done(&clients[sender], at);
}
