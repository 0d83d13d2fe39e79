/**
 * The records of a pax header: "LENGTH KEY=VALUE\n", the length counting itself.
 *
 * Format: POSIX.1-2017, pax, "pax Header Block".
 *
 * @module
 */

/** Keys and values of a pax header. */
export type PaxRecords = ReadonlyMap<string, string>;

const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Reads the records; null when they are malformed. */
export function paxRecords(bytes: Uint8Array): PaxRecords | null {
  const decoder = new TextDecoder();
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(SPACE, at);
    if (space < 0 || space - at > 10) return null;
    const digits = decoder.decode(bytes.subarray(at, space));
    const end = at + Number(digits);
    if (!/^\d+$/.test(digits) || end <= space + 1 || end > bytes.length || bytes[end - 1] !== NEWLINE) {
      return null;
    }
    const record = decoder.decode(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) return null;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}
