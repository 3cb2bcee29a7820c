import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportTflite } from '../../../converter/exporters/tflite/export.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';

/** A name that would leave the element of a page that it stands in, turn the direction of writing and ring a bell. */
export const hostileName = '</script><img src=x onerror=alert(1)>\u202e\u0007';

/** A perceptron of a few weights behind a reshape, as a file in `folder`: planned in no time. Its first layer has a hostile name. */
export function writeTiny(folder: string): string {
  const name = JSON.stringify(hostileName);
  const clamp = (min: string) => `{"clamp":{"max":"inf","min":${min}},"hybrid":"none"}`;
  const graph = parseGraph(`
    graph "tiny" producer="test" rounding=exact
    input %0 "x": float32 1x2x2
    const %1 "w1": float32 3x4 = [1,2,-1,0.5,0,1,0.25,-2,1,1,1,1]
    const %2 "b1": float32 3 = [0.5,0,-0.5]
    const %3 "w2": float32 2x3 = [1,-1,0.5,-1,1,0.25]
    const %4 "b2": float32 2 = [0,0.125]
    %5 "flat": float32 1x4 = reshape(%0) {"shape":[1,4]} from "RESHAPE flat"
    %6 ${name}: float32 1x3 = fully-connected(%5, %1, %2) ${clamp('0')} from "FC one"
    %7 "two": float32 1x2 = fully-connected(%6, %3, %4) ${clamp('"-inf"')} from "FC two"
    output "two" %7`);
  const path = join(folder, 'tiny.tflite');
  writeFileSync(path, exportTflite(graph, '0', new Map()));
  return path;
}
