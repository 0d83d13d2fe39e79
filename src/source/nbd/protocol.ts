/**
 * The numbers and messages of the NBD protocol that a read-only server and its client need. Pure: values in, bytes out.
 *
 * Format: NetworkBlockDevice, doc/proto.md, "Fixed newstyle negotiation" and "Transmission phase"; all numbers are
 * big-endian.
 *
 * @module
 */

/** `IHAVEOPT`. */
export const OPTION_MAGIC = 0x49484156454f5054n;
/** What a server says first: `NBDMAGIC`, `IHAVEOPT`, and that it speaks fixed newstyle without padding. */
export const GREETING: Uint8Array<ArrayBuffer> = message(18, (view) => {
  view.setBigUint64(0, 0x4e42444d41474943n);
  view.setBigUint64(8, OPTION_MAGIC);
  view.setUint16(16, 3);
});
/** Length of a greeting in bytes. */
export const GREETING_BYTES = 18;
const OPTION_REPLY_MAGIC = 0x3e889045565a9n;

/** Options of a client. */
export const OPTION = {
  exportName: 1,
  abort: 2,
  info: 6,
  go: 7,
  structuredReply: 8,
  setMetaContext: 10,
} as const;

/** Replies to options. */
export const REPLY = {
  ack: 1,
  info: 3,
  metaContext: 4,
  unsupported: 0x8000_0001,
  invalid: 0x8000_0003,
} as const;

const INFO_EXPORT = 0, INFO_BLOCK_SIZE = 3;
/** Has flags, read-only, several connections see the same. */
const EXPORT_FLAGS = 1 | 2 | 0x100;
const SECTOR = 512, PREFERRED_BYTES = 64 * 1024;
/** Most bytes of a request. */
export const MAX_REQUEST_BYTES: number = 32 * 1024 * 1024;

/** Requests. */
export const REQUEST = { read: 0, disconnect: 2, blockStatus: 7 } as const;
/** Length of a request in bytes. */
export const REQUEST_BYTES = 28;
const REQUEST_MAGIC = 0x25609513, SIMPLE_REPLY_MAGIC = 0x67446698, CHUNK_MAGIC = 0x668e33ef;
const CHUNK_DONE = 1, CHUNK_DATA = 1, CHUNK_BLOCK_STATUS = 5, CHUNK_ERROR = 0x8001;

/** Errors that a client is told. */
export const ERRNO = { notPermitted: 1, io: 5, invalid: 22 } as const;

/** The one metadata context: which parts are holes. */
export const ALLOCATION = "base:allocation";
/** Its number in replies. */
export const ALLOCATION_ID = 1;

/** One request. */
export interface Request {
  /** What is asked for. */
  readonly type: number;
  /** Names the request in its reply. */
  readonly cookie: bigint;
  /** Where, in bytes. */
  readonly offset: number;
  /** How much, in bytes. */
  readonly length: number;
}

/** A run of bytes, and whether it is a hole that reads as zeros. */
export interface Run {
  /** Length in bytes. */
  readonly length: number;
  /** Whether nothing is stored there. */
  readonly isHole: boolean;
}

function message(length: number, write: (view: DataView<ArrayBuffer>) => void): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(length));
  write(view);
  return new Uint8Array(view.buffer);
}

/** The answer to an option. */
export function optionReply(option: number, type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = message(20 + payload.length, (view) => {
    view.setBigUint64(0, OPTION_REPLY_MAGIC);
    view.setUint32(8, option);
    view.setUint32(12, type);
    view.setUint32(16, payload.length);
  });
  bytes.set(payload, 20);
  return bytes;
}

/** What a client is told of the export: size, flags, and sizes of blocks. */
export function exportInfo(sizeBytes: number): readonly Uint8Array[] {
  return [
    message(12, (view) => {
      view.setUint16(0, INFO_EXPORT);
      view.setBigUint64(2, BigInt(sizeBytes));
      view.setUint16(10, EXPORT_FLAGS);
    }),
    message(14, (view) => {
      view.setUint16(0, INFO_BLOCK_SIZE);
      view.setUint32(2, SECTOR);
      view.setUint32(6, PREFERRED_BYTES);
      view.setUint32(10, MAX_REQUEST_BYTES);
    }),
  ];
}

