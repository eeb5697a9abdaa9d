/* A load generator for WebSocket servers: one thread, epoll, about six microseconds a message. Prints one JSON object.
 *
 * --mode dm       clients i and i^1 write to each other. A message is done when the receiver has it and the sender its own copy.
 *                 Closed loop: --window of them under way for each client; the time counts from the send.
 *                 Open loop: --rate a second in all; the time counts from the moment at which a message was due.
 * --mode fanout   client 0 writes, and all clients get it: sockets of one member.
 * --mode idle     they come, and stay: --settle seconds after the last came memory is taken, then processor for --hold seconds.
 */
#include "loadgen.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const double CONNECT_SECONDS = 180, DRAIN_SECONDS = 5, CHECKED_SECONDS = 60, STALLED_SECONDS = 3, LONGEST_TURN = 0.005;
struct options options = { .mode = DM, .name = "", .path = "/", .cookie = "user=%U", .template = "{\"receiver\":%R,\"content\":\"%C\"}",
    .port = 8000, .clients = 100, .window = 1, .burst = 64, .length = 80, .seconds = 5, .warm = 1, .settle = 0.3, .hold = 1 };
struct client *clients;
int answered, ready, dead, sending;
struct histogram deliveries, echoes, handshakes;
uint64_t bytes_in, sent, done, delivered, refused, measured_from, measured_until, measured_done, measured_deliveries;

static void read_options(int count, char **words) {
    static const struct option names[] = {
        {"mode", 1, 0, 'm'}, {"name", 1, 0, 'n'}, {"port", 1, 0, 'p'}, {"path", 1, 0, 'P'}, {"cookie", 1, 0, 'k'}, {"cookies", 1, 0, 'K'},
        {"template", 1, 0, 't'}, {"clients", 1, 0, 'c'}, {"window", 1, 0, 'w'}, {"rate", 1, 0, 'r'}, {"seconds", 1, 0, 's'},
        {"warm", 1, 0, 'W'}, {"settle", 1, 0, 'S'}, {"hold", 1, 0, 'h'}, {"pid", 1, 0, 'i'}, {"burst", 1, 0, 'b'}, {"length", 1, 0, 'l'},
        {"log", 1, 0, 'L'}, {"ready", 1, 0, 'R'}, {0, 0, 0, 0}};
    for (int name; (name = getopt_long(count, words, "", names, NULL)) != -1;) switch (name) {
        case 'm': options.mode = !strcmp(optarg, "dm") ? DM : !strcmp(optarg, "fanout") ? FANOUT : IDLE; break;
        case 'n': options.name = optarg; break;
        case 'p': options.port = atoi(optarg); break;
        case 'P': options.path = optarg; break;
        case 'k': options.cookie = optarg; break;
        case 'K': options.cookies = optarg; break;
        case 't': options.template = optarg; break;
        case 'c': options.clients = atoi(optarg); break;
        case 'w': options.window = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'W': options.warm = atof(optarg); break;
        case 'S': options.settle = atof(optarg); break;
        case 'h': options.hold = atof(optarg); break;
        case 'i': options.pid = atoi(optarg); break;
        case 'b': options.burst = atoi(optarg); break;
        case 'l': options.length = atoi(optarg); break;
        case 'L': options.log = optarg; break;
        case 'R': options.ready = optarg; break;
        default: end("see main.c for the options");
    }
    if (options.length > 3900) end("--length is at most 3900");
    if (options.mode == DM && options.clients % 2) end("--mode dm needs an even number of clients");
}

static void turn_for(double seconds) {
    for (uint64_t until = now() + (uint64_t)(seconds * 1e9); now() < until;) turn(0.05);
}

static void turn_while_they_come(uint64_t began) {
    turn(0.1);
    if (dead) end("%d clients were closed by the server while they came (%d are there)", dead, ready);
    if (now() - began > CONNECT_SECONDS * 1e9) end("they take too long to come (%d of %d are there)", ready, options.clients);
}

