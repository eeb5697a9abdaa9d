/* Times and what processes took: a clock, histograms, the server's processor time and memory as /proc has them. */
#include "loadgen.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000ull + at.tv_nsec;
}

void end(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "loadgen: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    exit(2);
}

/* Log-linear: each bucket is about 1.5 % wide. */
static int bucket_of(uint64_t value) {
    if (value < 64) return (int)value;
    int exponent = 63 - __builtin_clzll(value);
    return ((exponent - 5) << 6) | ((value >> (exponent - 6)) & 63);
}

static double middle_of(int bucket) {
    return bucket < 64 ? bucket : ldexp(64 + (bucket & 63) + 0.5, (bucket >> 6) - 1);
}

void note(struct histogram *histogram, uint64_t nanoseconds) {
    histogram->buckets[bucket_of(nanoseconds)]++;
    histogram->count++;
    if (nanoseconds > histogram->longest) histogram->longest = nanoseconds;
}

/* In milliseconds. */
double percentile(const struct histogram *histogram, double part) {
    uint64_t wanted = (uint64_t)ceil(part * histogram->count), seen = 0;
    if (!histogram->count) return 0;
    for (int bucket = 0; bucket < 64 * 64; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= wanted) return middle_of(bucket) / 1e6;
    }
    return histogram->longest / 1e6;
}

static size_t read_of_server(const char *name, char *into, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", options.pid, name);
    FILE *file = options.pid ? fopen(path, "r") : NULL;
    size_t length = file ? fread(into, 1, size - 1, file) : 0;
    if (file) fclose(file);
    into[length] = 0;
    return length;
}

/* Seconds, of all its threads. */
double server_cpu(void) {
    char line[2048];
    unsigned long user, system;
    if (!read_of_server("stat", line, sizeof line)) return 0;
    char *rest = strrchr(line, ')');
    if (!rest || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return 0;
    return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

double server_kib(void) {
    char line[256];
    long pages = 0;
    if (!read_of_server("statm", line, sizeof line) || sscanf(line, "%*d %ld", &pages) != 1) return 0;
    return pages * (sysconf(_SC_PAGESIZE) / 1024.0);
}

double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}
