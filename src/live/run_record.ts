/**
 * What a run has done to a guest, kept in the guest itself: its changes, the originals of its files, and whether it
 * came to its end. A run that was cut off is gone on with by the next; undo reads the last one.
 *
 * @module
 */
import type { FileChange } from "../model/change.ts";
import { MigrateError } from "../model/error.ts";
import type { ChildGroup } from "../run/command.ts";
import { quote } from "../ssh/arguments.ts";
import type { RemoteRoot } from "./remote_root.ts";

/** How often this side says that it is there, and after which silence the guest gives the lock up. */
const WORD_EVERY_MS = 5_000;
const SILENCE_SECONDS = 30;

/** Where the records are. */
export const STATE_FOLDER = "/var/lib/hyper2kvm/live-fix";

/** How far a run came. */
export type RunState = "started" | "finished" | "undone";

/** One run. */
export interface RunRecord {
  /** Its name: the time at which it began. */
  readonly id: string;
  /** Its changes in order, made or about to be made. */
  readonly changes: readonly FileChange[];
  /** SHA-256 of files whose new content is not in the changes, by path. */
  readonly written: Readonly<Record<string, string>>;
}

/** The records of one guest, locked for this run: the lock ends with the connection. */
export class RunRecords implements AsyncDisposable {
  readonly #root: RemoteRoot;
  readonly #folder: string;
  readonly #holder: LockHolder;
  /** The runs by their names, oldest first. */
  readonly runs: readonly { readonly id: string; readonly state: RunState }[];

  private constructor(root: RemoteRoot, folder: string, holder: LockHolder, runs: RunRecords["runs"]) {
    this.#root = root;
    this.#folder = folder;
    this.#holder = holder;
    this.runs = runs;
  }

  /** Whether a run has left a record in the guest. */
  static async exist(root: RemoteRoot, folder = STATE_FOLDER): Promise<boolean> {
    return (await root.run(`[ -d ${quote(folder)} ]`)).status === 0;
  }

  /**
   * Locks the records and lists them.
   *
   * @throws {MigrateError} `run/busy` when another run works on the guest, `space/full`, `guest/unsupported`
   */
  static async open(root: RemoteRoot, folder = STATE_FOLDER): Promise<RunRecords> {
    await root.must(
      "keep a record in the guest",
      `mkdir -p ${quote(folder)} && : >>${quote(`${folder}/lock`)}`,
    );
    await using holder = new LockHolder(await root.hold(holdScript(folder)));
    const lines = await holder.firstLines();
    if (lines.at(-1) === "ready") {
      return new RunRecords(root, folder, holder.move(), lines.slice(0, -1).map(parseRun));
    }
    throw new MigrateError("run/busy", `Cannot fix ${root.host}: another run is at work on it.`, {
      stage: "fix",
      hint: "Wait until it is done, or stop it; a run whose connection is lost ends by itself.",
    });
  }

  /** The folder of a run in the guest. */
  folderOf(id: string): string {
    return `${this.#folder}/${id}`;
  }

  /** The record of the last run that was cut off; a new one when there is none. */
  async unfinished(): Promise<RunRecord> {
    const last = this.runs.findLast(({ state }) => state !== "undone");
    if (last?.state === "started") return await this.read(last.id);
    const id = new Date().toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
    // Two runs in one second are no reason to mix them up.
    const taken = this.runs.some((one) => one.id === id);
    return { id: taken ? `${id}-${this.runs.length}` : id, changes: [], written: {} };
  }

  /** Reads one. */
  async read(id: string): Promise<RunRecord> {
    const text = await this.#root.must(
      "read the record of a run",
      `cat ${quote(`${this.folderOf(id)}/run.json`)}`,
    );
    return { ...JSON.parse(text) as Omit<RunRecord, "id">, id };
  }

  /** Writes one, before the changes that it names are made. */
  async write({ id, changes, written }: RunRecord): Promise<void> {
    const file = quote(`${this.folderOf(id)}/run.json`);
    const script = `set -e; mkdir -p ${
      quote(this.folderOf(id))
    }; cat >${file}.part; sync; mv -f ${file}.part ${file}`;
    const text = JSON.stringify({ changes, written }, null, 1);
    await this.#root.must("keep a record in the guest", script, new TextEncoder().encode(text));
  }

  /** Notes how far a run came. */
  async mark(id: string, state: Exclude<RunState, "started">): Promise<void> {
    const script = `: >${quote(`${this.folderOf(id)}/${state}`)}; sync`;
    await this.#root.must("keep a record in the guest", script);
  }

  /** Ends the lock. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}

/** Holds the lock until its input ends, or nothing comes any more: the guest may not notice a dead connection. */
function holdScript(folder: string): string {
  return `exec 9>${quote(`${folder}/lock`)}
flock -n 9 || { echo busy; exit 0; }
for record in ${quote(folder)}/*/run.json; do
  [ -e "$record" ] || continue
  run=\${record%/run.json}
  state=started
  [ -e "$run/finished" ] && state=finished
  [ -e "$run/undone" ] && state=undone
  echo "\${run##*/} $state"
done
echo ready
while [ -n "$(timeout ${SILENCE_SECONDS} dd bs=1 count=1 2>/dev/null)" ]; do :; done`;
}

function parseRun(line: string): { readonly id: string; readonly state: RunState } {
  const [id = "", state = "started"] = line.split(" ");
  return { id, state: state as RunState };
}

/** The child that holds the lock. */
class LockHolder implements AsyncDisposable {
  readonly #child: ChildGroup;
  readonly #words: WritableStreamDefaultWriter<Uint8Array>;
  readonly #timer: ReturnType<typeof setInterval>;
  #moved = false;

  constructor(child: ChildGroup) {
    this.#child = child;
    this.#words = child.process.stdin.getWriter();
    // A word that cannot be said any more is no news: the next script tells that the connection is lost.
    const say = (): void => void this.#words.write(new Uint8Array([0x2e])).catch(() => {});
    this.#timer = setInterval(say, WORD_EVERY_MS);
  }

  /** What it prints up to `ready` or `busy`, or to its end. */
  async firstLines(): Promise<string[]> {
    const reader = this.#child.process.stdout.getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!/(^|\n)(ready|busy)\n/.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    reader.releaseLock();
    return text.split("\n").filter((line) => line !== "");
  }

  /** The same holder for another owner: this one no longer ends it. */
  move(): LockHolder {
    this.#moved = true;
    clearInterval(this.#timer);
    this.#words.releaseLock();
    return new LockHolder(this.#child);
  }

  /** Ends the script, and waits until it has given up the lock. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#moved) return;
    clearInterval(this.#timer);
    const { stdout, stderr, status } = this.#child.process;
    await this.#words.close().catch(() => {}); // it may have ended before
    await Promise.all([stdout.cancel(), stderr.cancel()]);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await status;
    clearTimeout(late);
    await this.#child[Symbol.asyncDispose]();
  }
}
