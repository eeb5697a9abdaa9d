/* What the parts of the load generator know of each other. One thread, one epoll, as little work a message as can be. */
#ifndef LOADGEN_H
#define LOADGEN_H
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

enum state { CONNECTING, HANDSHAKE, GREETING, READY, DEAD };
enum mode { DM, FANOUT, IDLE };
enum opcode { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

struct buffer { uint8_t *bytes; size_t start, end, size; };

struct client {
    int fd, number, wants_out;
    enum state state;
    struct buffer in, out;
    uint64_t began, sent, echoed, delivered, done;      /* the last four: of the messages that this one sent */
};

struct options {
    enum mode mode;
    const char *name, *path, *cookie, *template, *cookies, *ready, *log;
    int port, clients, window, burst, length, pid;
    double rate, seconds, warm, settle, hold;
};

struct histogram { uint64_t count, longest, buckets[64 * 64]; };

extern struct options options;
extern struct client *clients;
extern int answered, ready, dead;     /* of the handshakes; of the clients */
extern struct histogram deliveries, echoes, handshakes;
extern uint64_t bytes_in, sent, done, delivered, refused, measured_from, measured_until, measured_done, measured_deliveries;
extern int sending;

/* figures.c */
uint64_t now(void);
void end(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void note(struct histogram *histogram, uint64_t nanoseconds);
double percentile(const struct histogram *histogram, double part);
double server_cpu(void), server_kib(void), own_cpu(void);

/* sockets.c */
void open_epoll(void);
void begin_client(struct client *client, int number);
void send_frame(struct client *client, enum opcode opcode, const char *payload, size_t length);
void turn(double seconds);

/* messages.c */
size_t expand(char *into, size_t size, const char *template, int sender, int receiver, const char *content);
void say(struct client *client, uint64_t due);
void fill_window(struct client *client);
int is_greeting(const char *text, size_t length);
void heard(struct client *client, const char *text, size_t length);

/* records.c */
void keep(const struct client *client, int is_ack, long sender, uint64_t place, const char *text, size_t length);
void write_records(void);
#endif
