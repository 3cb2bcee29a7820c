/** How a model runs. */
export const plainRuns = `  /** Copies the inputs in, computes, and copies the outputs out. */
  run(inputs: Readonly<Inputs>): Outputs;
  /** Computes the views of \`outputs\` from those of \`inputs\`, without a copy. */
  execute(): void;
`;

/** How a model of several widths runs. */
export const nestedRuns = `  /** Copies the inputs in, computes with a width or the whole model, and copies the outputs out. */
  run(inputs: Readonly<Inputs>, options?: { readonly width?: Width }): Outputs;
  /** Computes the outputs of a width from what is in its inputs, without a copy. \`inputs\` and \`outputs\` are those of the whole model. */
  execute(options?: { readonly width?: Width }): void;
  /** One width, with views of its own inputs and outputs. All widths use the same memory. */
  width(share: Width): WidthModel;
  /** The widths, ascending: 1 is the whole model. */
  readonly widths: readonly Width[];
`;

/** The types of widths; `widths` is their union. */
export function widthTypes(widths: string): string {
  return `/** The widths of the model; 1 is the whole one. Any other is a RangeError. */
export type Width = ${widths};

/** A model of one width, in the memory of the whole one. */
export interface WidthModel {
  readonly inputs: Model['inputs'];
  readonly outputs: Model['outputs'];
  run(inputs: Readonly<Inputs>): Outputs;
  execute(): void;
}

`;
}
