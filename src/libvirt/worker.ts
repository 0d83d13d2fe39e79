/**
 * The thread that talks to libvirt: one question, one answer.
 *
 * @module
 */
import { Connection } from "../../ffi/libvirt/mod.ts";
import { abilitiesOf } from "./abilities.ts";
import { defineNow, undefineNow } from "./define_now.ts";
import { callError } from "./errors.ts";
import type { FromLibvirt, LibvirtCalls, ToLibvirt } from "./requests.ts";
import { discardVolumes, uploadNow } from "./upload_now.ts";

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToLibvirt>) => void) | null;
  postMessage(message: FromLibvirt): void;
}

const scope = self as unknown as WorkerScope;
let isCancelled = false;

scope.onmessage = ({ data }): void => {
  if (data.call === "cancel") isCancelled = true;
  else void handle(data);
};

type Question = Exclude<ToLibvirt, { call: "cancel" }>;

async function handle(question: Question): Promise<void> {
  try {
    using connection = Connection.open(question.request.uri);
    scope.postMessage({ type: "answer", answer: await answer(connection, question) });
  } catch (error) {
    const { code, message, hint } = callError(error, question);
    scope.postMessage({ type: "failure", error: { code, message, hint } });
  }
}

async function answer(
  connection: Connection,
  { call, request }: Question,
): Promise<LibvirtCalls[Question["call"]]["answer"]> {
  switch (call) {
    case "define":
      return defineNow(connection, request);
    case "undefine":
      return undefineNow(connection, request);
    case "isDefined": {
      using domain = connection.findDomain(request.name);
      return domain !== null;
    }
    case "abilities":
      return abilitiesOf(connection, request.virtType);
    case "discard":
      return discardVolumes(connection, request.pool, request.names);
    case "upload":
      return await uploadNow(connection, request, {
        isCancelled: () => isCancelled,
        progress: (disk, doneBytes, totalBytes) =>
          scope.postMessage({ type: "progress", disk, doneBytes, totalBytes }),
      });
  }
}
