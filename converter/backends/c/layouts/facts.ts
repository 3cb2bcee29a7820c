import { librarySources } from '../names.ts';
import { elementType } from '../operand.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';

/** What the files of ecosystems tell of a package. */
export interface PackageFacts {
  /** Beginning of all C names, and name of the header without its ending. */
  readonly prefix: string;
  /** Of the package, as semantic versioning has it. */
  readonly version: string;
  /** A sentence on the model without quotation marks and line breaks. */
  readonly sentence: string;
  /** The tool and the command that made the package. */
  readonly origin: string;
  /** C files of the library, from its root. */
  readonly sources: readonly string[];
  readonly usesMath: boolean;
  readonly arenaBytes: number;
  /** C type and name of input and output 0 for example programs; null for a model without them. */
  readonly input: string | null;
  readonly output: string | null;
  /** Whether the input comes row by row. */
  readonly isFed: boolean;
  /** Whether the model remembers, so that a program resets it at first. */
  readonly hasState: boolean;
}

/** The version of every package: what it is made of is told by the hashes in its manifest. */
const packageVersion = '1.0.0';

/** The facts of a package. */
export function packageFacts(model: CPackageModel, options: COptions): PackageFacts {
  const { prefix, program, usesMath } = model;
  const [input] = program.inputs;
  const [output] = program.outputs;
  const fed = program.fed;
  const inputType = fed === null ? input?.operand.type : fed.type;
  return {
    prefix,
    version: packageVersion,
    sentence: `The model ${plainText(program.name)} as C99 without heap, runtime and dependencies`,
    origin: plainText(`Made by ${options.commandLine}, thimble ${options.toolVersion}`),
    sources: librarySources(prefix),
    usesMath,
    arenaBytes: model.plan.arenaBytes,
    input: inputType === undefined ? null : elementType(inputType),
    output: output === undefined ? null : elementType(output.operand.type),
    isFed: fed !== null,
    hasState: model.resets.length > 0,
  };
}

/** Text that may stand in XML, JSON, YAML and properties as it is. */
function plainText(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._+,/()=-]+/g, '_').slice(0, 160);
}
