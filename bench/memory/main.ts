// The figures of the memory planner alone: `node dist/bench/memory/main.js` after a build.
import { measureGrowth } from './growth.ts';
import { growthReport } from './growth-report.ts';
import { measureMemory } from './measure.ts';
import { memoryReport } from './report.ts';

const figures = measureMemory((line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${memoryReport(figures)}\n\n${growthReport(measureGrowth())}\n`);
