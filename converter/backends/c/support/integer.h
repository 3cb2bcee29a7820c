/*
 * Integer arithmetic of the 8-bit kernels: fixed-point requantization and saturation.
 *
 * Relies on two's complement and on >> of a negative number being arithmetic, which C leaves to the compiler; both are
 * checked below. Armv7E-M takes a few single instructions; the results are the same bits. Define THIMBLE_PORTABLE to do
 * without them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INTEGER_H
#define THIMBLE_INTEGER_H

#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define THIMBLE_INLINE static inline __attribute__((always_inline, unused))
#else
#define THIMBLE_INLINE static inline
#endif

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && \
    (defined(__ARM_FEATURE_UNALIGNED) || defined(__clang__)) && !defined(__ARM_BIG_ENDIAN) && !defined(THIMBLE_PORTABLE)
#define THIMBLE_DSP 1
#else
#define THIMBLE_DSP 0
#endif

/* And a unit for float32, which rounds ties to even. */
#if THIMBLE_DSP && defined(__ARM_FP) && (__ARM_FP & 4)
#define THIMBLE_DSP_FLOAT 1
#else
#define THIMBLE_DSP_FLOAT 0
#endif

/* Helium, the vectors of Armv8.1-M; and with float32. */
#if THIMBLE_DSP && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#define THIMBLE_HELIUM 1
#else
#define THIMBLE_HELIUM 0
#endif
#if THIMBLE_HELIUM && (__ARM_FEATURE_MVE & 2)
#define THIMBLE_HELIUM_FLOAT 1
#else
#define THIMBLE_HELIUM_FLOAT 0
#endif

/* Armv6-M and the baseline of Armv8-M: no product of 64 bits, most loads without an immediate offset, few registers. */
#if defined(__GNUC__) && defined(__thumb__) && !defined(__thumb2__) && !defined(THIMBLE_PORTABLE)
#define THIMBLE_SHORT 1
typedef uint32_t __attribute__((may_alias)) thimble_aliasing_word;
#else
#define THIMBLE_SHORT 0
#endif

/* Functions too long to be repeated where instructions are 16 bits and products of 64 bits are put together. */
#if THIMBLE_SHORT
#define THIMBLE_ONE_COPY __attribute__((noinline, unused)) static
#else
#define THIMBLE_ONE_COPY THIMBLE_INLINE
#endif

/* No load moves across it: keeps compilers from loading more numbers ahead than there are registers. */
#if defined(__GNUC__) && (defined(__arm__) || defined(__riscv))
#define THIMBLE_IN_ORDER() __asm__ volatile("" ::: "memory")
#else
#define THIMBLE_IN_ORDER() ((void)0)
#endif

#if THIMBLE_DSP || THIMBLE_SHORT
/* Functions all of assembly: callers must know nothing of what they read, write or leave unused. */
#if defined(__clang__) || __GNUC__ < 8
#define THIMBLE_NAKED __attribute__((naked, noinline, unused, aligned(4))) static void
#else
#define THIMBLE_NAKED __attribute__((naked, noinline, noipa, unused, aligned(4))) static void
#endif
#endif

typedef char thimble_shift_is_arithmetic[(-3 >> 1) == -2 ? 1 : -1];
typedef char thimble_is_twos_complement[(-1 & 3) == 3 ? 1 : -1];

/* Tables that are read by words. */
#if defined(__GNUC__)
#define THIMBLE_WORDS __attribute__((aligned(4)))
#else
#define THIMBLE_WORDS
#endif

/* What turns the sum of products of one output channel into an output: see thimble_requantize_right. */
struct thimble_channel {
    int32_t bias; /* the model's bias with the input zero point folded in */
    int32_t multiplier;
    int32_t shift; /* to the right; negative = to the left */
};

/* (a * b + 2^31) >> 32 */
THIMBLE_INLINE int32_t thimble_high_multiply_round(int32_t a, int32_t b)
{
#if THIMBLE_DSP
    int32_t result;
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
#else
    return (int32_t)(((int64_t)a * b + INT64_C(0x80000000)) >> 32);
#endif
}

