#!/usr/bin/env node
import { main } from './command-line.ts';
import { processIo } from './io.ts';

// Whoever reads our output may stop early (`thimble inspect m.tflite | head`): that is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), processIo());
