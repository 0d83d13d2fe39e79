/**
 * Reads newc cpio archives as a stream, the way the kernel unpacks an initramfs. Format:
 * Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
 *
 * @module
 */
import { MigrateError } from "../../../model/error.ts";

/** File type bits of a mode. */
const S_IFMT = 0o170000;
/** Type bits of a symbolic link. */
const S_IFLNK = 0o120000;
/** Type bits of a directory. */
const S_IFDIR = 0o040000;
/** Length of a newc header: 6 bytes of magic and 13 fields of 8 hex digits. */
const HEADER_BYTES = 110;
/** The longest name and link target that the kernel takes. */
const PATH_MAX = 4096;
/** Contents above this are not kept. */
const KEEP_BYTES = 4 * 1024 * 1024;

/** One file, directory, link or device of an archive. */
export interface CpioMember {
  /** Path without leading slash, such as `conf/modules`. */
  readonly name: string;
  /** Type and permission bits. */
  readonly mode: number;
  /** Length of the content in bytes. */
  readonly sizeBytes: number;
  /** The content, where it was asked for, and the target of every link. */
  readonly content?: Uint8Array;
}

/** Whether a member is a directory. */
export function isDirectory(member: CpioMember): boolean {
  return (member.mode & S_IFMT) === S_IFDIR;
}

/** Whether a member is a symbolic link. */
export function isLink(member: CpioMember): boolean {
  return (member.mode & S_IFMT) === S_IFLNK;
}

type State = "between" | "header" | "name" | "content";

/** Takes the bytes of archives that follow each other, in pieces of any size. */
export class CpioReader {
  readonly #keep: (name: string) => boolean;
  readonly #onMember: (member: CpioMember) => void;
  #state: State = "between";
  /** Bytes of the part that is being collected, null while a content is skipped. */
  #part: Uint8Array | null = null;
  #filled = 0;
  #wanted = 0;
  #nameBytes = 0;
  #mode = 0;
  #sizeBytes = 0;
  #name = "";

  /** Calls `onMember` for each member; `keep` says whose content it carries. */
  constructor(keep: (name: string) => boolean, onMember: (member: CpioMember) => void) {
    this.#keep = keep;
    this.#onMember = onMember;
  }

  /**
   * Takes the next bytes and says how many belong to archives: fewer than given when, between two members,
   * something starts that is neither a header nor zeros.
   *
   * @throws {MigrateError} `guest/unsupported` when the archive is damaged or of another kind
   */
  push(chunk: Uint8Array): number {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#state === "between") {
        while (offset < chunk.length && chunk[offset] === 0) offset++;
        if (offset === chunk.length) break;
        if (chunk[offset] !== 0x30) return offset;
        this.#expect("header", HEADER_BYTES);
      }
      offset += this.#take(chunk, offset);
      while (this.#state !== "between" && this.#filled === this.#wanted) this.#advance();
    }
    return offset;
  }

  /**
   * Says that no more bytes come.
   *
   * @throws {MigrateError} `guest/unsupported` when a member is cut off
   */
  end(): void {
    // The padding behind the last content may be missing.
    const left = this.#wanted - this.#filled;
    if (this.#state === "content" && left < 4 && this.#filled >= this.#sizeBytes) return;
    if (this.#state !== "between") throw damaged("the archive is cut off");
  }

  #expect(state: State, bytes: number, keep = true): void {
    this.#state = state;
    this.#wanted = bytes;
    this.#filled = 0;
    this.#part = keep ? new Uint8Array(bytes) : null;
  }

  #take(chunk: Uint8Array, offset: number): number {
    const count = Math.min(chunk.length - offset, this.#wanted - this.#filled);
    this.#part?.set(chunk.subarray(offset, offset + count), this.#filled);
    this.#filled += count;
    return count;
  }

  #advance(): void {
    if (this.#state === "header") this.#header(this.#part!);
    else if (this.#state === "name") this.#named(this.#part!);
    else this.#finish();
  }

  #header(bytes: Uint8Array): void {
    const text = new TextDecoder("latin1").decode(bytes);
    // 070702 has a checksum per file, which the kernel checks and we need not.
    if (!/^07070[12][0-9a-fA-F]{104}$/.test(text)) throw damaged("a member has no newc header");
    const field = (index: number): number => parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
    this.#mode = field(1);
    this.#sizeBytes = field(6);
    this.#nameBytes = field(11);
    if (this.#nameBytes < 1 || this.#nameBytes > PATH_MAX) throw damaged("a member has no usable name");
    this.#expect("name", align(HEADER_BYTES + this.#nameBytes) - HEADER_BYTES);
  }

  #named(bytes: Uint8Array): void {
    this.#name = new TextDecoder().decode(bytes.subarray(0, this.#nameBytes - 1));
    const link = (this.#mode & S_IFMT) === S_IFLNK;
    const limit = link ? PATH_MAX : KEEP_BYTES;
    const keep = this.#sizeBytes <= limit && (link || this.#keep(memberName(this.#name)));
    this.#expect("content", align(this.#sizeBytes), keep);
  }

  #finish(): void {
    this.#state = "between";
    const name = memberName(this.#name);
    if (name === "" || name === "TRAILER!!!") return;
    const content = this.#part?.subarray(0, this.#sizeBytes);
    const member = { name, mode: this.#mode, sizeBytes: this.#sizeBytes };
    this.#onMember(content === undefined ? member : { ...member, content });
  }
}

/** The name without `./`, `/` and a final slash. */
function memberName(name: string): string {
  return name.split("/").filter((part) => part !== "" && part !== ".").join("/");
}

function align(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function damaged(reason: string): MigrateError {
  return new MigrateError("guest/unsupported", `Cannot read the cpio archive: ${reason}.`);
}