/* (2 * a * multiplier + 2^31) >> 32 for |a| < 2^30; a literal multiplier of 2^30 or more saves the doubling. */
THIMBLE_INLINE int32_t thimble_high_multiply_double(int32_t a, int32_t multiplier)
{
#if THIMBLE_DSP
    if (__builtin_constant_p(multiplier) && multiplier >= (INT32_C(1) << 30)) {
        int32_t result;
        __asm__("smmlar %0, %1, %2, %1" : "=r"(result) : "r"(a), "r"((uint32_t)multiplier * 2));
        return result;
    }
#endif
    return thimble_high_multiply_round(a * 2, multiplier);
}

/* (a * b) >> 32 */
THIMBLE_INLINE int32_t thimble_high_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b) >> 32);
}

/* value limited to [low, high] */
THIMBLE_INLINE int32_t thimble_limit(int32_t value, int32_t low, int32_t high)
{
#if THIMBLE_DSP
    if (low == -128 && high == 127) {
        int32_t result;
        __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value) : "cc");
        return result;
    }
#endif
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* value limited to [low, high], which lie in int8. */
THIMBLE_INLINE int8_t thimble_int8(int32_t value, int32_t low, int32_t high)
{
    return (int8_t)thimble_limit(value, low, high);
}

#if THIMBLE_DSP
/* Adds four int8 to sums of int16: bytes 0 and 2 to sums[0], 1 and 3 to sums[1]. */
THIMBLE_INLINE void thimble_add_bytes(uint32_t sums[2], const int8_t *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    __asm__("sxtab16 %0, %0, %1" : "+r"(sums[0]) : "r"(word));
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(sums[1]) : "r"(word));
}
#endif

/* a / b rounded towards 0; 0 for b = 0. The one quotient that leaves 32 bits wraps. */
THIMBLE_INLINE int32_t thimble_divide(int32_t a, int32_t b)
{
    return b == 0 ? 0 : b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b;
}

