import { c } from '../quote.ts';
import type { PackageFacts } from './facts.ts';

/** How a program prints, and what it takes time with. */
export interface ExampleHost {
  /** A statement that prints a line: `format` with `%d` for each of the `int` values. */
  print(format: string, ...values: readonly string[]): string;
  /** An expression: ticks since some moment, as unsigned long. */
  readonly ticks: string;
  /** What a tick is. */
  readonly unit: string;
}

/** Functions of an example program: a sensor that is a stub, and one inference with a line of print. */
export function exampleFunctions(facts: PackageFacts, host: ExampleHost): string {
  const { prefix: m, input, output } = facts;
  const M = m.toUpperCase();
  return c`
    /* ${host.unit} since some moment. */
    #define TICKS() ((unsigned long)(${host.ticks}))

    /* Aligned by its elements. */
    static double arena[(${M}_ARENA_BYTES + 7) / 8];

    ${input === null ? '' : sensorText(facts, input)}

    /* One inference on a sample; 0 when it ran. */
    static int infer(void)
    {
        ${facts.isFed ? fedText(facts) : wholeText(facts)}
        if (status != ${facts.isFed ? `${M}_DONE` : `${M}_OK`}) {
            ${host.print(`${m}: stopped with status %d`, 'status')}
            return 1;
        }
        const unsigned long spent = TICKS() - began;
        ${output === null ? '' : largestText(facts, output)}
        ${output === null ? host.print(`${m}: %d ${host.unit}`, '(int)spent') : host.print(`${m}: largest output %d, %d ${host.unit}`, 'best', '(int)spent')}
        return 0;
    }
  `;
}

/** Sample data in the place of a sensor. */
function sensorText({ prefix: m, isFed }: PackageFacts, element: string): string {
  const M = m.toUpperCase();
  const count = isFed ? `${M}_INPUT_0_ROW_ELEMENTS` : `${M}_INPUT_0_ELEMENTS`;
  return c`
    /* SAMPLE DATA, a stub: put the values of your sensor here. */
    static void read_sensor(${element} *values, int row)
    {
        for (int i = 0; i < ${count}; i++) {
            values[i] = (${element})((i + row) % 100);
        }
    }
  `;
}

function wholeText({ prefix: m, input }: PackageFacts): string {
  return c`
    ${input === null ? '' : `read_sensor(${m}_input_0(arena), 0);`}
    const unsigned long began = TICKS();
    const int status = ${m}_run(arena);
  `;
}

function fedText({ prefix: m, input }: PackageFacts): string {
  const M = m.toUpperCase();
  return c`
    static ${input ?? 'int8_t'} row[${M}_INPUT_0_ROW_ELEMENTS];
    const unsigned long began = TICKS();
    int status = ${m}_begin(arena);
    for (int y = 0; y < ${M}_INPUT_0_ROWS && status == ${M}_OK; y++) {
        read_sensor(row, y);
        status = ${m}_feed_row(arena, row);
    }
  `;
}

function largestText({ prefix: m }: PackageFacts, element: string): string {
  return c`
    const ${element} *y = ${m}_output_0(arena);
    int best = 0;
    for (int i = 1; i < ${m.toUpperCase()}_OUTPUT_0_ELEMENTS; i++) {
        if (y[i] > y[best]) best = i;
    }
  `;
}