/** The answer to the oldest way of choosing an export. */
export function exportNameReply(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return message(10, (view) => {
    view.setBigUint64(0, BigInt(sizeBytes));
    view.setUint16(8, EXPORT_FLAGS);
  });
}

/** Says that the allocation context is there. */
export function metaContextReply(): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(ALLOCATION);
  const bytes = message(4 + name.length, (view) => view.setUint32(0, ALLOCATION_ID));
  bytes.set(name, 4);
  return bytes;
}

/** Reads a request; null when it is none. */
export function parseRequest(bytes: Uint8Array): Request | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== REQUEST_MAGIC) return null;
  return {
    type: view.getUint16(6),
    cookie: view.getBigUint64(8),
    offset: Number(view.getBigUint64(16)),
    length: view.getUint32(24),
  };
}

/** What comes before the data of a read. */
export function readReply(request: Request, structured: boolean): Uint8Array<ArrayBuffer> {
  if (!structured) return simpleReply(request, 0);
  return message(28, (view) => {
    chunk(view, request, CHUNK_DATA, 8 + request.length);
    view.setBigUint64(20, BigInt(request.offset));
  });
}

/** Says which parts are holes. */
export function statusReply(request: Request, runs: readonly Run[]): Uint8Array<ArrayBuffer> {
  const length = 4 + runs.length * 8;
  return message(20 + length, (view) => {
    chunk(view, request, CHUNK_BLOCK_STATUS, length);
    view.setUint32(20, ALLOCATION_ID);
    for (const [index, run] of runs.entries()) {
      view.setUint32(24 + index * 8, run.length);
      view.setUint32(28 + index * 8, run.isHole ? 3 : 0); // NBD_STATE_HOLE | NBD_STATE_ZERO
    }
  });
}

/** Says that a request cannot be done. */
export function errorReply(request: Request, errno: number, structured: boolean): Uint8Array<ArrayBuffer> {
  if (!structured) return simpleReply(request, errno);
  return message(26, (view) => {
    chunk(view, request, CHUNK_ERROR, 6);
    view.setUint32(20, errno);
  });
}

function simpleReply({ cookie }: Request, errno: number): Uint8Array<ArrayBuffer> {
  return message(16, (view) => {
    view.setUint32(0, SIMPLE_REPLY_MAGIC);
    view.setUint32(4, errno);
    view.setBigUint64(8, cookie);
  });
}

function chunk(view: DataView, { cookie }: Request, type: number, length: number): void {
  view.setUint32(0, CHUNK_MAGIC);
  view.setUint16(4, CHUNK_DONE);
  view.setUint16(6, type);
  view.setBigUint64(8, cookie);
  view.setUint32(16, length);
}

/** Whether bytes are the greeting of a server, whatever it speaks besides. */
export function isGreeting(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 16).every((byte, index) => byte === GREETING[index]);
}

/** A client's answer to the greeting, and its choice of the only export, which has no name. */
export function exportNameOption(): Uint8Array<ArrayBuffer> {
  return message(20, (view) => {
    view.setUint32(0, 3); // fixed newstyle, without padding
    view.setBigUint64(4, OPTION_MAGIC);
    view.setUint32(12, OPTION.exportName);
    view.setUint32(16, 0);
  });
}

/** Length of the answer to that, in bytes. */
export const EXPORT_REPLY_BYTES = 10;

/** The length of the export in bytes. */
export function parseExportSize(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
}

/** Asks for bytes. */
export function readRequest(cookie: bigint, offset: number, length: number): Uint8Array<ArrayBuffer> {
  return message(REQUEST_BYTES, (view) => {
    view.setUint32(0, REQUEST_MAGIC);
    view.setUint16(6, REQUEST.read);
    view.setBigUint64(8, cookie);
    view.setBigUint64(16, BigInt(offset));
    view.setUint32(24, length);
  });
}

/** Length of what comes before the data, in bytes. */
export const SIMPLE_REPLY_BYTES = 16;

/** The error number in an answer; 0 for none, and -1 for what is no answer to the request. */
export function parseSimpleReply(bytes: Uint8Array, cookie: bigint): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const answers = view.getUint32(0) === SIMPLE_REPLY_MAGIC && view.getBigUint64(8) === cookie;
  return answers ? view.getUint32(4) : -1;
}
