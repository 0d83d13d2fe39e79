/**
 * The files of a machine on another host, each read there or served to qemu over a socket.
 *
 * @module
 */
import { join } from "@std/path";
import { checkSource, imageInfo } from "../../disk/qemu_img.ts";
import type { DiskFormat, RemoteFile, SourceDisk } from "../../model/disk.ts";
import { cancelled, MigrateError } from "../../model/error.ts";
import type { Layer } from "../layers/layered_disk.ts";
import { serveAt, type ServedDisk } from "../layers/serve.ts";
import { NbdClient } from "../nbd/client.ts";
import { type NbdNode, socketFolder } from "../nbd/socket.ts";
import { MAX_TEXT_BYTES } from "../parse/parse.ts";
import type { InputHead, SourceContext } from "../source.ts";
import { remoteFolder } from "../../ssh/address.ts";
import { readCommand, type SshChoices } from "../../ssh/arguments.ts";
import { RemoteDevice, type RemoteExport, writeLibsshFiles } from "./nbdkit.ts";
import { addressOf, headRemote, outputOf, statAllRemote, statRemote } from "./remote_file.ts";
import type { SshSession } from "../../ssh/session.ts";
import { effectiveSettings } from "../../ssh/settings.ts";
import type { ExtentFile } from "../vmdk/sparse_extent.ts";

/** A remote file behind a local socket. */
export interface ServedFile extends RemoteFile {
  /** The socket. */
  readonly socket: string;
  /** What serves it. */
  readonly device: Pick<RemoteDevice, "said">;
}

/** The files of one machine. */
export class RemoteDisks {
  readonly #session: SshSession;
  readonly #shared: Omit<RemoteExport, "path" | "socket">;
  readonly #folder: string;
  readonly #context: SourceContext;
  readonly #clients: NbdClient[] = [];
  #count = 0;

  private constructor(
    session: SshSession,
    shared: Omit<RemoteExport, "path" | "socket">,
    folder: string,
    context: SourceContext,
  ) {
    this.#session = session;
    this.#shared = shared;
    this.#folder = folder;
    this.#context = context;
  }

  /** Prepares; the session is needed only while the disks are looked for. */
  static async open(session: SshSession, choices: SshChoices, context: SourceContext): Promise<RemoteDisks> {
    const settings = await effectiveSettings(session.address, choices, context.signal);
    const folder = await socketFolder(context);
    const shared = { settings, ...await writeLibsshFiles(settings, folder) };
    return new RemoteDisks(session, shared, folder, context);
  }

  /** The first and last bytes of a file. */
  async head(path: string): Promise<InputHead> {
    return await headRemote(this.#session, path, (await statRemote(this.#session, path)).sizeBytes);
  }

  /**
   * The contents of a small file.
   *
   * @throws {MigrateError} `source/damaged` for one of more than 16 MiB
   */
  async readSmall(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const { sizeBytes } = await statRemote(this.#session, path);
    if (sizeBytes <= MAX_TEXT_BYTES) return await outputOf(this.#session, readCommand(path, 0));
    const address = addressOf(this.#session, path);
    throw new MigrateError("source/damaged", `Cannot read ${address}: it has ${sizeBytes} bytes.`, {
      hint: "Name the disk itself.",
    });
  }

  /** The address of a file. */
  address(path: string): string {
    return addressOf(this.#session, path);
  }

  /** The lengths of files in bytes; null where nothing but a folder, or nothing at all, has the name. */
  async sizesOf(paths: readonly string[]): Promise<(number | null)[]> {
    const stats = await statAllRemote(this.#session, paths);
    return stats.map((stat) => stat?.sizeBytes ?? null);
  }

  /** Serves a file until the end of the run. */
  async serve(path: string): Promise<ServedFile> {
    const socket = this.#socket();
    const stat = await statRemote(this.#session, path);
    const { signal, resources } = this.#context;
    const device = resources.use(await RemoteDevice.start({ ...this.#shared, path, socket }, signal));
    return { address: this.address(path), ...stat, socket, device };
  }

  /** Serves layers that this program puts together, the top first, until the end of the run. */
  serveLayers(layers: readonly Layer[]): ServedDisk {
    const served = serveAt(this.#socket(), layers, this.#context);
    // Before the server ends: it would wait for an answer from a host that no longer gives one.
    this.#context.resources.defer(() => this.#clients.forEach((client) => client[Symbol.dispose]()));
    return served;
  }

  /**
   * A served file for this program itself to read.
   *
   * @throws {MigrateError} `network/failed` when it cannot be read
   */
  async open(served: ServedFile): Promise<ExtentFile> {
    const { resources, signal } = this.#context;
    const asNetwork = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        if (signal.aborted) throw cancelled();
        throw failed(served, error);
      }
    };
    const client = resources.use(await asNetwork(NbdClient.connect(served.socket, signal)));
    this.#clients.push(client);
    return {
      name: served.address,
      sizeBytes: served.sizeBytes,
      read: (at, length) => asNetwork(client.read(at, length)),
    };
  }

  #socket(): string {
    return join(this.#folder, `${++this.#count}`);
  }

  /**
   * The disk in a file, as qemu sees it.
   *
   * @throws {MigrateError} `source/damaged`, or `network/failed` when the file cannot be served
   */
  async describe(node: NbdNode, served: ServedFile, type?: string): Promise<SourceDisk> {
    const { signal } = this.#context;
    const image = `json:${JSON.stringify(node)}`;
    const format = node.driver;
    const { address, sizeBytes, mtimeMs } = served;
    try {
      const info = await imageInfo(image, format, signal);
      await checkSource(image, format, signal);
      const detail = [type ?? info.createType ?? "", "read in place"].filter((part) => part !== "").join(
        ", ",
      );
      return {
        path: address,
        image,
        format,
        virtualSizeBytes: info.virtualSizeBytes,
        allocatedSizeBytes: sizeBytes,
        files: [],
        remoteFiles: [{ address, sizeBytes, mtimeMs }],
        detail,
      };
    } catch (error) {
      throw servedError(error, format, served);
    }
  }
}

/** qemu sees a socket; a person wants the file, and what went wrong behind the socket. */
function servedError(
  error: unknown,
  format: DiskFormat,
  { address, device }: Pick<ServedFile, "address" | "device">,
): unknown {
  if (!(error instanceof MigrateError) || error.code !== "source/damaged") return error;
  if (device.said !== "") return failed({ address, device }, error);
  const reason = error.message.split(": ").at(-1) ?? "";
  return new MigrateError("source/damaged", `Cannot read ${address} as ${format}: ${reason}`, {
    hint: "Copy or export the disk again: the file is incomplete.",
    cause: error,
  });
}

/** What went wrong behind the socket of a file. */
function failed({ address, device }: Pick<ServedFile, "address" | "device">, cause: unknown): MigrateError {
  const reason = device.said === "" ? "nbdkit has ended" : device.said;
  return new MigrateError("network/failed", `Cannot stream ${address}: ${reason}.`, {
    hint: "Leave out --stream: it is then downloaded.",
    cause,
  });
}

/** The path of a file that another names: relative to its folder, or absolute over there. */
export function resolveRemote(from: string, name: string): string {
  const path = name.replaceAll("\\", "/");
  return path.startsWith("/") ? path : `${remoteFolder(from)}/${path}`;
}
