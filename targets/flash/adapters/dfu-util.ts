import { type FlashAdapter, hexAddress, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/**
 * dfu-util: the DFU loader in the ROM of STM32 parts with USB (0483:df11), with ST's extension for addresses. The board must be in its
 * loader (BOOT0). It does not read back.
 */
export const dfuUtil: FlashAdapter = {
  name: 'dfu-util',
  executables: ['dfu-util'],
  format: 'bin',
  documentation: 'dfu-util 0.11 --help; STMicroelectronics UM0424 for 0483:df11',
  install: 'apt-get install dfu-util',
  needsPort: false,
  asksVersion: false,
  refuses: ({ name }) => (name.startsWith('stm32') ? null : 'the DFU loader in ROM is that of STM32'),
  commands: (job, { path }) => [
    {
      path,
      args: [
        ...['-d', '0483:df11'],
        ...(job.probe === null ? [] : ['-S', job.probe]),
        ...['-a', '0', '-s', `${hexAddress(job.address)}:leave`, '-D', imageOf(job, 'bin')],
      ],
    },
  ],
  progress: (line) => (/^Download\s/.test(line) ? percentIn(line) : null),
  outcome: (end) => outcomeOf(end, /no DFU capable USB device[^\n]*/i, false),
  monitor: null,
};
