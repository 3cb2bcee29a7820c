// @ts-check
import { startCopy } from './copy.js';
import { startFind } from './find.js';
import { startSelection } from './select.js';
import { startTable } from './sort.js';
import { startTargets } from './targets.js';
import { startZooms } from './zoom.js';

for (const tools of Array.from(document.querySelectorAll('.tools'))) tools.removeAttribute('hidden');
startTargets();
startZooms();
startTable();
startFind();
startCopy();
startSelection();
