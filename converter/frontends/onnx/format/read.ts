import { type Problem, ProblemError } from '../../../problem.ts';
import { checkFlow } from './check-flow.ts';
import { ExternalData } from './external-data.ts';
import type { OnnxFunction, OnnxModel } from './model.ts';
import { type NewerFields, readNewerFields } from './newer-fields.ts';
import { damage, damaged } from './problems.ts';
import { decodeModel, type FunctionProto, type OperatorSetProto, wholeOf } from './proto.ts';
import { attempt, type GraphContext, plainDomain, readAttributes, readGraph } from './read-graph.ts';

/**
 * Reads an ONNX file and checks that it hangs together: encodings, sizes against the bytes that are there, names, order of nodes.
 * Says nothing about whether its operators are known.
 *
 * @param sideFile the bytes of a file beside the model, or null
 * @throws ProblemError with everything that is wrong
 */
export function readOnnxModel(
  bytes: Uint8Array,
  sideFile: (name: string) => Uint8Array | null = () => null,
): OnnxModel {
  const proto = decodeModel(bytes);
  if (proto.graph == null) throw damage('the model', 'it has no graph');
  const problems: Problem[] = [];
  const newer = readNewerFields(bytes, proto);
  const opsets = readOpsets(proto.opsetImport);
  const external = new ExternalData(sideFile);
  const context: GraphContext = { opsets, overloads: newer.overloads, external, problems };
  const graph = readGraph(proto.graph, context, true);
  const functions = readFunctions(proto.functions ?? [], newer, context);
  problems.push(...external.missing());
  if (problems.length === 0) checkFlow(graph, { where: 'the model', isMain: true, captures: false }, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  return {
    irVersion: Number(wholeOf(proto.irVersion)),
    producer: [proto.producerName, proto.producerVersion].filter((text) => text !== '').join(' '),
    opsets,
    functions,
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph,
  };
}

function readOpsets(imports: readonly OperatorSetProto[]): ReadonlyMap<string, number> {
  return new Map(imports.map(({ domain, version }) => [plainDomain(domain), Number(wholeOf(version))]));
}

/** Functions import operator sets of their own; what they leave out is as the model has it. */
function readFunctions(
  protos: readonly FunctionProto[],
  newer: NewerFields,
  model: GraphContext,
): ReadonlyMap<string, OnnxFunction> {
  const functions = new Map<string, OnnxFunction>();
  protos.forEach((proto, i) => {
    const { overload = '', defaults = [] } = newer.functions[i] ?? {};
    const key = functionKey(plainDomain(proto.domain), proto.name, overload);
    const where = `function ${key}`;
    const opsets = new Map([...model.opsets, ...readOpsets(proto.opsetImport)]);
    const context = { ...model, opsets };
    if (functions.has(key)) model.problems.push(damaged(where, 'it is defined twice'));
    attempt(model.problems, () => {
      const given = readAttributes(defaults, where, context);
      const graph = { name: proto.name, node: proto.node, initializer: [], sparseInitializer: [], valueInfo: [] };
      const input = proto.input.map((name) => ({ name }));
      const output = proto.output.map((name) => ({ name }));
      const rules = { where, isMain: false, captures: false };
      const body = readGraph({ ...graph, input, output }, context, false);
      checkFlow(body, rules, model.problems);
      functions.set(key, {
        key,
        body,
        attributes: new Set([...proto.attribute, ...given.keys()]),
        defaults: given,
        opsets,
      });
    });
  });
  return functions;
}

/** The key under which nodes find a function of the model. */
export function functionKey(domain: string, name: string, overload: string): string {
  return overload === '' ? `${domain}:${name}` : `${domain}:${name}:${overload}`;
}
