import { classBoards, readTflmMixes } from '../../bench/estimator/class-engines.ts';
import { timedCpus } from '../../bench/estimator/class-fit.ts';
import { checkClosedForms } from '../../bench/estimator/closed-form.ts';
import { dataFolder } from '../../bench/estimator/files.ts';
import { keptResiduals, meanError, type ResidualRow } from '../../bench/estimator/residual-table.ts';
import { builtInProfiles } from '../../cli/target/load.ts';
import { mixClasses } from '../../converter/estimate/instructions/mix.ts';
import { mixCycles } from '../../converter/estimate/silicon/class-model.ts';
import { classModels, coreNames } from '../../converter/estimate/silicon/class-models.ts';
import { energyOfTarget } from '../../converter/estimate/silicon/energy.ts';
import { errorOf } from '../../converter/estimate/silicon/error.ts';
import { flashConstants } from '../../converter/estimate/silicon/flash.ts';

/** `docs/estimator.md`: the text here, the numbers from the models and from the residuals that are kept. */
export function estimatorPage(): string {
  const rows = keptResiduals();
  const own = rows.filter(({ method }) => method === 'class');
  const foreign = rows.filter(({ method }) => method === 'kind');
  const boardOut = foreign.filter(({ heldOut }) => heldOut === 'board');
  const modelOut = foreign.filter(({ heldOut }) => heldOut === 'model');
  return `# The estimator of microcontrollers

This page is generated: \`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/docs\` writes it anew.

How long does a C package take on a chip that nobody has on the desk? Three steps, each checked by itself:

1. **Instructions** of each layer by class are predicted from the generated code ([instruction counts](instruction-counts.md)).
2. **Cycles** of these classes on a core: the closed forms below (\`converter/estimate/silicon/class-models.ts\`).
3. **Waiting** for flash and RAM is added by the bytes that a layer reads (\`flash.ts\`, \`ram.ts\`).

\`estimateMcu\` (\`converter/estimate/mcu.ts\`) does 2 and 3. Every number it uses is \`{value, unit, source, ref}\` with the sources of
[target profiles](targets.md), and it names the weakest source of what takes more than a hundredth of the cycles.

## Cycles from classes

The [block models](adr/0023-cycles-by-blocks.md) time every executed block. An estimate has no blocks, only how many instructions of each class there are; so a class
has one average cost. Costs that do not depend on what surrounds an instruction come from the makers' tables. The others (a load that
overlaps or waits, LDM of so many words, the wait for a product) are fitted on the layers of our own packages as the block models time them
(\`bench/estimator/class-fit.ts\`, data in \`bench/estimator/data/kernel-layers.csv\`), drawn to what is usual and held between the bounds of a
single instruction. Vector instructions of Helium take one of two pipes for two cycles each; what of the shorter pipe does not hide behind
the longer one is added.

Cycles per instruction, \`f\` fitted, \`a\` assumed, \`m\` measured, no letter: from a data sheet or a compiler's table of the core:

${costTable()}

### Against the block models

Error of the closed form in total; the same of a fit that has not seen the package; and of its layers then, weighted by their cycles.

| core | package | in total | left out | layers, left out |
| --- | --- | ---: | ---: | ---: |
${checkClosedForms()
  .map(({ cpu, model, error, errorLeftOut, layerErrorLeftOut }) =>
    row([classModels[cpu].name, model, percent(error), percent(errorLeftOut), percent(layerErrorLeftOut)]),
  )
  .join('\n')}

There is no block model of the Cortex-M0, M55, M85, of RISC-V other than RV32IMC, and of Xtensa: their costs are argued, and for Xtensa and RISC-V the instructions of
RV32IMC are counted. Nothing uses the vectors of the ESP32-S3, and nothing a second core.

## Flash and RAM

Code comes from a cache or a prefetch buffer without loss, for the loops of kernels are short; where a part has no cache at all (STM32F1), each
taken branch waits for flash once. Weights are read again and again, and small
flash caches do not keep them: every line costs its wait states times the constant \`exposed\`.
A core with caches of its own reads lines of 32 bytes. A cache of 16 KiB or more keeps the weights of a layer from one pass to the
next if they take three quarters of it at most. Generated code goes over the weights of a convolution once for four pixels
(\`weight-reads.ts\`). Activations wait for banks with wait states, on cores with a data cache once for a line and a quarter of the times.

| constant | value | source | from |
| --- | ---: | --- | --- |
${Object.entries(flashConstants)
  .map(([name, { value, unit, source, ref }]) =>
    row([`\`${name}\``, unit === '1' ? value : `${value} ${unit}`, source, ref]),
  )
  .join('\n')}

