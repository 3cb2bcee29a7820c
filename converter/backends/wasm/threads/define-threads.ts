import { type FunctionBuilder, type FunctionRef, i32, type ModuleBuilder, memory } from '../assembler/index.ts';
import type { DefinedWork } from '../emit-work.ts';

/**
 * How threads share a run. All of them walk through the same list of phases. A phase is divided into parts; whoever comes takes the next
 * part that nobody has, and when none is left waits until all are done. No thread is needed for a run to end but the one that
 * called it and those that hold a part: a worker that is late, or gone, takes no parts.
 *
 * Words of the control block, each phase on a line of its own. Counts never begin anew: run r of a phase of n parts takes the numbers
 * r * n to (r + 1) * n - 1, modulo 2^32, so that nothing has to be reset and a late thread sees that its run is over.
 */
export const controlWords = {
  /** Runs that have begun; what workers wait for. */
  runs: 0,
  /** Threads that sleep, or are about to. */
  sleepers: 4,
  /** Not 0: all threads leave. The embedder sets it, counts a run and wakes all. */
  stop: 8,
} as const;

/** Words of a phase. */
const phaseWords = { taken: 0, done: 4 } as const;

/** Bytes from one phase to the next: a cache line. */
const lineBytes = 64;

/** Bytes of the control block for so many phases at most. */
export function controlBytes(phases: number): number {
  return lineBytes * (1 + phases);
}

/** Looks at a word before a thread goes to sleep: some 50 microseconds, more than most parts take. */
const spins = 1 << 15;

/** A sleep within a run, in ns: it ends by itself, since a thread may fall asleep just after it was to be woken. */
const napNs = 1_000_000n;

/** Rounds of spins after which a phase is given up, with and without naps: tens of seconds that nobody works. */
const patience = { naps: 1 << 14, spins: 1 << 19 } as const;

/** Neighbouring pieces of work, of which only a single one may be divided. */
interface Phase {
  readonly parts: number;
  readonly work: readonly DefinedWork[];
}

function phasesOf(work: readonly DefinedWork[]): readonly Phase[] {
  const phases: Phase[] = [];
  for (const one of work) {
    const last = phases.at(-1);
    if (one.parts === 1 && last?.parts === 1) phases[phases.length - 1] = { parts: 1, work: [...last.work, one] };
    else phases.push({ parts: one.parts, work: [one] });
  }
  return phases;
}

/**
 * Exports `lead(mayWait)`, which runs the model with all threads that come and gives 0, or 1 where a thread holds a part and does not
 * end it; and `follow()`, what a worker does until it is stopped. A thread that may not wait spins. `control` is a multiple of 64.
 */
export function defineThreads(builder: ModuleBuilder, work: readonly DefinedWork[], control: number): void {
  const take = defineTake(builder);
  const finish = defineFinish(builder, control);
  const wait = defineWait(builder, control);
  const share = builder.function('share', { params: { run: 'i32', mayWait: 'i32' }, results: ['i32'] }, (f, params) => {
    const part = f.local('i32', 'part');
    phasesOf(work).forEach(({ parts, work: pieces }, index) => {
      const phase = control + lineBytes * (1 + index);
      f.block((none) => {
        f.loop((again) => {
          f.brIf(none, i32.lt_s(f.tee(part, f.call(take, { phase, parts, run: params.run })), 0));
          for (const piece of pieces) piece.call(f, part);
          f.do(f.call(finish, { phase, parts, run: params.run }));
          f.br(again);
        });
      });
      f.if(f.call(wait, { phase, parts, run: params.run, mayWait: params.mayWait }), () => f.return(1));
    });
    f.push(i32.const(0));
  });
  defineLead(builder, control, share);
  defineFollow(builder, control, share);
}

const phaseParams = { phase: 'i32', parts: 'i32', run: 'i32' } as const;

/** The next part of the phase that nobody has; -1 where none is left. */
function defineTake(builder: ModuleBuilder): FunctionRef<typeof phaseParams, readonly ['i32']> {
  return builder.function('take', { params: phaseParams, results: ['i32'] }, (f, { phase, parts, run }) => {
    const [taken, first] = [f.local('i32', 'taken'), f.local('i32', 'first')];
    f.set(first, i32.mul(run, parts));
    f.loop((again) => {
      f.set(taken, i32.atomic.load(phase, { offset: phaseWords.taken }));
      f.if(i32.ge_s(i32.sub(i32.sub(taken, first), parts), 0), () => f.return(-1));
      const before = i32.atomic.rmw.cmpxchg(phase, taken, i32.add(taken, 1), { offset: phaseWords.taken });
      f.brIf(again, i32.ne(before, taken));
    });
    f.push(i32.sub(taken, first));
  });
}

