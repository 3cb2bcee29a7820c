import type { Control, DecodedInstruction, InstructionClass, MachineInstruction } from './instruction.ts';

/**
 * Reads instructions of Thumb-2, the DSP extension, the floating-point extension and Helium in GNU syntax
 * (Armv8-M Architecture Reference Manual, DDI 0553, part C).
 */

const CONDITION = '(?:eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?';

const matcher = (names: string) => new RegExp(`^(?:${names})${CONDITION}$`);

/** The first pattern that a mnemonic has decides. */
const CLASSES: readonly (readonly [RegExp, InstructionClass])[] = [
  [/^it[te]{0,3}$/, 'it'],
  [/^(?:dls|wls|le|dlstp|wlstp|letp|lctp)(?:\.\d+)?$/, 'loop'],
  [matcher('b|bl|bx|blx|cbn?z|tb[bh]'), 'branch'],
  [matcher('ldm\\w*?|pop|ldrd'), 'load-multiple'],
  [matcher('ldr\\w*?'), 'load'],
  [matcher('stm\\w*?|push|strd'), 'store-multiple'],
  [matcher('str\\w*?'), 'store'],
  [matcher('[su]div'), 'divide'],
  [matcher('ml[as]s?|sml[as]\\w*?|smml[as]r?|umlal|umaal'), 'mac'],
  [matcher('muls?|smul\\w*?|smmulr?|smu[as]dx?|umull'), 'multiply'],
  [matcher('[su]xta?(?:b|h|b16)|pkh[bt][bt]|[su]sat(?:16)?|(?:s|u|q|sh|uh|uq)(?:add|sub)(?:8|16)'), 'pack'],
  [matcher('(?:s|u|q|sh|uh|uq)(?:asx|sax)|qd?(?:add|sub)|sel|usada?8'), 'pack'],
  [matcher('nop|dmb|dsb|isb|yield|wfi|wfe|sev|cps\\w*?|msr|mrs|svc|bkpt|udf'), 'other'],
];

/** The class of a mnemonic that begins with `v` and is none of general registers alone. */
function vectorClass(mnemonic: string, operands: string): InstructionClass {
  const isHelium = /\bq\d/.test(operands) || /^v(?:pst|pt|ctp|pnot)/.test(mnemonic);
  if (/^v(?:ldr|ld[24]|ldm|pop)/.test(mnemonic)) return isHelium ? 'vector-load' : 'float-load';
  if (/^v(?:str|st[24]|stm|push)/.test(mnemonic)) return isHelium ? 'vector-store' : 'float-store';
  if (isHelium) {
    if (/^v(?:ml|fm|q?r?dml|rmlald)/.test(mnemonic)) return 'vector-mac';
    return /^v(?:q?r?d?mul|rmul)/.test(mnemonic) ? 'vector-multiply' : 'vector-other';
  }
  if (/^v(?:ml[as]|fn?m[as]|nml[as])/.test(mnemonic)) return 'float-mac';
  return /^v(?:div|sqrt)/.test(mnemonic) ? 'float-divide' : 'float';
}

/** The class of an instruction. */
export function armClass({ mnemonic, operands }: MachineInstruction): InstructionClass {
  if (mnemonic.startsWith('v')) return vectorClass(mnemonic, operands);
  const found = CLASSES.find(([pattern]) => pattern.test(mnemonic))?.[1] ?? 'alu';
  return found !== 'branch' && controlOf(mnemonic, operands) !== 'next' && found !== 'loop' ? 'branch' : found;
}

const NO_TARGET = matcher('cmp|cmn|tst|teq|push|str\\w*?|stm\\w*?|pld');

function controlOf(mnemonic: string, operands: string): Control {
  if (mnemonic === 'b' || mnemonic === 'bl') return 'jump';
  if (matcher('b|bl').test(mnemonic) || /^(?:cbn?z|le|letp|wls)/.test(mnemonic)) return 'conditional';
  if (matcher('bx|blx|tb[bh]').test(mnemonic)) return 'register';
  if (matcher('pop|ldm\\w*?').test(mnemonic)) return /\bpc\b/.test(listIn(operands)) ? 'register' : 'next';
  return /^pc\b/.test(operands) && !NO_TARGET.test(mnemonic) ? 'register' : 'next';
}

/** The text between braces. */
function listIn(operands: string): string {
  return /\{([^}]*)\}/.exec(operands)?.[1] ?? '';
}

