/**
 * A UUIDv7, lower case: 48 bits of `nowMs` (Unix milliseconds), the rest random. Ops and checkout
 * ids have this form, so that they sort by the time they were made.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, "0");
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab"[(bytes[0] ?? 0) & 3];
  const tail = `7${random.slice(2, 5)}${variant}${random.slice(5)}`;
  return `${time}${tail}`.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** When a UUIDv7 was made, Unix milliseconds; undefined if `uuid` has not that form. */
export function timeOfUuidv7(uuid: string): number | undefined {
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(uuid);
  return time ? Number.parseInt(`${time[1]}${time[2]}`, 16) : undefined;
}
