/**
 * Files of a datastore by HTTPS, `/folder` of vCenter and ESXi: sizes, small files, and ranges of large ones.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { Range } from "./transfer/ranges.ts";
import type { VsphereSession } from "./session.ts";
import {
  discard,
  header,
  type HttpReply,
  type HttpRequest,
  isUnavailable,
  retrying,
  Unavailable,
} from "./http/transport.ts";

/** A file of a datastore. */
export interface DatastorePath {
  /** Name of the datastore. */
  readonly datastore: string;
  /** Path inside it, without a slash first. */
  readonly path: string;
}

/** What the server says of a file; another version of it has another `version`. */
export interface RemoteFile {
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** ETag, or the time of the last change. */
  readonly version: string;
}

/**
 * Reads `[datastore] folder/file.vmdk`.
 *
 * @throws {MigrateError} `source/unsupported`
 */
export function parseDatastorePath(text: string): DatastorePath {
  const found = /^\[([^\]]+)\]\s*(.+)$/.exec(text);
  if (found === null) {
    throw new MigrateError("source/unsupported", `Cannot download "${text}": it is no file of a datastore.`);
  }
  return { datastore: found[1]!, path: found[2]! };
}

/** A file in the same folder. */
export function beside(file: DatastorePath, name: string): DatastorePath {
  return { ...file, path: file.path.slice(0, file.path.lastIndexOf("/") + 1) + name };
}

/** The path of a request for a file; the datacenter is the path of its name below the root folder. */
export function folderUrl(file: DatastorePath, datacenter: string): string {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return `/folder/${path}?dcPath=${encodeURIComponent(datacenter)}&dsName=${
    encodeURIComponent(file.datastore)
  }`;
}

/** Datastores of one datacenter, read over a session. */
export class Datastores {
  readonly #session: VsphereSession;
  readonly #datacenter: string;

  /** Prepares; nothing is read yet. */
  constructor(session: VsphereSession, datacenter: string) {
    this.#session = session;
    this.#datacenter = datacenter;
  }

  /**
   * Size and version of a file.
   *
   * @throws {MigrateError} `source/missing`, `permission/denied` or `network/failed`
   */
  async stat(file: DatastorePath): Promise<RemoteFile> {
    return await this.#retrying(file, async () => {
      const reply = await this.#request(file, "HEAD", {});
      await discard(reply);
      const length = header(reply, "content-length");
      if (length === undefined) throw odd(file, "the server does not say its size");
      return { sizeBytes: Number(length), version: versionOf(reply) };
    });
  }

  /**
   * Checks that a file is still what it was.
   *
   * @throws {MigrateError} `source/damaged` when it is another one, or as {@linkcode stat}
   */
  async checkSame(file: DatastorePath, expected: RemoteFile): Promise<void> {
    const { sizeBytes, version } = await this.stat(file);
    if (sizeBytes !== expected.sizeBytes || version !== expected.version) throw changed(file);
  }

  /**
   * A small file, such as a descriptor.
   *
   * @throws {MigrateError} as {@linkcode stat}
   */
  async readText(file: DatastorePath, maxBytes: number): Promise<string> {
    const { sizeBytes } = await this.stat(file);
    if (sizeBytes > maxBytes) throw odd(file, `it has ${sizeBytes} bytes, which is no descriptor`);
    return await this.#retrying(file, async () => {
      const text = await (await this.#request(file, "GET", {})).body.text();
      if (new TextEncoder().encode(text).length !== sizeBytes) {
        throw new Unavailable("the connection ended early");
      }
      return text;
    });
  }

  /**
   * The bytes of a range as they come. Fails when the connection does; the caller asks for what is left.
   *
   * @throws {MigrateError} `source/damaged` when the file is not the one that `expected` describes
   */
  async *read(file: DatastorePath, [start, end]: Range, expected: RemoteFile): AsyncGenerator<Uint8Array> {
    const reply = await this.#request(file, "GET", { range: `bytes=${start}-${end - 1}` });
    const got = header(reply, "content-range");
    const version = versionOf(reply);
    if (
      reply.status !== 206 || got !== `bytes ${start}-${end - 1}/${expected.sizeBytes}` ||
      version !== expected.version
    ) {
      await discard(reply);
      if (reply.status !== 206) {
        throw odd(file, `the server does not send ranges (HTTP status ${reply.status})`);
      }
      throw changed(file);
    }
    let left = end - start;
    for await (const bytes of reply.body) {
      left -= bytes.length;
      if (left < 0) throw odd(file, "the server sends more than it was asked for");
      yield bytes;
    }
  }

  async #request(
    file: DatastorePath,
    method: HttpRequest["method"],
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpReply> {
    const reply = await this.#session.send({ method, path: folderUrl(file, this.#datacenter), headers });
    if (reply.status === 200 || reply.status === 206) return reply;
    await discard(reply);
    if (isUnavailable(reply.status)) throw new Unavailable(`the server answers ${reply.status}`);
    throw refused(file, reply.status);
  }

  async #retrying<T>(file: DatastorePath, attempt: () => Promise<T>): Promise<T> {
    return await retrying(
      `read ${nameOf(file)} from ${this.#session.address}`,
      this.#session.signal,
      attempt,
    );
  }
}

/** The file as vSphere writes it. */
export function nameOf({ datastore, path }: DatastorePath): string {
  return `[${datastore}] ${path}`;
}

function versionOf(reply: HttpReply): string {
  return header(reply, "etag") ?? header(reply, "last-modified") ?? "";
}

function refused(file: DatastorePath, status: number): MigrateError {
  if (status === 401 || status === 403) {
    return new MigrateError("permission/denied", `Cannot download ${nameOf(file)}: the server refuses it.`, {
      hint: "The user needs the privilege Datastore.Browse and Datastore.FileManagement on the datastore.",
    });
  }
  if (status === 416) return changed(file);
  if (status === 404) {
    return new MigrateError("source/missing", `Cannot download ${nameOf(file)}: there is no such file.`, {
      hint: "Check that the VM's disks are accessible in vSphere.",
    });
  }
  return new MigrateError("network/failed", `Cannot download ${nameOf(file)}: HTTP status ${status}.`);
}

function changed(file: DatastorePath): MigrateError {
  return new MigrateError("source/damaged", `Cannot download ${nameOf(file)}: it changed meanwhile.`, {
    hint: "Keep the VM powered off until the export is complete, and run the same command again.",
  });
}

function odd(file: DatastorePath, reason: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot download ${nameOf(file)}: ${reason}.`, {
    hint: "Use --mode nfc.",
  });
}
