import { type Variant, variants } from '../../../converter/backends/wasm/variant.ts';
import type { Origin, Verdict } from './judge.ts';

/** What became of a model in one variant on one host. */
export interface Comparison {
  readonly host: HostName;
  readonly path: string;
  /** Whether it is one operator or a small graph, of which there are counts only. */
  readonly isOperator: boolean;
  readonly origin: Origin;
  readonly variant: Variant;
  readonly threads: number;
  readonly verdict: Verdict;
}

export const hostNames = ['Node.js 20', 'Node.js 24', 'Chromium'] as const;

export type HostName = (typeof hostNames)[number];

/** How many different models there are. */
const modelsOf = (rows: readonly Comparison[]): number => new Set(rows.map(({ path }) => path)).size;

const equal = (rows: readonly Comparison[]) => rows.filter(({ verdict }) => verdict.kind === 'equal');

/** `112 of 112`, or `-` where nothing was run. */
function share(rows: readonly Comparison[]): string {
  const run = rows.filter(({ verdict }) => verdict.kind === 'equal' || verdict.kind === 'wrong');
  return run.length === 0 ? '-' : `${modelsOf(equal(run))} of ${modelsOf(run)}`;
}

/** How many models are equal, by engine and variant. */
export function hostTable(rows: readonly Comparison[]): string {
  const lines = hostNames.map((host) => {
    const own = rows.filter((row) => row.host === host);
    const one = variants.map((variant) => share(own.filter((row) => row.variant === variant && row.threads === 1)));
    return `| ${[host, ...one, share(own.filter(({ threads }) => threads === 2))].join(' | ')} |`;
  });
  const columns = ['engine', ...variants.map((variant) => `\`${variant}\``), 'two threads'];
  return [`| ${columns.join(' | ')} |`, '| --- | ---: | ---: | ---: | ---: |', ...lines].join('\n');
}

function modelTable(rows: readonly Comparison[]): string {
  const paths = [...new Set(rows.map(({ path }) => path))].sort();
  const lines = paths.map((path) => {
    const own = rows.filter((row) => row.path === path);
    const there = variants.filter((variant) => equal(own).some((row) => row.variant === variant));
    const threads = own.some((row) => row.threads === 2) ? ', threads' : '';
    return `| ${path.replace(/^models\//, '')} | ${there.join(', ')}${threads} | ${own[0]?.origin ?? ''} |`;
  });
  return ['| model | equal in | expected outputs of |', '| --- | --- | --- |', ...lines].join('\n');
}

/** `docs/wasm-engines.md`. The same results give the same text. */
export function enginesPage(all: readonly Comparison[], refused: readonly string[]): string {
  const rows = all.filter(({ isOperator }) => !isOperator);
  const operators = all.filter(({ isOperator }) => isOperator);
  const left = [...new Set(rows.flatMap(({ verdict }) => (verdict.kind === 'left out' ? [verdict.why] : [])))];
  return `# WASM bundles in engines

Every whole model of the test material that converts, converted once with \`--to wasm\` and loaded in each engine and each variant of its code: by
\`load({ variant })\` of the bundle, in Chromium in one page under a policy of \`script-src 'self' 'wasm-unsafe-eval'\`. Integer outputs are equal to the
bit to the expected ones; floats differ by at most 1e-4 of the largest expected magnitude (2e-3 where the expected outputs are float16; the two quantized
models of \`test/frontends/onnx/tied-averages.ts\` by more). A model has the variants whose code differs: one without floats no \`madd\`, one without int8 products no \`dot\`.

This page is generated: \`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/models/hosts\` writes it anew.

${hostTable(rows)}

Node.js 20 has no relaxed SIMD, which \`dot\` and \`madd\` need. ${left.length === 0 ? '' : `Left out: ${left.join('; ')}.`}

The operator cases and small graphs of [conformance.md](conformance.md) but for those of the ONNX project, as bundles in the same page:

${hostTable(operators)}

${modelsOf(rows)} models convert, ${refused.length} are refused by name:
${refused.map((path) => path.replace(/^models\//, '')).join(', ')}.

## Models

Where no other runtime has computed the expected outputs, they are those of the reference evaluator, or of \`simd128\` in the Node.js that runs the tests
where the evaluator takes too long.

${modelTable(rows)}
`;
}
