/**
 * The files of a running guest over SSH. Most answers come from the survey; what it does not know is asked for, a
 * folder or a file at a time.
 *
 * @module
 */
import type { GuestFiles } from "../guest/files.ts";
import { MigrateError } from "../model/error.ts";
import { quote } from "../ssh/arguments.ts";
import type { GuestTree, Resolved } from "./guest_tree.ts";
import type { RemoteRoot } from "./remote_root.ts";
import { parseEntry, type Survey, tarContents } from "./survey.ts";
import { listScript } from "./survey_script.ts";

/** The largest text file that is read: 4 MiB. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** The largest file that is held in memory; a larger one goes to the host's disk as it comes. */
const MAX_BATCHED_BYTES = 16 * 1024 * 1024;

type Known = Exclude<Resolved, { readonly state: "unknown" }>;

/** Files of a running guest, as they were when it was surveyed. */
export class SshFiles implements GuestFiles {
  readonly #root: RemoteRoot;
  readonly #tree: GuestTree;
  readonly #contents: Survey["contents"];
  readonly #wanted = new Set<string>();
  #batch: Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> | undefined;

  /** Reads through this connection what the survey has not brought. */
  constructor(root: RemoteRoot, survey: Pick<Survey, "tree" | "contents">) {
    this.#root = root;
    this.#tree = survey.tree;
    this.#contents = survey.contents;
  }

  /** {@inheritDoc GuestFiles.readText} */
  async readText(path: string): Promise<string | null> {
    const found = await this.#look(path);
    if (found.state === "absent") return null;
    const { kind, sizeBytes } = found.entry;
    if (kind !== "f") throw unreadable(path, "it is not a regular file");
    if (sizeBytes > MAX_TEXT_BYTES) throw unreadable(path, `it has ${sizeBytes} bytes`);
    const content = await this.#fetch(found.path);
    if (content === null) return null;
    try {
      // ignoreBOM keeps the mark, so that an edit writes it back.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    } catch (error) {
      throw unreadable(path, "it is not UTF-8", error);
    }
  }

  /** {@inheritDoc GuestFiles.exists} */
  async exists(path: string): Promise<boolean> {
    return (await this.#look(path)).state === "found";
  }

  /** {@inheritDoc GuestFiles.list} */
  async list(directory: string): Promise<readonly string[]> {
    const found = await this.#look(directory);
    if (found.state === "absent" || found.entry.kind !== "d") return [];
    if (this.#tree.names(found.path) === undefined) await this.#learn(found.path);
    return this.#tree.names(found.path)!;
  }

  /** {@inheritDoc GuestFiles.sizeBytes} */
  async sizeBytes(path: string): Promise<number | null> {
    const found = await this.#look(path);
    return found.state === "found" && found.entry.kind === "f" ? found.entry.sizeBytes : null;
  }

  /** {@inheritDoc GuestFiles.realPath} */
  async realPath(path: string): Promise<string | null> {
    const found = await this.#look(path);
    return found.state === "found" ? found.path : null;
  }

  /** {@inheritDoc GuestFiles.readLink} */
  async readLink(path: string): Promise<string | null> {
    const found = await this.#look(path, false);
    return found.state === "found" && found.entry.kind === "l" ? found.entry.link : null;
  }

  /** {@inheritDoc GuestFiles.download} */
  async download(path: string, hostPath: string): Promise<void> {
    const found = this.#tree.resolve(path);
    if (found.state === "absent") throw unreadable(path, "it does not exist");
    if (found.state === "found" && found.entry.kind !== "f") {
      throw unreadable(path, "it is not a regular file");
    }
    if (found.state === "found" && found.entry.sizeBytes > MAX_BATCHED_BYTES) {
      const length = await this.#save(`cat <${quote(found.path)}`, hostPath);
      if (length !== found.entry.sizeBytes) throw unreadable(path, "it has changed since it was looked at");
      return;
    }
    const content = await this.#fetch(path);
    if (content === null) throw unreadable(path, "it does not exist, or is not a regular file");
    await Deno.writeFile(hostPath, content);
  }

  /** {@inheritDoc GuestFiles.downloadTar} */
  async downloadTar(directory: string, hostPath: string): Promise<void> {
    const found = await this.#look(directory);
    if (found.state === "absent") throw unreadable(directory, "it does not exist");
    await this.#save(`tar --numeric-owner -C ${quote(found.path)} -cf - .`, hostPath);
  }

  /** The bytes of a file; those that are asked for at the same time come in one tar. Null when there is none. */
  async #fetch(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const known = this.#contents.get(path);
    if (known !== undefined) return known;
    this.#wanted.add(path);
    this.#batch ??= this.#nextBatch();
    return (await this.#batch).get(path) ?? null;
  }

  async #nextBatch(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
    await new Promise((resolve) => setTimeout(resolve, 0)); // until everybody has asked
    const paths = [...this.#wanted].map(quote).join(" ");
    this.#wanted.clear();
    this.#batch = undefined;
    return tarContents(await this.#root.bytes(`tar -chf - --no-recursion -- ${paths} 2>/dev/null`));
  }

  async #save(script: string, hostPath: string): Promise<number> {
    using file = await Deno.open(hostPath, { write: true, create: true, truncate: true });
    let length = 0;
    await this.#root.stream(script, async (chunk) => {
      for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
      length += chunk.length;
    });
    return length;
  }

  /** Looks into folders until it is known where a path leads. */
  async #look(path: string, last = true): Promise<Known> {
    for (;;) {
      const found = this.#tree.resolve(path, last);
      if (found.state !== "unknown") return found;
      await this.#learn(found.folder);
    }
  }

  async #learn(folder: string): Promise<void> {
    const answer = new TextDecoder().decode(await this.#root.bytes(listScript(folder)));
    for (const record of answer.split("\0").filter((one) => one !== "")) {
      const { path, entry } = parseEntry(record);
      this.#tree.add(path, entry);
    }
    this.#tree.complete(folder);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("guest/unsupported", `Cannot read ${path} of the guest: ${reason}.`, { cause });
}
