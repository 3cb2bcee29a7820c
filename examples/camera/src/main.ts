import { load } from 'classifier/worker';
import { CameraFault, cameras, looksAtUser, openCamera } from './camera.ts';
import { nextFrame, Pace } from './frames.ts';
import { inkOf, mayReadInk, wholeOf } from './look.ts';
import { element, fault, hint, preparePage, showClasses, showPace, showSeen, topClasses } from './page.ts';

const video = element('video', HTMLVideoElement);
const toggle = element('toggle', HTMLButtonElement);
const select = element('cameras', HTMLSelectElement);
const look = element('look', HTMLSelectElement);
const mirror = element('mirror', HTMLInputElement);

/** In a worker, so that the page goes on while the network runs. */
const loading = load();

/** Ends what runs; undefined while nothing does. */
let running: AbortController | undefined;

/** Frame by frame: the next is looked at when the one before has its answer, so that there is never more than one on its way. */
async function classifyFrames(signal: AbortSignal): Promise<void> {
  const model = await loading;
  const pace = new Pace();
  for (;;) {
    await nextFrame(video, signal);
    const began = performance.now();
    const seen = look.value === 'ink' ? inkOf(video) : await wholeOf(video);
    showSeen(seen?.picture, seen?.box);
    hint(seen === undefined ? 'Hold a digit into the picture, dark on light paper.' : '');
    try {
      showClasses(seen === undefined ? [] : await model.classify(seen.source, { top: topClasses, signal }));
    } finally {
      if (seen !== undefined && 'close' in seen.source) seen.source.close();
    }
    pace.add(began, performance.now());
    showPace(pace.perSecond, pace.medianMs);
  }
}

async function start(deviceId: string): Promise<void> {
  stop();
  fault('');
  const session = new AbortController();
  const { signal } = session;
  running = session;
  toggle.textContent = 'Stop';
  hint('Waiting for the camera.');
  let stream: MediaStream | undefined;
  try {
    stream = await openCamera(deviceId);
    signal.throwIfAborted();
    const [track] = stream.getVideoTracks();
    track?.addEventListener('ended', () =>
      end(session, new CameraFault('The camera was disconnected: connect it, then press Start again.')),
    );
    mirror.checked = looksAtUser(stream);
    showMirror();
    video.srcObject = stream;
    await video.play();
    await listCameras(track?.getSettings().deviceId ?? '');
    await classifyFrames(signal);
  } catch (error) {
    end(session, error);
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

/** Ends a session. A reason that is not its own end is told. */
function end(session: AbortController, reason: unknown): void {
  const isWanted = session.signal.aborted;
  if (running === session) stop();
  if (!isWanted) fault(reason instanceof Error ? reason.message : String(reason));
}

function stop(): void {
  running?.abort();
  running = undefined;
  video.srcObject = null;
  toggle.textContent = 'Start';
  hint('Press Start.');
  showSeen(undefined, undefined);
  showClasses([]);
}

async function listCameras(current: string): Promise<void> {
  const all = await cameras();
  select.replaceChildren(...all.map(({ id, name }) => new Option(name, id, false, id === current)));
  select.disabled = all.length < 2;
}

function showMirror(): void {
  element('preview', HTMLElement).classList.toggle('mirrored', mirror.checked);
}

preparePage();
showMirror();
look.value = mayReadInk ? 'ink' : 'whole';
for (const option of look.options) option.disabled = option.value === 'ink' && !mayReadInk;
toggle.addEventListener('click', () => {
  if (running === undefined) start(select.value);
  else stop();
});
select.addEventListener('change', () => start(select.value));
mirror.addEventListener('change', showMirror);
navigator.mediaDevices?.addEventListener('devicechange', () => {
  if (running !== undefined) listCameras(select.value);
});
loading.catch((error: unknown) => fault(error instanceof Error ? error.message : String(error)));