/** Counts a part as done, and wakes who waits for the last one. */
function defineFinish(builder: ModuleBuilder, control: number): FunctionRef<typeof phaseParams, readonly []> {
  return builder.function('finish', { params: phaseParams }, (f, { phase, parts, run }) => {
    const done = i32.add(i32.atomic.rmw.add(phase, 1, { offset: phaseWords.done }), 1);
    f.if(i32.eq(done, i32.mul(i32.add(run, 1), parts)), () => {
      f.if(i32.atomic.load(control, { offset: controlWords.sleepers }), () => {
        f.drop(memory.atomic.notify(phase, -1, { offset: phaseWords.done }));
      });
    });
  });
}

/** Waits until all parts are done; 1 where they will not be. */
function defineWait(
  builder: ModuleBuilder,
  control: number,
): FunctionRef<typeof phaseParams & { readonly mayWait: 'i32' }, readonly ['i32']> {
  const params = { ...phaseParams, mayWait: 'i32' } as const;
  return builder.function('wait', { params, results: ['i32'] }, (f, { phase, parts, run, mayWait }) => {
    const [done, last] = [f.local('i32', 'done'), f.local('i32', 'last')];
    const [left, rounds] = [f.local('i32', 'left'), f.local('i32', 'rounds')];
    f.set(last, i32.mul(i32.add(run, 1), parts));
    f.set(rounds, 0);
    f.loop((again) => {
      f.set(left, spins);
      f.doWhile(
        () => {
          f.set(done, i32.atomic.load(phase, { offset: phaseWords.done }));
          f.if(i32.ge_s(i32.sub(done, last), 0), () => f.return(0));
        },
        f.tee(left, i32.sub(left, 1)),
      );
      f.if(i32.atomic.load(control, { offset: controlWords.stop }), () => f.return(1));
      f.set(rounds, i32.add(rounds, 1));
      f.if(
        mayWait,
        () => {
          emitSleep(f, control, () => f.drop(memory.atomic.wait32(phase, done, napNs, { offset: phaseWords.done })));
          f.brIf(again, i32.lt_u(rounds, patience.naps));
        },
        () => f.brIf(again, i32.lt_u(rounds, patience.spins)),
      );
    });
    f.push(i32.const(1));
  });
}

function emitSleep(f: FunctionBuilder, control: number, sleep: () => void): void {
  const count = { offset: controlWords.sleepers };
  f.drop(i32.atomic.rmw.add(control, 1, count));
  sleep();
  f.drop(i32.atomic.rmw.sub(control, 1, count));
}

type Share = FunctionRef<{ readonly run: 'i32'; readonly mayWait: 'i32' }, readonly ['i32']>;

function defineLead(builder: ModuleBuilder, control: number, share: Share): void {
  const signature = { params: { mayWait: 'i32' }, results: ['i32'], export: 'lead' } as const;
  builder.function('lead', signature, (f, { mayWait }) => {
    const run = f.local('i32', 'run');
    f.set(run, i32.atomic.rmw.add(control, 1, { offset: controlWords.runs }));
    f.if(i32.atomic.load(control, { offset: controlWords.sleepers }), () => {
      f.drop(memory.atomic.notify(control, -1, { offset: controlWords.runs }));
    });
    f.push(f.call(share, { run, mayWait }));
  });
}

function defineFollow(builder: ModuleBuilder, control: number, share: Share): void {
  builder.function('follow', { export: 'follow' }, (f) => {
    const [seen, runs, left] = [f.local('i32', 'seen'), f.local('i32', 'runs'), f.local('i32', 'left')];
    f.set(seen, i32.atomic.load(control, { offset: controlWords.runs }));
    f.loop((again) => {
      f.block((begun) => {
        f.set(left, spins);
        f.doWhile(
          () => {
            f.set(runs, i32.atomic.load(control, { offset: controlWords.runs }));
            f.brIf(begun, i32.ne(runs, seen));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        emitSleep(f, control, () => f.drop(memory.atomic.wait32(control, seen, -1n, { offset: controlWords.runs })));
        f.br(again);
      });
      f.if(i32.atomic.load(control, { offset: controlWords.stop }), () => f.return());
      f.set(seen, runs);
      f.if(f.call(share, { run: i32.sub(runs, 1), mayWait: 1 }), () => f.return());
      f.br(again);
    });
  });
}
