/*
 * Products of float32 vectors with the rows of a matrix, for recurrent layers.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_RECURRENT_H
#define THIMBLE_RECURRENT_H

#include "thimble_real.h"

/* sums[i] += row i of the matrix times the vector; four rows share what is read of the vector. */
THIMBLE_INLINE void thimble_add_products(float *sums, const float *matrix, const float *vector,
                                         int32_t rows, int32_t depth)
{
    int32_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const float *const w = matrix + row * depth;
        float sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;
        for (int32_t k = 0; k < depth; k++) {
            const float x = vector[k];
            sum0 += w[k] * x;
            sum1 += w[depth + k] * x;
            sum2 += w[2 * depth + k] * x;
            sum3 += w[3 * depth + k] * x;
        }
        sums[row] += sum0;
        sums[row + 1] += sum1;
        sums[row + 2] += sum2;
        sums[row + 3] += sum3;
    }
    for (; row < rows; row++) {
        float sum = 0.0f;
        for (int32_t k = 0; k < depth; k++) {
            sum += matrix[row * depth + k] * vector[k];
        }
        sums[row] += sum;
    }
}

#endif
