import type { ServeArguments } from '../commands/serve.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { schemaVersion } from '../report-error.ts';
import { aboutSite } from './about.ts';
import { isLoopback, reachableAddresses } from './host.ts';
import { profileHere } from './profile-here.ts';
import { answerFor } from './routes.ts';
import { openServer, urlOf } from './server.ts';
import { openSite } from './site.ts';

/** `thimble serve`: prints the address of the page, and serves it until Ctrl+C. */
export async function serve(args: ServeArguments, io: CommandIo): Promise<ExitCode> {
  const site = openSite(args, io);
  const profile = profileHere({ out: args.profileOut, force: args.force }, io);
  const about = aboutSite(site, profile.out);
  const server = await openServer(args, answerFor(site, profile));
  const { port, close } = server;
  const isEvery = args.host === '0.0.0.0' || args.host === '::';
  const url = isEvery ? urlOf('localhost', port) : server.url;
  const stopped = interrupted(io.stop);
  const addresses = reachableAddresses(args.host).map((host) => urlOf(host, port));
  const isOpen = !isLoopback(args.host);
  if (args.json) {
    const { name, title, isConverted, reference } = about;
    const value = {
      schemaVersion,
      command: 'serve',
      url,
      addresses,
      port,
      host: args.host,
      model: name,
      served: title,
    };
    await writeJson({ ...value, converted: isConverted, reference }, io.stdout);
  } else {
    const what = about.isConverted ? `${about.title}, converted in memory` : about.title;
    const lines = [`Serving ${what}: ${url}`, ...(isOpen ? openLines(addresses, port) : []), 'Ctrl+C ends it.'];
    await print(io, lines.join('\n'));
  }
  await stopped;
  await close();
  return exitCodes.done;
}

/** What to know of a server that others reach. */
function openLines(addresses: readonly string[], port: number): readonly string[] {
  return [
    ...addresses.map((address) => `  from other devices: ${address}`),
    'Everyone in the network can use the page, and download the model.',
    'Camera, microphone and threads need a secure page, which over the network http is not. For them, on an Android phone by cable:',
    `  adb reverse tcp:${port} tcp:${port}, then open ${urlOf('localhost', port)} on the phone; or put an https proxy in front.`,
  ];
}

/** Resolves when the user or the system asks the process to end, or `stop` does. */
function interrupted(stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
    stop?.addEventListener('abort', end, { once: true });
  });
}
