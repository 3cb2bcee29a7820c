/**
 * Phones, boards and browsers: how long a WASM module takes. `webLayers` counts an emitted module, `seededWebProfile` (from public
 * tables) or a profile that `thimble profile` fitted says what each thing costs, `estimateWeb` multiplies.
 */
export { estimateWeb, type WebEstimate, type WebLayerEstimate, type WebUse } from './estimate.ts';
export { type WebLayer, webLayers } from './layers.ts';
export type { WebCore, WebPrices, WebProfile, WebQuantity, WebSource } from './profile.ts';
export { type SeededChip, seededCores, seededWebProfile } from './seeds.ts';
export { usualVariant } from './usual-variant.ts';