/* At most --burst of them are on their way at a time. Prints what it took. */
static void connect_all(void) {
    double kib = server_kib(), used = server_cpu();
    uint64_t began = now();
    for (int begun = 0; answered < options.clients;) {
        for (; begun < options.clients && begun - answered < options.burst; begun++) begin_client(&clients[begun], begun);
        turn_while_they_come(began);
    }
    double took = (now() - began) / 1e9, connected = server_cpu() - used;
    while (ready < options.clients) turn_while_they_come(began);
    turn_for(options.settle);
    double settled = server_cpu() - used, more = server_kib() - kib;
    printf("{\"peer\":\"%s\",\"clients\":%d,\"connects_per_s\":%.0f,\"connect_cpu_us\":%.1f,\"settled_cpu_us\":%.1f,"
        "\"handshake_p50_ms\":%.2f,\"handshake_p99_ms\":%.2f,\"rss_mib\":%.1f,\"rss_kib_per_client\":%.2f",
        options.name, options.clients, options.clients / took, connected * 1e6 / options.clients, settled * 1e6 / options.clients,
        percentile(&handshakes, 0.5), percentile(&handshakes, 0.99), server_kib() / 1024, more / options.clients);
}

static void stay_idle(void) {
    double used = server_cpu();
    uint64_t began = now();
    turn_for(options.hold);
    printf(",\"idle_cpu_pct\":%.3f", (server_cpu() - used) / ((now() - began) / 1e9) * 100);
}

/* Send what is due; return how long there is nothing more to do. */
static double send_due(uint64_t began) {
    static uint64_t count;
    int writers = options.mode == FANOUT ? 1 : options.clients, burst = 256;
    uint64_t due;
    while ((due = began + (uint64_t)(count * 1e9 / options.rate)) <= now() && burst--) say(&clients[count++ % writers], due);
    uint64_t at = now();
    double left = due > at ? (due - at) / 1e9 : 0;
    return left < LONGEST_TURN ? left : LONGEST_TURN;
}

/* After the last message was sent, until all of them have arrived or no more do. Who is checked may be slow: a loss is for ever. */
static void drain(void) {
    double longest = options.log ? CHECKED_SECONDS : DRAIN_SECONDS, stalled = options.log ? CHECKED_SECONDS : STALLED_SECONDS;
    uint64_t until = now() + (uint64_t)(longest * 1e9), last = 0, moved = now();
    while (done < sent && now() < until && now() - moved < stalled * 1e9) {
        turn(0.02);
        if (done + delivered != last) last = done + delivered, moved = now();
    }
    turn_for(0.1);      /* what comes twice comes now */
}

static void exchange(void) {
    uint64_t began = now(), at;
    double used = 0, own = 0;
    int writers = options.mode == FANOUT ? 1 : options.clients, is_warm = 0;
    measured_from = began + (uint64_t)(options.warm * 1e9), measured_until = measured_from + (uint64_t)(options.seconds * 1e9);
    sending = 1;
    for (int writer = 0; writer < writers; writer++) fill_window(&clients[writer]);
    while ((at = now()) < measured_until) {
        if (!is_warm && at >= measured_from) is_warm = 1, used = server_cpu(), own = own_cpu();
        turn(options.rate > 0 ? send_due(began) : LONGEST_TURN);
    }
    used = server_cpu() - used, own = own_cpu() - own;
    sending = 0;
    drain();
    printf(",\"msgs_per_s\":%.0f,\"deliveries_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"echo_p50_ms\":%.3f,"
        "\"cpu_pct\":%.1f,\"cpu_us_per_msg\":%.2f,\"cpu_us_per_delivery\":%.3f,\"loadgen_cpu_pct\":%.0f,\"rss_after_mib\":%.1f,"
        "\"sent\":%llu,\"lost\":%llu,\"refused\":%llu",
        measured_done / options.seconds, measured_deliveries / options.seconds, percentile(&deliveries, 0.5), percentile(&deliveries, 0.99),
        deliveries.longest / 1e6, percentile(&echoes, 0.5), used / options.seconds * 100, used * 1e6 / (measured_done ? measured_done : 1),
        used * 1e6 / (measured_deliveries ? measured_deliveries : 1), own / options.seconds * 100, server_kib() / 1024,
        (unsigned long long)sent, (unsigned long long)(sent - done), (unsigned long long)refused);
}

int main(int count, char **words) {
    struct rlimit files;
    read_options(count, words);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc(options.clients, sizeof *clients);
    open_epoll();
    connect_all();
    if (options.mode == IDLE) stay_idle(); else exchange();
    if (options.log) write_records();
    printf(",\"dead\":%d}\n", dead);
    return 0;
}
