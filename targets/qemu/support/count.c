/*
 * A QEMU TCG plugin that counts executed guest instructions and writes down the count each time an address in one of the
 * marked ranges is about to execute:
 *
 *   qemu ... -plugin count.so,out=FILE,mark=FIRST-LAST,mark=...[,blocks]      addresses in hexadecimal
 *
 * FILE gets one line "address count" per event (count = instructions executed before that address) and, at exit,
 * "exit count". One virtual CPU, no -icount: then every translated block runs from its first to its last instruction.
 *
 * With "blocks", the line of an event follows one line "block address instructions executions left split" for every block that
 * has begun since the event before: `left` of the executions went on elsewhere than behind the block, `split` is how many more
 * aligned accesses its unaligned loads take. A block with a mark counts before the event, whole.
 *
 * The declarations are those of QEMU's plugin interface (qemu-plugin.h, API versions 1 to 4 agree on this subset);
 * Debian ships QEMU with plugin support but without that header. PLUGIN_API is the version that QEMU expects.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1 };

typedef void (*translated_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*executed_t)(unsigned int cpu, void *data);
typedef void (*accessed_t)(unsigned int cpu, uint32_t access, uint64_t address, void *data);
typedef void (*ended_t)(qemu_plugin_id_t id, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_t callback);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, executed_t callback,
                                                 enum qemu_plugin_cb_flags flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, executed_t callback,
                                                   enum qemu_plugin_cb_flags flags, void *data);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction, accessed_t callback,
                                             enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw access, void *data);
extern unsigned int qemu_plugin_mem_size_shift(uint32_t access);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, ended_t callback, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

extern int qemu_plugin_version;
extern int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

int qemu_plugin_version = PLUGIN_API;

enum { MARKS_MAX = 16 };

struct mark {
    uint64_t first;
    uint64_t last;
};

/* A marked instruction: the block it stands in has been counted in full when it executes. */
struct site {
    uint64_t address;
    uint64_t not_yet_executed; /* instructions of the block from this one on */
};

/* A translated block, kept when its code is translated again. */
struct block {
    uint64_t first;
    uint64_t end;
    uint64_t count;      /* instructions */
    uint64_t executions; /* since the last event, like `left` */
    uint64_t left;
    uint64_t split;
    struct block *next;
    struct block *next_executed; /* in the list of those that have begun since the last event; itself: the last */
};

static struct mark marks[MARKS_MAX];
static int marks_count;
static uint64_t instructions;
static FILE *out;
static int counts_blocks;
static struct block *blocks;
static struct block *executed;
static struct block *running;

static void block_executes(unsigned int cpu, void *data)
{
    (void)cpu;
    instructions += (uint64_t)(uintptr_t)data;
}

static void enlist(struct block *block)
{
    if (block->next_executed == NULL) {
        block->next_executed = executed == NULL ? block : executed;
        executed = block;
    }
}

static void known_block_executes(unsigned int cpu, void *data)
{
    struct block *block = data;
    (void)cpu;
    instructions += block->count;
    /* Where a block ends before a page, QEMU has looked at two more bytes, and adds them to the last instruction. */
    if (running != NULL && running->end != block->first && running->end - 2 != block->first) {
        running->left++;
        enlist(running);
    }
    block->executions++;
    enlist(block);
    running = block;
}

/* Armv7-M reads halfwords that lie at odd addresses as bytes, words as halfwords or as byte, halfword, byte. */
static void memory_is_read(unsigned int cpu, uint32_t access, uint64_t address, void *data)
{
    struct block *block = data;
    const unsigned int shift = qemu_plugin_mem_size_shift(access);
    (void)cpu;
    if (shift >= 1 && (address & 1) != 0) {
        block->split += shift == 1 ? 1 : 2;
    } else if (shift >= 2 && (address & 3) != 0) {
        block->split += 1;
    }
}

static void print_blocks(void)
{
    struct block *block = executed;
    while (block != NULL) {
        struct block *next = block->next_executed == block ? NULL : block->next_executed;
        (void)fprintf(out, "block %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", block->first, block->count,
                      block->executions, block->left, block->split);
        block->executions = 0;
        block->left = 0;
        block->split = 0;
        block->next_executed = NULL;
        block = next;
    }
    executed = NULL;
}

static void mark_executes(unsigned int cpu, void *data)
{
    const struct site *site = data;
    (void)cpu;
    print_blocks();
    (void)fprintf(out, "%" PRIx64 " %" PRIu64 "\n", site->address, instructions - site->not_yet_executed);
}

static int is_marked(uint64_t address)
{
    for (int i = 0; i < marks_count; i++) {
        if (address >= marks[i].first && address <= marks[i].last) {
            return 1;
        }
    }
    return 0;
}

static struct block *known_block(const struct qemu_plugin_tb *translated, size_t count)
{
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(translated, count - 1);
    const uint64_t first = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(translated, 0));
    const uint64_t end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
    struct block *block = blocks;
    while (block != NULL && (block->first != first || block->count != count)) {
        block = block->next;
    }
    if (block == NULL) {
        block = calloc(1, sizeof *block);
        if (block == NULL) {
            abort();
        }
        block->first = first;
        block->end = end;
        block->count = count;
        block->next = blocks;
        blocks = block;
    }
    return block;
}

static void block_is_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    const size_t count = qemu_plugin_tb_n_insns(block);
    (void)id;
    if (counts_blocks && count > 0) {
        struct block *known = known_block(block, count);
        qemu_plugin_register_vcpu_tb_exec_cb(block, known_block_executes, QEMU_PLUGIN_CB_NO_REGS, known);
        for (size_t i = 0; i < count; i++) {
            qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(block, i), memory_is_read, QEMU_PLUGIN_CB_NO_REGS,
                                             QEMU_PLUGIN_MEM_R, known);
        }
    } else {
        qemu_plugin_register_vcpu_tb_exec_cb(block, block_executes, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)count);
    }
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        const uint64_t address = qemu_plugin_insn_vaddr(instruction);
        if (!is_marked(address)) {
            continue;
        }
        struct site *site = malloc(sizeof *site); /* lives as long as the translated code: until QEMU ends */
        if (site == NULL) {
            abort();
        }
        site->address = address;
        site->not_yet_executed = count - i;
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark_executes, QEMU_PLUGIN_CB_NO_REGS, site);
    }
}

static void emulator_exits(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    (void)fprintf(out, "exit %" PRIu64 "\n", instructions);
    (void)fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            out = fopen(argv[i] + 4, "w");
        } else if (strncmp(argv[i], "mark=", 5) == 0 && marks_count < MARKS_MAX) {
            char *end = NULL;
            marks[marks_count].first = strtoull(argv[i] + 5, &end, 16);
            marks[marks_count].last = *end == '-' ? strtoull(end + 1, NULL, 16) : marks[marks_count].first;
            marks_count++;
        } else if (strncmp(argv[i], "blocks", 6) == 0) {
            counts_blocks = 1; /* QEMU makes "blocks=on" of it */
        }
    }
    if (out == NULL) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_is_translated);
    qemu_plugin_register_atexit_cb(id, emulator_exits, NULL);
    return 0;
}
