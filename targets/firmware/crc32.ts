/**
 * CRC-32 as the boot ROM of the RP2040 computes it over the first 252 bytes of a flash image: polynomial 0x04C11DB7, begun with all ones,
 * most significant bit first, not inverted at the end (RP2040 Datasheet, section 2.8.1.3.1).
 */
export function bootRomCrc(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000_0000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c1_1db7;
  }
  return crc >>> 0;
}
