/*
 * Rows of tensors on their way through a stream: layers that run row by row.
 *
 * A store keeps the last rows of a tensor, side by side. Rows before row 0 and behind the last one are padding.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_STREAM_H
#define THIMBLE_STREAM_H

#include "thimble_move.h"

struct thimble_store {
    uint32_t offset;    /* of the store in the arena */
    uint32_t row_bytes;
    int16_t capacity;   /* rows that fit in */
    int16_t slide;      /* rows that leave when another one comes and the store is full */
    int16_t first;      /* row at the start of the store in the beginning */
    int16_t padding;    /* byte that padding is made of */
};

/* What reads rows `stride * r - top` and on of one store and writes row r of another one; stride 0 if it does otherwise. */
struct thimble_action {
    uint16_t from, to;
    uint16_t stride, top;
};

/* Where a store is: the row at its start, and the row that comes next. */
struct thimble_rows {
    int16_t first, next;
};

/* The start of a row that the store holds. */
THIMBLE_INLINE unsigned char *thimble_rows_at(
    unsigned char *bytes, const struct thimble_store *store, const struct thimble_rows *rows, int32_t row)
{
    return bytes + store->offset + (uint32_t)(row - rows->first) * store->row_bytes;
}

/* Makes room for the next row and returns its start. */
THIMBLE_SHARED unsigned char *thimble_rows_next(
    unsigned char *bytes, const struct thimble_store *store, struct thimble_rows *rows)
{
    const int32_t row = rows->next;
    if (row - rows->first == store->capacity) {
        unsigned char *const start = bytes + store->offset;
        const uint32_t slide = (uint32_t)store->slide;
        thimble_move(start, start + slide * store->row_bytes,
                          ((uint32_t)store->capacity - slide) * store->row_bytes);
        rows->first = (int16_t)(rows->first + store->slide);
    }
    rows->next = (int16_t)(row + 1);
    return thimble_rows_at(bytes, store, rows, row);
}

/* A row of padding. */
THIMBLE_SHARED void thimble_rows_pad(
    unsigned char *bytes, const struct thimble_store *store, struct thimble_rows *rows)
{
    memset(thimble_rows_next(bytes, store, rows), store->padding, store->row_bytes);
}

/* Empties the stores; rows before row 0 are filled with padding. */
THIMBLE_SHARED void thimble_rows_begin(
    unsigned char *bytes, const struct thimble_store *store, struct thimble_rows *rows, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        rows[i].first = store[i].first;
        rows[i].next = 0;
        memset(bytes + store[i].offset, store[i].padding, (uint32_t)(-store[i].first) * store[i].row_bytes);
    }
}

#endif
