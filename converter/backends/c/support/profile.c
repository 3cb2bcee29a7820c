/*
 * Ticks of each layer. Compile the package with THIMBLE_PROFILE defined, and this file beside
 * it with one of
 *
 *     THIMBLE_PROFILE_DWT      cycles of a Cortex-M3 or later one (Armv7-M ARM C1.8: CYCCNT)
 *     THIMBLE_PROFILE_SYSTICK  cycles of any Cortex-M modulo 2^24, for layers shorter than that
 *                              and programs that leave SysTick alone (Armv7-M ARM B3.3)
 *     THIMBLE_PROFILE_MCYCLE   cycles of RISC-V in machine mode (privileged spec., 3.1.10)
 *     THIMBLE_PROFILE_TICKS=f  whatever `uint32_t f(void)` counts upwards
 *
 * Call thimble_ticks_start() once; thimble_layer_ticks[i] then adds up what layer i took, the
 * hooks included. A program has one such file: the hooks are the same for all models. Without
 * THIMBLE_PROFILE a package has no hooks and this file is not needed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

#define THIMBLE_LAYERS 0

extern uint32_t thimble_layer_ticks[THIMBLE_LAYERS];
void thimble_ticks_start(void);
void thimble_profile_begin(int layer);
void thimble_profile_end(int layer);

uint32_t thimble_layer_ticks[THIMBLE_LAYERS];

#define THIMBLE_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#if defined(THIMBLE_PROFILE_DWT)
#define THIMBLE_TICK_MASK 0xFFFFFFFFu

static uint32_t ticks(void)
{
    return THIMBLE_REGISTER(0xE0001004u); /* DWT_CYCCNT */
}

static void start(void)
{
    THIMBLE_REGISTER(0xE000EDFCu) |= 1u << 24; /* DEMCR.TRCENA */
    THIMBLE_REGISTER(0xE0001000u) |= 1u;       /* DWT_CTRL.CYCCNTENA */
}
#elif defined(THIMBLE_PROFILE_SYSTICK)
#define THIMBLE_TICK_MASK 0x00FFFFFFu

static uint32_t ticks(void)
{
    return 0u - THIMBLE_REGISTER(0xE000E018u); /* SYST_CVR counts down */
}

static void start(void)
{
    THIMBLE_REGISTER(0xE000E014u) = 0x00FFFFFFu; /* SYST_RVR */
    THIMBLE_REGISTER(0xE000E018u) = 0u;
    THIMBLE_REGISTER(0xE000E010u) = 5u; /* SYST_CSR: processor clock, enabled, no interrupt */
}
#elif defined(THIMBLE_PROFILE_MCYCLE)
#define THIMBLE_TICK_MASK 0xFFFFFFFFu

/* csrr a0, mcycle; as a number, since assemblers want the extension Zicsr named. */
static uint32_t ticks(void)
{
    register uint32_t value __asm__("a0");
    __asm__ volatile(".4byte 0xB0002573" : "=r"(value));
    return value;
}

static void start(void)
{
}
#elif defined(THIMBLE_PROFILE_TICKS)
#define THIMBLE_TICK_MASK 0xFFFFFFFFu

uint32_t THIMBLE_PROFILE_TICKS(void);

static uint32_t ticks(void)
{
    return THIMBLE_PROFILE_TICKS();
}

static void start(void)
{
}
#else
#error "define THIMBLE_PROFILE_DWT, _SYSTICK, _MCYCLE or _TICKS=function"
#endif

static uint32_t begun;

void thimble_ticks_start(void)
{
    for (int layer = 0; layer < THIMBLE_LAYERS; layer++) {
        thimble_layer_ticks[layer] = 0;
    }
    start();
}

void thimble_profile_begin(int layer)
{
    (void)layer;
    begun = ticks();
}

void thimble_profile_end(int layer)
{
    thimble_layer_ticks[layer] += (ticks() - begun) & THIMBLE_TICK_MASK;
}