Profiles may say how many bytes come with one read (\`flash.line\`), and where it was seen, how long a byte takes (\`flash.read\`), which then holds instead: the
PSoC 62 by a fit on the published results, external flash on other buses than the usual one by assumption.
The PSoC 62 is the one part of the table below whose flash is clearly slower than wait states say.

## Against published results

Is the silicon side right, apart from our kernels? The same models are applied to other engines whose results on boards are published:
MLPerf Tiny 0.5 to 1.2, closed division, int8, CPU only, all ${rows.length} results. The published figures themselves are in the results
repositories of MLCommons; here is what was predicted and how far that is off (predicted / published - 1).

**Engines whose mix of instructions is known** (TFLM and microTVM with CMSIS-NN): the mix that TFLM executes in the emulator, the costs
above, and one constant fitted, \`exposed\`. Each board is predicted by a fit that has not seen it. The boards:

${Object.entries(classBoards)
  .map(([board, { target, engine, why }]) => `- ${board} (\`${target}\`), ${engine}: ${why}.`)
  .join('\n')}

**Other engines** are predicted from MACs by kind of layer and elements of outputs (\`bench/estimator/kind-model.ts\`): cost = kind x core x
engine x version x board, x kinds that a family of engines or a core does better or worse; ridge regression on logarithms. The closed forms say beforehand how M4, M33 and M7 compare. Held out is the board with all its
results where other boards have its core and its engine, otherwise all results of that network by that engine on that board.
This is a check of what an estimate without any knowledge of kernels can do; \`estimateMcu\` does not use it.

| predicted | results | mean error | aim |
| --- | ---: | ---: | ---: |
${row(['mix known, board left out', own.length, points(meanError(own)), '12 %'])}
${row(['mix known, boards weighing alike', boardsOf(own).length, points(boardMean(own)), '12 %'])}
${row(['other engines, all', foreign.length, points(meanError(foreign)), '18 %'])}
${row(['other engines, board left out', boardOut.length, points(meanError(boardOut)), '18 %'])}
${row(['other engines, network left out (systems that stand alone)', modelOut.length, points(meanError(modelOut)), 'not reached'])}

What this does not show:

- Only the constants are cross-validated. The form of the model (lines, not words, wait; the pipes of the M85 overlap fully) was chosen with all results in view.
- The result of RA6M4 is argued to be of CMSIS-NN. The mix is of TFLM of 2026, the results are of 2021 to 2024. Shares of branches taken were not recorded: 0.7.
- No published result of M0, M0+, M3, M7, M55, RISC-V or Xtensa is of an engine whose mix is known. Their error bar is that of all classes, or 30 % by assumption.
- One figure from elsewhere: the table of TinyEngine has 97 ms for TFLM with CMSIS-NN on an STM32H743 and mcunet-vww1, without a clock. At the 480 MHz of the part
  these are 46.6 million cycles; the costs of the Cortex-M7 above give ${(tinyEngine() / 1e6).toFixed(1)} million for the mix that TFLM executes there, without flash.
- Systems that stand alone (A72, AX45MP and NX27V, each the only one of its core) are off by up to a factor of four: MACs of other networks do not say it. They are neither microcontrollers of ours nor left out of the means.
- \`max_performance\` and \`min_ram\` are settings of one engine. That \`min_ram\` costs time nobody can know from other boards.

## Error bars

Root of the mean square of the residuals of the core's class, in percent. It is that of cycles: errors of predicted instructions come on top.

| cores | error | results | from |
| --- | ---: | ---: | --- |
${errorTable()}

## Energy

Where MLPerf Tiny has energy of a part: energy by cycles, median of its four networks, at the clock of the profile. No figure, no estimate.

| target | pJ per cycle | supply | from |
| --- | ---: | --- | --- |
${builtInProfiles()
  .flatMap(({ name }) => {
    const energy = energyOfTarget(name);
    return energy === null ? [] : [row([`\`${name}\``, energy.perCycle.value, energy.supply, energy.perCycle.ref])];
  })
  .join('\n')}

