/**
 * Calls to libvirt from the main thread: each in a Worker of its own, because a call to a daemon, above all a remote
 * one, blocks its thread.
 *
 * @module
 */
import { cancelled, MigrateError } from "../model/error.ts";
import type { FromLibvirt, LibvirtCall, LibvirtCalls, ToLibvirt } from "./requests.ts";

/** How a call goes on. */
export interface CallOptions {
  /** Gives up when aborted: an upload ends at once, another call that libvirt has begun ends by itself. */
  readonly signal?: AbortSignal;
  /** Receives how far an upload is. */
  readonly onProgress?: (disk: number, doneBytes: number, totalBytes: number) => void;
}

/** How long an upload may take to clean up when it is cancelled, in milliseconds. */
const CLEANUP_MS = 10_000;

/**
 * Asks libvirt.
 *
 * @throws {MigrateError} `usage/output-exists`, `library/missing`, `libvirt/failed`, `run/cancelled`
 */
export async function callLibvirt<Call extends LibvirtCall>(
  call: Call,
  request: LibvirtCalls[Call]["request"],
  { signal, onProgress }: CallOptions = {},
): Promise<LibvirtCalls[Call]["answer"]> {
  if (signal?.aborted) throw cancelled("define");
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "libvirt" });
  const { promise, resolve, reject } = Promise.withResolvers<LibvirtCalls[Call]["answer"]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    const isUpload = call === "upload";
    if (isUpload) worker.postMessage({ call: "cancel" } satisfies ToLibvirt);
    timer = setTimeout(() => reject(cancelled("define")), isUpload ? CLEANUP_MS : 0);
  };
  signal?.addEventListener("abort", stop, { once: true });
  worker.onmessage = ({ data }: MessageEvent<FromLibvirt>): void => {
    if (data.type === "progress") onProgress?.(data.disk, data.doneBytes, data.totalBytes);
    else if (data.type === "answer") resolve(data.answer as LibvirtCalls[Call]["answer"]);
    else reject(failure(data.error));
  };
  worker.onerror = (event): void => {
    event.preventDefault();
    reject(
      new MigrateError("run/internal", `Cannot run the libvirt worker: ${event.message}`, {
        stage: "define",
      }),
    );
  };
  try {
    worker.postMessage({ call, request });
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}

function failure({ code, message, hint }: Extract<FromLibvirt, { type: "failure" }>["error"]): MigrateError {
  return new MigrateError(code, message, { stage: "define", ...(hint === undefined ? {} : { hint }) });
}
