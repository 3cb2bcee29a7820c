import { at } from '../../ops/definition.ts';
import { invariant } from '../../problem.ts';
import { type FunctionBuilder, type FunctionRef, i32, type Local, type ModuleBuilder } from './assembler/index.ts';
import type { CallValue, PendingCall } from './kernel.ts';

/** Address of the arena. */
export type CallBase = number;

function resolve(value: CallValue, base: CallBase): number {
  if (typeof value === 'number') return value;
  return value.offset + (value.region === 'arena' ? base : 0);
}

/** Calls with their values, the addresses known. */
export function emitCalls(f: FunctionBuilder, calls: readonly PendingCall[], base: CallBase): void {
  for (const { callee, values } of calls) {
    const args = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value, base)]));
    f.push(f.call(callee, args));
  }
}

/** A function of the calls of one step. */
export function defineCalls(
  builder: ModuleBuilder,
  name: string,
  calls: readonly PendingCall[],
  base: CallBase,
): FunctionRef<Record<never, never>, readonly []> {
  return builder.function(name, {}, (f) => emitCalls(f, calls, base));
}

/** A call whose arguments grow from part to part by the same amounts. */
interface RegularCall {
  readonly callee: PendingCall['callee'];
  readonly values: { readonly [name: string]: { readonly first: number; readonly step: number } };
}

/** The parts from `first` on that are done by the same calls. */
interface RegularParts {
  readonly first: number;
  readonly calls: readonly RegularCall[];
}

/** A function of the calls of one part of a step. Parts whose arguments are in arithmetic progression share their calls. */
export function definePartCalls(
  builder: ModuleBuilder,
  name: string,
  parts: readonly (readonly PendingCall[])[],
  base: CallBase,
): FunctionRef<{ readonly part: 'i32' }, readonly []> {
  const groups = regularParts(parts, base);
  return builder.function(name, { params: { part: 'i32' } }, (f, { part }) => emitGroups(f, groups, part));
}

function emitGroups(f: FunctionBuilder, [group, ...others]: readonly RegularParts[], part: Local<'i32'>): void {
  if (group === undefined) return;
  const [next] = others;
  const emit = () => {
    for (const { callee, values } of group.calls) {
      const args = Object.entries(values).map(([name, { first, step }]) => {
        if (step === 0) return [name, first];
        return [name, i32.add(i32.mul(part, step), first - step * group.first)];
      });
      f.push(f.call(callee, Object.fromEntries(args)));
    }
  };
  if (next === undefined) emit();
  else f.if(i32.lt_u(part, next.first), emit, () => emitGroups(f, others, part));
}

function regularParts(parts: readonly (readonly PendingCall[])[], base: CallBase): readonly RegularParts[] {
  const groups: RegularParts[] = [];
  for (let first = 0; first < parts.length; ) {
    let end = first + 2;
    while (end <= parts.length && commonCalls(parts.slice(first, end), base) !== null) end++;
    const calls = commonCalls(parts.slice(first, end - 1), base);
    invariant(calls !== null, 'the calls of one part are not like themselves');
    groups.push({ first, calls });
    first = end - 1;
  }
  return groups;
}

/** The calls of all `parts`; null where they are not regular. */
function commonCalls(parts: readonly (readonly PendingCall[])[], base: CallBase): readonly RegularCall[] | null {
  const [first = []] = parts;
  if (parts.some((calls) => calls.length !== first.length)) return null;
  const common: RegularCall[] = [];
  for (const [i, { callee, values }] of first.entries()) {
    if (parts.some((calls) => at(calls, i).callee !== callee)) return null;
    const regular: { [name: string]: { first: number; step: number } } = {};
    for (const name of Object.keys(values)) {
      const series = parts.map((calls) => resolve(at(calls, i).values[name] ?? 0, base));
      const [start = 0, second = start] = series;
      const step = Object.is(start, second) ? 0 : second - start;
      if (step !== 0 && callee.params[name] !== 'i32') return null;
      if (!series.every((value, part) => Object.is(value, step === 0 ? start : start + part * step))) return null;
      regular[name] = { first: start, step };
    }
    common.push({ callee, values: regular });
  }
  return common;
}