## Fitting again

    node bench/estimator/fit.mjs [--measure]
    npm run bench -- --only estimator

The first writes the fitted constants (\`class-fits.ts\`, \`flash-fits.ts\`, \`residual-errors.ts\`) and \`bench/estimator/data/residuals.csv\`; with \`--measure\` it times the layers anew in the
emulators, which is due after kernels have changed. The second prints the figures of this page without writing anything. The published results are read from \`../shared\`; where
they are absent nothing is fitted on them and the residuals stay as they are.

## Every published result

### Mix known

${residualTable(own)}

### Other engines

${residualTable(foreign)}
`;
}

/** Cycles of mcunet-vww1 on a Cortex-M7 by the costs of its classes. */
function tinyEngine(): number {
  return mixCycles(classModels['cortex-m7'], readTflmMixes(dataFolder).get('cortex-m7 te_vww') ?? new Map()).cycles;
}

const LETTERS = { datasheet: '', measured: ' m', fitted: ' f', assumed: ' a' } as const;

/** A row for each class that integer kernels use, a column for each core that stands for others too. */
function costTable(): string {
  const cores = [...timedCpus, 'cortex-m55', 'cortex-m85', 'sifive-e31', 'xtensa-lx6'] as const;
  const used = mixClasses.filter((name) => !/^(?:float|other)/.test(name));
  const lines = used.map((name) =>
    row([
      name,
      ...cores.map((core) => {
        const { value, source } = classModels[core].costs[name];
        const isVector = name.startsWith('vector') || name === 'loop';
        return isVector && classModels[core].vector === null ? '' : `${Number(value.toFixed(2))}${LETTERS[source]}`;
      }),
    ]),
  );
  return [
    row(['class', ...cores.map((core) => classModels[core].name)]),
    row(['---', ...cores.map(() => '---:')]),
    ...lines,
  ].join('\n');
}

function errorTable(): string {
  const groups = new Map<string, string[]>();
  for (const core of coreNames) {
    const { relative, n, source } = errorOf(core);
    const key = `${points(100 * relative)} | ${n} | ${source}`;
    groups.set(key, [...(groups.get(key) ?? []), classModels[core].name]);
  }
  return [...groups].map(([key, names]) => row([names.join(', '), key])).join('\n');
}

const boardsOf = (rows: readonly ResidualRow[]): readonly string[] => [...new Set(rows.map(({ board }) => board))];

function boardMean(rows: readonly ResidualRow[]): number {
  const boards = boardsOf(rows);
  return boards.reduce((sum, name) => sum + meanError(rows.filter(({ board }) => board === name)), 0) / boards.length;
}

function residualTable(rows: readonly ResidualRow[]): string {
  return [
    '| core | board | engine | round | network | predicted Mcycles | error | without its |',
    '| --- | --- | --- | --- | --- | ---: | ---: | --- |',
    ...rows.map(({ core, board, engine, round, model, predictedMcycles, percent: off, heldOut }) =>
      row([
        core,
        board,
        engine,
        round,
        model,
        predictedMcycles.toFixed(3),
        points(off),
        heldOut === 'board' ? 'board' : 'network',
      ]),
    ),
  ].join('\n');
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const points = (value: number): string => `${value.toFixed(1)} %`;

const percent = (share: number): string => points(100 * share);
