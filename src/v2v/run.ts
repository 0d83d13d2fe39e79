/**
 * One run of virt-v2v: its process group, its messages as events, its log.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";
import { FileFollower } from "../run/file_follower.ts";
import { classifyFailure, PassingFailure } from "./failures.ts";
import { startError } from "./features.ts";
import { MessageReader, type V2VListener } from "./message_reader.ts";
import { type V2VMessage, withoutBars } from "./messages.ts";

/** How often the messages are read, in milliseconds. */
const POLL_MS = 300;

/** What a run needs. */
export interface V2VRun extends V2VListener {
  /** Arguments of virt-v2v. */
  readonly args: readonly string[];
  /** Variables for it. */
  readonly env: Readonly<Record<string, string>>;
  /** The file that `args` name for messages. */
  readonly messagesFile: string;
  /** File that gets all that it says, added at its end. */
  readonly logPath: string;
  /** Ends the process group when aborted. */
  readonly signal: AbortSignal;
  /** Ends it after this many milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs virt-v2v to its end.
 *
 * @returns all that it said
 * @throws {MigrateError} `tool/missing`, `tool/failed` with what virt-v2v calls the error, or `run/cancelled`
 */
export async function runV2V(run: V2VRun): Promise<readonly V2VMessage[]> {
  const reader = new MessageReader(run);
  using log = new LogFile(run.logPath);
  const ended = Promise.withResolvers<void>();
  const command = runCommand("virt-v2v", run.args, {
    env: run.env,
    signal: run.signal,
    diesWithUs: true,
    endsWhole: true,
    ...(run.timeoutMs === undefined ? {} : { timeoutMs: run.timeoutMs }),
    onStdout: (text) => log.write(text),
    onStderr: (text) => {
      log.write(withoutBars(text));
      reader.bar(text);
    },
  });
  const [converted, followed] = await Promise.allSettled([
    command.finally(() => ended.resolve()),
    follow(run.messagesFile, reader, ended.promise),
  ]);
  if (converted.status === "rejected") throw v2vError(converted.reason, reader.messages, run.logPath);
  if (followed.status === "rejected") throw followed.reason;
  return reader.messages;
}

/** Exit statuses of a program that a signal ended, as a shell counts them. */
const BY_SIGNAL = 128;

/** The error of virt-v2v in its own words, with what is known to help. */
export function v2vError(error: unknown, messages: readonly V2VMessage[], logPath: string): unknown {
  if (!(error instanceof MigrateError)) return error;
  if (error.code === "tool/missing") return startError(error);
  if (error.code === "tool/timeout") {
    return new MigrateError(error.code, error.message, {
      cause: error,
      hint: `Give it more time with --v2v-timeout. Log: ${logPath}`,
    });
  }
  if (error.code !== "tool/failed" && error.code !== "space/full") return error;
  const status = (error.cause as { readonly code?: number } | undefined)?.code ?? 0;
  if (status > BY_SIGNAL) {
    const what = `something ended it (signal ${status - BY_SIGNAL})`;
    return new MigrateError("tool/failed", `Cannot convert with virt-v2v: ${what}.`, {
      cause: error,
      hint: `If memory ran out, lower --v2v-concurrency. Log: ${logPath}`,
    });
  }
  const said = messages.flatMap((message) => message.type === "error" ? [message.text] : []).join("; ");
  // What it calls its error is often general ("libguestfs error"); the reason stands in what it printed before.
  const { code, transient, hint } = classifyFailure(said, error.message);
  const message = said === "" ? error.message : `Cannot convert with virt-v2v: ${said}`;
  const options = { cause: error, hint: `${hint} Log: ${logPath}` };
  return transient ? new PassingFailure(code, message, options) : new MigrateError(code, message, options);
}

/** Hands on what is added to the messages file until `ended`, and what is there then. */
async function follow(path: string, reader: MessageReader, ended: Promise<void>): Promise<void> {
  using follower = new FileFollower(path);
  let running = true;
  const stop = ended.then(() => {
    running = false;
  });
  while (running) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([stop, new Promise<void>((resolve) => timer = setTimeout(resolve, POLL_MS))]);
    clearTimeout(timer);
    reader.add(await follower.read());
  }
}

/** A file that only grows. */
class LogFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  constructor(path: string) {
    this.#file = Deno.openSync(path, { create: true, append: true });
  }

  write(text: string): void {
    this.#file.writeSync(this.#encoder.encode(text));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