/** Registers in a text, in order. */
function registersIn(text: string): readonly string[] {
  return text.match(/\b(?:r1[0-2]|r\d|sp|lr|pc|ip|fp|sl|sb|[sdq]\d+)\b/g) ?? [];
}

/** The registers of a list with its ranges spelled out; floating-point and vector registers too. */
function membersOf(list: string): readonly string[] {
  return list.split(',').flatMap((item) => {
    const range = /^\s*([a-z])(\d+)-[a-z](\d+)\s*$/.exec(item);
    if (range === null) return item.trim() === '' ? [] : [item.trim()];
    const [, letter = '', first, last] = range;
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${letter}${Number(first) + i}`);
  });
}

/** Reads one instruction; what is not known counts as arithmetic that writes its first register. */
export function decodeArm(instruction: MachineInstruction): DecodedInstruction {
  const { mnemonic, operands, address, next } = instruction;
  const base = {
    class: armClass(instruction),
    mnemonic,
    control: controlOf(mnemonic, operands),
    sizeBytes: next - address,
  };
  const isLoad = /^v?(?:ld|pop)/.test(mnemonic) && !mnemonic.startsWith('ldc');
  const isStore = /^v?(?:st|push)/.test(mnemonic);
  if (isLoad || isStore) return { ...base, ...transferOf(mnemonic, operands, isLoad) };
  const [reads, writes] = dataRegisters(mnemonic, operands);
  return { ...base, reads, writes, address: [], writesBack: null, indexed: false, words: 0 };
}

type Transfer = Pick<DecodedInstruction, 'reads' | 'writes' | 'address' | 'writesBack' | 'indexed' | 'words'>;

function transferOf(mnemonic: string, operands: string, isLoad: boolean): Transfer {
  const place = /\[([^\]]*)\]/.exec(operands);
  const list = membersOf(listIn(operands));
  if (place === null) {
    // LDM, STM, PUSH, POP: the base before the list, or the stack pointer.
    const [base = 'sp'] = registersIn(operands.split('{')[0] ?? '');
    const writesBack = /push|pop/.test(mnemonic) || /!/.test(operands) ? base : null;
    const words = list.reduce((sum, item) => sum + (item.startsWith('d') ? 2 : 1), 0);
    const moved = list.flatMap(registersIn);
    const [reads, writes] = isLoad ? [[base], moved] : [[base, ...moved], []];
    return { reads, writes, address: [base], writesBack, indexed: false, words };
  }
  const address = registersIn(place[1] ?? '');
  const [before = ''] = operands.split('[');
  const after = operands.slice(place.index + place[0].length);
  const moved = registersIn(before);
  const writesBack = /^!|^,/.test(after) ? (address[0] ?? null) : null;
  const isPair = /^(?:ldrd|strd)/.test(mnemonic) || /\bd\d/.test(before);
  const words = /\bq\d/.test(before) ? 4 : isPair ? 2 : 1;
  const [reads, writes] = isLoad ? [address, moved] : [[...address, ...moved], []];
  return { reads, writes, address, writesBack, indexed: address.length > 1, words };
}

const COMPARES = matcher('cmp|cmn|tst|teq|cbn?z|tb[bh]|b|bl|bx|blx|it[te]*|nop');
const LONG = matcher('[su]mull|[su]mlal\\w*?|smlsld\\w*?|umaal');
/** Their target is also a source although it stands once. */
const ACCUMULATES = /^(?:vml|vfm|vfnm|vnml|[su]mlal|smlsld|umaal|movt|bfi|bfc)/;

function dataRegisters(mnemonic: string, operands: string): readonly [readonly string[], readonly string[]] {
  const all = registersIn(operands);
  if (COMPARES.test(mnemonic) || /^(?:le|letp)$/.test(mnemonic)) return [all, []];
  const first = /^\s*(?:r\d|[sdq]\d|sp|lr|pc|ip|fp|sl|sb)/.test(operands);
  if (!first) return [all, []];
  const targets = LONG.test(mnemonic) ? 2 : 1;
  const writes = all.slice(0, targets);
  const twoOperands = operands.split(',').length === 2 && !/^(?:mov|mvn|[su]xt|rev|clz|rbit|v)/.test(mnemonic);
  return [twoOperands || ACCUMULATES.test(mnemonic) ? all : all.slice(targets), writes];
}
