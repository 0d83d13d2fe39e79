/**
 * Tasks: calls that the server answers at once and works on for a while.
 *
 * @module
 */
import type { XmlElement } from "../../libvirt/xml_builder.ts";
import { MigrateError } from "../../model/error.ts";
import { collect } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { asReference, faultIn, type Reference } from "./soap.ts";
import { pause } from "./http/transport.ts";
import type { XmlNode } from "./xml.ts";

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 2_000;
/** A task that takes longer has hung, in milliseconds: consolidating a large disk takes hours. */
const TIMEOUT_MS = 6 * 60 * 60_000;

/**
 * Starts a task, waits for its end and returns its result.
 *
 * @throws {SoapFault} what the server refused, at once or in the end
 * @throws {MigrateError} `network/failed` or `run/cancelled`
 */
export async function runTask(
  session: VsphereSession,
  method: string,
  target: Reference,
  args: readonly XmlElement[] = [],
): Promise<XmlNode | undefined> {
  const [node] = await session.call(method, target, args);
  const task = asReference(node!);
  const deadline = Date.now() + TIMEOUT_MS;
  for (let pauseMs = FIRST_POLL_MS; Date.now() < deadline; pauseMs = Math.min(pauseMs * 2, MAX_POLL_MS)) {
    if (session.signal.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
    const [found] = await collect(session, [task], ["info.state", "info.result", "info.error"]);
    const state = found?.values["info.state"]?.text;
    if (state === "success") return found!.values["info.result"];
    if (state === "error") throw faultIn(method, found!.values["info.error"]);
    await pause(pauseMs, session.signal);
  }
  throw new MigrateError("network/failed", `Cannot finish ${method}: the server works on it without end.`);
}
