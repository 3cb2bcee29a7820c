import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../converter/ir/parse.ts';
import { printGraph } from '../../converter/ir/print.ts';
import { mergeCasts, narrowIntegers } from '../../converter/passes/narrow-integers.ts';
import { optimize } from '../../converter/passes/optimize.ts';
import { expectSameOnRandomInputs } from '../ir/same-results.ts';
import { expectNoRewrite, expectRewrite, none } from './rules-for-tests.ts';

describe('merge-casts', () => {
  test('goes to the first number where the one between holds it', () => {
    expectRewrite(
      mergeCasts,
      `input %0 "x": int32 2
       %1 "wide": int64 2 = cast(%0) {} from "A"
       %2 "y": float32 2 = cast(%1) {} from "B"
       output "y" %2`,
      `input %0 "x": int32 2
%1 "wide": int64 2 = cast(%0) {} from "A"
%3 "y": float32 2 = cast(%0) {} from "B"
output "y" %3`,
    );
  });

  test('disappears where it goes back', () => {
    expectRewrite(
      mergeCasts,
      `input %0 "x": int32 2
       %1 "wide": int64 2 = cast(%0) {} from "A"
       %2 "back": int32 2 = cast(%1) {} from "B"
       %3 "y": int32 2x1 = reshape(%2) {"shape":[2,1]} from "R"
       output "y" %3`,
      `input %0 "x": int32 2
%1 "wide": int64 2 = cast(%0) {} from "A"
%3 "y": int32 2x1 = reshape(%0) {"shape":[2,1]} from "R"
output "y" %3`,
    );
  });

  test('stays where the one between is too narrow, or real numbers lose something', () => {
    for (const [from, between] of [
      ['int64', 'int32'],
      ['float32', 'int64'],
      ['int32', 'float32'],
      ['uint8', 'int8'],
    ]) {
      expectNoRewrite(
        mergeCasts,
        `input %0 "x": ${from} 2
         %1 "m": ${between} 2 = cast(%0) {} from "A"
         %2 "y": int16 2 = cast(%1) {} from "B"
         output "y" %2`,
      );
    }
  });
});

describe('narrow-integers', () => {
  test('goes before movement', () => {
    expectRewrite(
      narrowIntegers,
      `input %0 "x": int64 2
       %1 "v": int64 2x1 = reshape(%0) {"shape":[2,1]} from "R"
       %2 "y": int32 2x1 = cast(%1) {} from "C"
       output "y" %2`,
      `input %0 "x": int64 2
%3 "x/int32": int32 2 = cast(%0) {} from "C"
%4 "y": int32 2x1 = reshape(%3) {"shape":[2,1]} from "R"
output "y" %4`,
    );
  });

  test('makes places narrow from the beginning', () => {
    expectRewrite(
      narrowIntegers,
      `input %0 "x": float32 2x3
       %1 "p": int64 2 = arg-reduce(%0) {"axis":1,"kind":"max"} from "A"
       %2 "y": int32 2 = cast(%1) {} from "C"
       output "y" %2`,
      `input %0 "x": float32 2x3
%3 "y": int32 2 = arg-reduce(%0) {"axis":1,"kind":"max"} from "A"
output "y" %3`,
    );
  });

  test('stays where the wide number is wanted too, and before quotients', () => {
    const graph = (fn: string, more: string) => `input %0 "x": int64 2
      const %1 "c": int64 1 = [3]
      %2 "s": int64 2 = zip(%0, %1) {"clamp":${none},"fn":"${fn}"} from "S"
      %3 "y": int32 2 = cast(%2) {} from "C"
      output "y" %3
      ${more}`;
    expectNoRewrite(narrowIntegers, graph('add', 'output "s" %2'));
    expectNoRewrite(narrowIntegers, graph('floor-div', ''));
    expectNoRewrite(narrowIntegers, graph('max', ''));
  });

  test('leaves int64 at the ports alone', () => {
    const text = `graph "g" producer="" rounding=exact
input %0 "ids": int64 4
const %1 "c": int64 1 = [3]
%2 "s": int64 4 = zip(%0, %1) {"clamp":${none},"fn":"mul"} from "S"
%3 "d": int64 4 = zip(%2, %1) {"clamp":${none},"fn":"sub"} from "D"
%4 "v": int64 4x1 = reshape(%3) {"shape":[4,1]} from "R"
%5 "i": int32 4x1 = cast(%4) {} from "C"
%6 "w": int64 4x1 = cast(%5) {} from "W"
%7 "y": int32 4x1 = cast(%6) {} from "N"
output "y" %7
`;
    const graph = parseGraph(text);
    const { graph: narrow } = optimize(graph);
    expectSameOnRandomInputs(graph, narrow, 'narrow');
    const wide = printGraph(narrow).match(/int64/g);
    expect(wide).toHaveLength(1);
  });
});
