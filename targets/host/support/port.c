/* The port of the test programs to an ordinary C library. */
#include "port.h"

#include <inttypes.h>
#include <stdio.h>

int port_read_file(const char *name, void *data, uint32_t bytes)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        return 1;
    }
    size_t got = fread(data, 1, bytes, file);
    return fclose(file) != 0 || got != bytes;
}

int port_write_file(const char *name, const void *data, uint32_t bytes)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL) {
        return 1;
    }
    size_t put = fwrite(data, 1, bytes, file);
    return fclose(file) != 0 || put != bytes;
}

void port_print(const char *text)
{
    (void)fputs(text, stdout);
}

void port_print_u32(uint32_t value)
{
    (void)printf("%" PRIu32, value);
}

int port_call(int (*run)(void *), void *argument, struct port_cost *cost)
{
    cost->stack_bytes = 0;
    cost->ticks = 0;
    return run(argument);
}

void thimble_profile_begin(int layer)
{
    (void)layer;
}

void thimble_profile_end(int layer)
{
    (void)layer;
}
