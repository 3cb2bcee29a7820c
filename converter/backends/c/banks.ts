import { type MemoryPlan, type PlanBank, placementOf } from '../../plan/plan.ts';
import type { BufferId } from '../../plan/program.ts';
import { invariant } from '../../problem.ts';
import { commentText, stringLiteral } from './literal.ts';
import { distinctIdentifiers } from './names.ts';
import { c } from './quote.ts';
import { wrapWords } from './wrap.ts';

/** A memory beside the arena: a static array of the package. */
export interface ExtraBank extends PlanBank {
  /** Index of `MemoryPlan.banks`. */
  readonly index: number;
  /** `m_bank_dtcm`. */
  readonly symbol: string;
}

/** The memories of a plan beside the arena. */
export function extraBanks({ banks }: Pick<MemoryPlan, 'banks'>, prefix: string): readonly ExtraBank[] {
  const extra = banks.slice(1);
  const names = distinctIdentifiers(extra.map(({ name }) => name));
  return extra.map((bank, i) => ({ ...bank, index: i + 1, symbol: `${prefix}_bank_${names[i] ?? i + 1}` }));
}

/** Bytes of the static arrays of a package. */
export function extraBankBytes({ banks }: Pick<MemoryPlan, 'banks'>): number {
  return banks.slice(1).reduce((sum, { usedBytes }) => sum + usedBytes, 0);
}

/** Where a bank begins, in functions that call the arena `bytes`: `bytes`, `m_bank_dtcm.bytes`. */
export function bankText(plan: MemoryPlan, bank: number, prefix: string): string {
  if (bank === 0) return 'bytes';
  const extra = extraBanks(plan, prefix).find(({ index }) => index === bank);
  invariant(extra !== undefined, `the plan has no bank ${bank}`);
  return `${extra.symbol}.bytes`;
}

/** Where a byte of a buffer lies: `bytes + 64` in the arena, `m_bank_dtcm.bytes + 64` in another bank. */
export function placeText(plan: MemoryPlan, id: BufferId, prefix: string, offset = 0): string {
  const placement = placementOf(plan, id);
  return `${bankText(plan, placement.bank, prefix)} + ${placement.offset + offset}`;
}

/** The definitions of the static arrays; empty without. */
export function bankDefinitions(plan: MemoryPlan, prefix: string): string {
  const extra = extraBanks(plan, prefix);
  if (extra.length === 0) return '';
  const M = prefix.toUpperCase();
  const definition = (bank: ExtraBank) => {
    const macro = `${bank.symbol.toUpperCase()}_SECTION`;
    return c`
      ${bank.section === null ? '' : sectionMacro(macro, bank.section)}
      /* ${commentText(bank.name)}; the first member aligns it. */
      static union {
          ${plan.arenaAlignment > 4 ? 'int64_t' : 'int32_t'} align;
          unsigned char bytes[${bank.symbol.toUpperCase()}_BYTES];
      } ${bank.symbol}${bank.section === null ? '' : ` ${macro}`};
      ${M}_CHECK(size_of_${bank.symbol.slice(prefix.length + 1)}, sizeof ${bank.symbol} == ${bank.symbol.toUpperCase()}_BYTES);
    `;
  };
  return `${extra.map(definition).join('\n\n')}\n`;
}

/** A macro that puts a variable into a section of firmware, and nowhere in particular in a program of an operating system. */
export function sectionMacro(macro: string, section: string): string {
  return c`
    #ifndef ${macro}
    #if defined(__GNUC__) && (defined(__arm__) || defined(__riscv) || defined(__xtensa__)) && !defined(__linux__)
    #define ${macro} __attribute__((section(${stringLiteral(section)})))
    #else
    #define ${macro}
    #endif
    #endif
  `;
}

/** The macro of the section of the arena, for the user's array; null where there is nothing to say. */
export function arenaSectionMacro({ banks }: MemoryPlan, prefix: string): string | null {
  const section = banks[0]?.section ?? null;
  return section === null ? null : `${prefix.toUpperCase()}_ARENA_SECTION`;
}

/** What the public header says of the memories of the target; empty for an arena that may lie anywhere. */
export function banksHeaderText(plan: MemoryPlan, prefix: string): string {
  const [arena] = plan.banks;
  if (arena === undefined) return '';
  const extra = extraBanks(plan, prefix);
  const macro = arenaSectionMacro(plan, prefix);
  const where = macro === null ? 'where .bss goes' : `which ${macro} says in the definition of the array`;
  const dma = arena.dma ? '' : ' DMA does not reach it: the processor copies the inputs.';
  const advice = `The arena was planned for the memory ${commentText(JSON.stringify(arena.name))}, ${where}.${dma} */`;
  const rest = `Further memory, as static arrays inside the package: only one run at a time, whatever the arena. Define ${extra
    .filter(({ section }) => section !== null)
    .map(({ symbol }) => `${symbol.toUpperCase()}_SECTION`)
    .join(' and ')} for src/${prefix}.c where your linker script names its sections otherwise. What lies there needs no
    initialization (NOLOAD). */`;
  const unnamed = `Further memory, as static arrays inside the package: only one run at a time, whatever the arena. */`;
  return c`
    ${wrapWords(advice, '/* ', ' * ')}
    ${macro === null ? '' : sectionMacro(macro, arena.section ?? '')}
    ${extra.length === 0 ? '' : `\n${wrapWords((extra.some(({ section }) => section !== null) ? rest : unnamed).replace(/\s+/g, ' '), '/* ', ' * ')}`}
    ${extra.map(({ symbol, usedBytes, name }) => `#define ${symbol.toUpperCase()}_BYTES ${usedBytes} /* ${commentText(name)} */`)}
  `;
}
