/** Why there are no pictures, in one sentence that says what to do. */
export class CameraFault extends Error {}

/** What to do about the errors of `getUserMedia`, by their names. */
const remedies: { readonly [name: string]: string } = {
  NotAllowedError:
    'This page may not use the camera: allow it in the settings of the site, beside the address, then press Start again.',
  NotFoundError: 'There is no camera: connect one, then press Start again.',
  NotReadableError: 'Another program has the camera: close that one, then press Start again.',
  OverconstrainedError: 'The chosen camera is gone: choose another one, then press Start again.',
  SecurityError: 'The policy of this page forbids cameras: its server has to send "Permissions-Policy: camera=(self)".',
};

/** Opens a camera: the one of this id, or one that looks away from the user where there is a choice. Rejects with a CameraFault. */
export async function openCamera(deviceId: string): Promise<MediaStream> {
  if (!isSecureContext) {
    throw new CameraFault(
      'Browsers give cameras to secure pages alone: open this page by https, or as http://localhost on this computer.',
    );
  }
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) {
    throw new CameraFault(
      'This browser gives no cameras to pages: open the page in a browser of its own, not within an app.',
    );
  }
  const which = deviceId === '' ? { facingMode: 'environment' } : { deviceId: { exact: deviceId } };
  try {
    return await devices.getUserMedia({
      audio: false,
      video: { width: { ideal: 640 }, height: { ideal: 480 }, ...which },
    });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new CameraFault(
      remedies[name] ?? `The camera does not start (${message || name}): choose another one, then press Start again.`,
    );
  }
}

/** All cameras, with their names once one of them was allowed. */
export async function cameras(): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `Camera ${i + 1}` }));
}

/** Whether this camera looks at the user, who then expects a mirror. Cameras of computers do, and do not say so. */
export function looksAtUser(stream: MediaStream): boolean {
  return stream.getVideoTracks()[0]?.getSettings().facingMode !== 'environment';
}
