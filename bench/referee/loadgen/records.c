/* What arrived where, for those who check it afterwards (--log): kept in memory while it counts, written at the end. */
#include "loadgen.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read by referee/arrivals.py. `place`: the how many-th of its sender. */
struct record { uint32_t client, is_ack, sender, conversation; uint64_t place, seq, number; };
static struct record *records;
static size_t count, size;

static uint64_t value(const char *name, size_t name_length, const char *text, size_t length) {
    const char *found = memmem(text, length, name, name_length);
    return found ? strtoull(found + name_length, NULL, 10) : 0;
}
#define VALUE(name) value("\"" name "\":", sizeof name + 2, text, length)

void keep(const struct client *client, int is_ack, long sender, uint64_t place, const char *text, size_t length) {
    if (count == size) records = realloc(records, (size = size * 2 + 65536) * sizeof *records);
    records[count++] = (struct record){ client->number, is_ack, sender, VALUE("conversation"), place, VALUE("seq"), VALUE("number") };
}

void write_records(void) {
    FILE *file = fopen(options.log, "wb");
    if (!file || fwrite(records, sizeof *records, count, file) != count || fclose(file)) end("%s: %s", options.log, strerror(errno));
}
