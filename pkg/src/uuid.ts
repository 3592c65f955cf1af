/**
 * A UUIDv7, lower case: 48 bits of `nowMs` (Unix milliseconds), the rest random. Ops and checkout
 * ids have this form, so that they sort by the time they were made.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs >>> 0);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** When a UUIDv7 was made, Unix milliseconds; undefined if `uuid` has not that form. */
export function timeOfUuidv7(uuid: string): number | undefined {
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(uuid);
  return time ? Number.parseInt(`${time[1]}${time[2]}`, 16) : undefined;
}