/* a - b * floor(a / b), with the sign of b; 0 for b = 0. */
THIMBLE_INLINE int32_t thimble_modulo(int32_t a, int32_t b)
{
    const int32_t rest = b == 0 || b == -1 ? 0 : a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* a / b rounded down; 0 for b = 0. */
THIMBLE_INLINE int32_t thimble_divide_down(int32_t a, int32_t b)
{
    const int32_t quotient = thimble_divide(a, b);
    return quotient - (thimble_modulo(a, b) != 0 && (a < 0) != (b < 0));
}

/* a / b rounded down, b > 0. */
THIMBLE_INLINE int32_t thimble_floor_divide(int32_t a, int32_t b)
{
    const int32_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

/* x / 2^exponent, ties away from zero; 0 <= exponent <= 31. */
THIMBLE_INLINE int32_t thimble_divide_by_power_of_two(int32_t x, int32_t exponent)
{
    if (exponent == 0) {
        return x;
    }
    return (int32_t)(((int64_t)x + (x >> 31) + (INT64_C(1) << (exponent - 1))) >> exponent);
}

/*
 * The two roundings of the TFLite reference kernels, for factors below one: gemmlowp's saturating rounding doubling
 * high multiply, (x * multiplier + 2^30) >> 31, then a shift to the right that rounds ties away from zero.
 * |x| < 2^30, 0 <= multiplier, 1 <= shift <= 31. The result has `zero_point` added: with v the product and s the shift,
 * floor((v + 2^(s-1)) / 2^s) = floor((floor(v / 2^(s-1)) + 1) / 2), so that the rounding constant does not depend on s.
 */
THIMBLE_INLINE int32_t thimble_exact_right(int32_t x, int32_t multiplier, int32_t shift, int32_t zero_point)
{
    const int32_t high = thimble_high_multiply_double(x, multiplier);
    return (((high + (high >> 31)) >> (shift - 1)) + (2 * zero_point + 1)) >> 1;
}

/* As thimble_exact_right for every int32 x and -30 <= shift <= 31; a shift to the left wraps as in the reference. */
THIMBLE_INLINE int32_t thimble_exact_any(int32_t x, int32_t multiplier, int32_t shift, int32_t zero_point)
{
    const int32_t shifted = shift < 0 ? (int32_t)((uint32_t)x << -shift) : x;
    const int32_t high = (int32_t)(((int64_t)shifted * multiplier + (INT32_C(1) << 30)) >> 31);
    if (shift <= 0) {
        return high + zero_point;
    }
    return (int32_t)((((int64_t)high + (high >> 31) + (INT64_C(1) << (shift - 1))) >> shift) + zero_point);
}

/*
 * The one rounding of TFLITE_SINGLE_ROUNDING, for factors below one: (x * multiplier + 2^(30+shift)) >> (31+shift).
 * |x| < 2^29, 0 <= shift <= 31.
 */
THIMBLE_INLINE int32_t thimble_single_right(int32_t x, int32_t multiplier, int32_t shift, int32_t zero_point)
{
    return ((thimble_high_multiply(x * 4, multiplier) >> shift) + (2 * zero_point + 1)) >> 1;
}

/* As thimble_single_right for every int32 x and -30 <= shift <= 31. */
THIMBLE_INLINE int32_t thimble_single_any(int32_t x, int32_t multiplier, int32_t shift, int32_t zero_point)
{
    const int64_t product = (int64_t)x * multiplier + (INT64_C(1) << (30 + shift));
    return (int32_t)((product >> (31 + shift)) + zero_point);
}

/* v without its fraction to the nearest whole number, of two the even one; limited to +-2^20. */
THIMBLE_INLINE int32_t thimble_nearest(float v)
{
    const float limited = v > 1048576.0f ? 1048576.0f : v < -1048576.0f ? -1048576.0f : v;
    const int32_t whole = (int32_t)limited;
    const int32_t below = whole - ((float)whole > limited);
    const float rest = limited - (float)below;
    return below + (rest > 0.5f || (rest == 0.5f && (below & 1) != 0));
}

/* As onnxruntime: x as float32 times the float32 with the bits `factor`, rounded to even. The shift is not used. */
THIMBLE_INLINE int32_t thimble_float(int32_t x, int32_t factor, int32_t shift, int32_t zero_point)
{
    float real;
    memcpy(&real, &factor, sizeof real);
    (void)shift;
#if THIMBLE_DSP_FLOAT
    float product = (float)x * real;
    int32_t nearest;
    __asm__("vcvtr.s32.f32 %0, %0" : "+t"(product));
    memcpy(&nearest, &product, sizeof nearest);
    __asm__("ssat %0, #16, %1" : "=r"(nearest) : "r"(nearest) : "cc");
    return nearest + zero_point;
#else
    return thimble_nearest((float)x * real) + zero_point;
#endif
}

/* A product that no compiler joins with a sum into one rounding. */
THIMBLE_INLINE float thimble_float_product(int32_t x, float factor)
{
    volatile float product = (float)x * factor;
    return product;
}

/* (a * p + fixed) + b * q, rounded to even. */
THIMBLE_INLINE int32_t thimble_float_sum(int32_t a, int32_t b, float p, float q, float fixed)
{
    return thimble_nearest((thimble_float_product(a, p) + fixed) + thimble_float_product(b, q));
}

/*
 * Outputs by a pair of numbers: factor[0] is twice the multiplier, at least 2^31, factor[1] one less than the shift.
 * The addend of SMMLAR makes up for the processor seeing factor[0] - 2^32. Limits are -128 and 127.
 */
THIMBLE_INLINE int8_t thimble_pair_finish(int32_t high, const int32_t *factor, int32_t zero_point)
{
    const int32_t doubled = (high >> factor[1]) + (2 * zero_point + 1);
#if THIMBLE_DSP
    int32_t result;
    __asm__("ssat %0, #8, %1, asr #1" : "=r"(result) : "r"(doubled) : "cc");
    return (int8_t)result;
#else
    return thimble_int8(doubled >> 1, -128, 127);
#endif
}

/* (x * factor[0] + 2^31) >> 32 */
THIMBLE_INLINE int32_t thimble_pair_high(int32_t x, const int32_t *factor)
{
#if THIMBLE_DSP
    int32_t high;
    __asm__("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(x), "r"(factor[0]));
    return high;
#elif THIMBLE_SHORT
    /* By halves. |x| < 2^30, so that no sum below leaves 32 bits. */
    const uint32_t f = (uint32_t)factor[0], low = (uint32_t)x & 0xFFFFu;
    const int32_t high = x >> 16;
    const int32_t middle = high * (int32_t)(f & 0xFFFFu) + (int32_t)((low * (f & 0xFFFFu)) >> 16);
    const uint32_t other = low * (f >> 16);
    const uint32_t carry = (((uint32_t)middle & 0xFFFFu) + (other & 0xFFFFu) + 0x8000u) >> 16;
    return high * (int32_t)(f >> 16) + (middle >> 16) + (int32_t)(other >> 16) + (int32_t)carry;
#else
    /* 2^31 carries into the upper half where the highest bit of the lower half is set. */
    const int64_t product = (int64_t)x * (int64_t)(uint32_t)factor[0];
    return (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
#endif
}

/* As thimble_exact_right. */
THIMBLE_ONE_COPY int8_t thimble_pair_exact(int32_t x, const int32_t *factor, int32_t zero_point)
{
    const int32_t high = thimble_pair_high(x, factor);
    return thimble_pair_finish(high + (high >> 31), factor, zero_point);
}

/* The same where the zero point is -128: the rounding of negative sums does not matter. */
THIMBLE_ONE_COPY int8_t thimble_pair_clamped(int32_t x, const int32_t *factor, int32_t zero_point)
{
    return thimble_pair_finish(thimble_pair_high(x, factor), factor, zero_point);
}

/* As thimble_single_right. */
THIMBLE_ONE_COPY int8_t thimble_pair_single(int32_t x, const int32_t *factor, int32_t zero_point)
{
#if THIMBLE_DSP
    int32_t high;
    __asm__("smmla %0, %1, %2, %1" : "=r"(high) : "r"(x), "r"(factor[0]));
#else
    const int32_t high = (int32_t)(((int64_t)x * (int64_t)(uint32_t)factor[0]) >> 32);
#endif
    return thimble_pair_finish(high, factor, zero_point);
}

/* As thimble_float: the factor's bits, and a shift of 0. */
THIMBLE_INLINE int8_t thimble_pair_float(int32_t x, const int32_t *factor, int32_t zero_point)
{
    return thimble_int8(thimble_float(x, factor[0], factor[1], zero_point), -128, 127);
}

/* The int8 output of a sum: one of the functions above with the numbers of its channel, limited to [low, high]. */
THIMBLE_INLINE int8_t thimble_store_exact_right(int32_t sum, const struct thimble_channel *channel, int32_t zero_point,
                                       int32_t low, int32_t high)
{
    return thimble_int8(thimble_exact_right(sum, channel->multiplier, channel->shift, zero_point), low, high);
}

THIMBLE_INLINE int8_t thimble_store_exact_any(int32_t sum, const struct thimble_channel *channel, int32_t zero_point,
                                       int32_t low, int32_t high)
{
    return thimble_int8(thimble_exact_any(sum, channel->multiplier, channel->shift, zero_point), low, high);
}

THIMBLE_INLINE int8_t thimble_store_single_right(int32_t sum, const struct thimble_channel *channel, int32_t zero_point,
                                       int32_t low, int32_t high)
{
    return thimble_int8(thimble_single_right(sum, channel->multiplier, channel->shift, zero_point), low, high);
}

THIMBLE_INLINE int8_t thimble_store_float(int32_t sum, const struct thimble_channel *channel, int32_t zero_point,
                                       int32_t low, int32_t high)
{
    return thimble_int8(thimble_float(sum, channel->multiplier, channel->shift, zero_point), low, high);
}

THIMBLE_INLINE int8_t thimble_store_single_any(int32_t sum, const struct thimble_channel *channel, int32_t zero_point,
                                       int32_t low, int32_t high)
{
    return thimble_int8(thimble_single_any(sum, channel->multiplier, channel->shift, zero_point), low, high);
}

#endif
