/* Connections: the handshake, frames out with a mask, frames in. Must not live here: what they say (messages.c). */
#include "loadgen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RECEIVE = 16384, EVENTS = 1024 };
static int epoll;
static char **cookies;
static int cookie_count;

/* One Cookie header a line: line i is client i's; the first again after the last. */
static void read_cookies(void) {
    FILE *file = fopen(options.cookies, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    if (!file) end("%s: %s", options.cookies, strerror(errno));
    while ((length = getline(&line, &size, file)) > 0) {
        while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) line[--length] = 0;
        cookies = realloc(cookies, (cookie_count + 1) * sizeof *cookies);
        cookies[cookie_count++] = strdup(line);
    }
    fclose(file);
    if (!cookie_count) end("%s is empty", options.cookies);
}

void open_epoll(void) {
    if (options.cookies) read_cookies();
    epoll = epoll_create1(0);
}

static void want_out(struct client *client, int wants) {
    struct epoll_event event = { .events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = client };
    if (client->wants_out == wants) return;
    client->wants_out = wants;
    epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event);
}

static void lose(struct client *client) {
    if (client->state == DEAD) return;
    if (client->state == READY) ready--;
    client->state = DEAD;
    dead++;
    close(client->fd);
}

static void flush(struct client *client) {
    struct buffer *out = &client->out;
    while (out->start < out->end) {
        ssize_t went = send(client->fd, out->bytes + out->start, out->end - out->start, MSG_NOSIGNAL);
        if (went < 0 && errno == EAGAIN) return want_out(client, 1);
        if (went < 0) return lose(client);
        out->start += went;
    }
    out->start = out->end = 0;
    want_out(client, 0);
}

static void make_room(struct buffer *buffer, size_t room) {
    if (buffer->end + room <= buffer->size) return;
    buffer->size = (buffer->end + room) * 2;
    buffer->bytes = realloc(buffer->bytes, buffer->size);
}

static void put(struct client *client, const void *bytes, size_t length) {
    struct buffer *out = &client->out;
    if (client->state == DEAD) return;
    make_room(out, length);
    memcpy(out->bytes + out->end, bytes, length);
    out->end += length;
    if (out->end - out->start == length) flush(client);     /* nothing waited: one send() a frame, as a real client has it */
}

void send_frame(struct client *client, enum opcode opcode, const char *payload, size_t length) {
    static uint32_t random = 2463534242u;
    uint8_t frame[8 + 65536], mask[4];
    size_t head = 2;
    random ^= random << 13, random ^= random >> 17, random ^= random << 5;
    memcpy(mask, &random, 4);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (length < 126 ? length : 126);
    if (length >= 126) frame[head++] = length >> 8, frame[head++] = length;
    memcpy(frame + head, mask, 4);
    head += 4;
    for (size_t at = 0; at < length; at++) frame[head + at] = payload[at] ^ mask[at & 3];
    put(client, frame, head + length);
}

void begin_client(struct client *client, int number) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = client };
    struct linger at_once = { 1, 0 };
    int on = 1;
    client->number = number, client->state = CONNECTING, client->wants_out = 1, client->began = now();
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) end("socket: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(client->fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS) end("connect: %s", strerror(errno));
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static void connected(struct client *client) {
    char path[512], cookie[2048], request[4096];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) end("connect: %s", strerror(error));
    expand(path, sizeof path, options.path, client->number, 0, "");
    expand(cookie, sizeof cookie, cookies ? cookies[client->number % cookie_count] : options.cookie, client->number, 0, "");
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:%d\r\nCookie: %s\r\n\r\n",
        path, options.port, options.port, cookie);
    client->state = HANDSHAKE;
    want_out(client, 0);
    put(client, request, length);
}

static void greeted(struct client *client) {
    client->state = READY;
    ready++;
}

/* Take the answer to the handshake; return whether it is there. */
static int take_answer(struct client *client) {
    char *head = (char *)client->in.bytes, *last = strstr(head, "\r\n\r\n");
    if (!last) return 0;
    if (strncmp(head, "HTTP/1.1 101", 12)) end("handshake refused: %.200s", head);
    client->in.start = last + 4 - head;
    client->state = GREETING;
    answered++;
    note(&handshakes, now() - client->began);
    if (!options.ready) greeted(client);
    return 1;
}

/* Take the next frame; return whether there was a whole one. */
static int next_frame(struct client *client) {
    struct buffer *in = &client->in;
    uint8_t *frame = in->bytes + in->start;
    size_t left = in->end - in->start, head = 2, length = left >= 2 ? frame[1] & 127 : 0;
    if (length == 126) head = 4; else if (length == 127) head = 10;
    if (left < head) return 0;
    if (head > 2) length = 0;
    for (size_t at = 2; at < head; at++) length = length << 8 | frame[at];
    if (left < head + length) return 0;
    in->start += head + length;
    int opcode = frame[0] & 15;
    if (opcode == PING) send_frame(client, PONG, (char *)frame + head, length);
    else if (opcode == CLOSE) lose(client);
    else if (opcode > TEXT) return 1;
    else if (client->state == GREETING && is_greeting((char *)frame + head, length)) greeted(client);
    else heard(client, (char *)frame + head, length);
    return 1;
}

static void readable(struct client *client) {
    struct buffer *in = &client->in;
    for (;;) {
        make_room(in, RECEIVE + 1);
        size_t room = in->size - in->end - 1;
        ssize_t came = recv(client->fd, in->bytes + in->end, room, 0);
        if (came < 0 && errno == EAGAIN) return;
        if (came <= 0) return lose(client);
        bytes_in += came;
        in->end += came;
        in->bytes[in->end] = 0;
        if (client->state >= GREETING || take_answer(client)) while (client->state != DEAD && next_frame(client)) {}
        memmove(in->bytes, in->bytes + in->start, in->end - in->start);
        in->end -= in->start, in->start = 0;
        if (client->state == DEAD || (size_t)came < room) return;
    }
}

/* Wait at most so long for something to do, and do it. */
void turn(double seconds) {
    static struct epoll_event events[EVENTS];
    struct timespec longest = { (time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9) };
    int count = epoll_pwait2(epoll, events, EVENTS, &longest, NULL);
    for (int at = 0; at < count; at++) {
        struct client *client = events[at].data.ptr;
        if (client->state == DEAD) continue;
        if (client->state == CONNECTING) { connected(client); continue; }
        if (events[at].events & EPOLLOUT) flush(client);
        if (client->state != DEAD && events[at].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(client);
    }
}
