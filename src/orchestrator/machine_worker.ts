/**
 * The Worker in which one machine of several is migrated.
 *
 * @module
 */
import type { HostFacts } from "../plan/host.ts";
import type { Budget } from "../run/budget.ts";
import { keepSecrets } from "../run/secret_variable.ts";
import { serveTasks, type TaskHost } from "../run/worker_task.ts";
import type { MachineQuestion, MachineTask, MachineTold, ToldLease } from "./crew.ts";
import { Journal } from "./journal.ts";
import { type MachineFolder, migrateMachine } from "./machine.ts";

/** The output folder, whose lock the main thread has; the journal is opened here a second time. */
class SharedFolder implements MachineFolder, Disposable {
  readonly #path: string;
  readonly #host: TaskHost;
  #journal: Journal | undefined;

  constructor({ path, hasJournal }: NonNullable<MachineTask["folder"]>, host: TaskHost) {
    this.#path = path;
    this.#host = host;
    if (hasJournal) this.#journal = Journal.open(path);
  }

  get journal(): Journal | undefined {
    return this.#journal;
  }

  async hold(): Promise<void> {
    await ask(this.#host, { ask: "hold" });
  }

  async make(): Promise<Journal> {
    await ask(this.#host, { ask: "make" });
    return this.#journal ??= Journal.open(this.#path);
  }

  [Symbol.dispose](): void {
    this.#journal?.[Symbol.dispose]();
  }
}

const ask = (host: TaskHost, question: MachineQuestion): Promise<unknown> => host.ask(question);
const tell = (host: TaskHost, told: MachineTold): void => host.tell(told);

function budgetOf(host: TaskHost): Budget {
  return {
    take: async (cost) => {
      const { id, ...granted } = await ask(host, { ask: "lease", cost }) as ToldLease;
      return { ...granted, [Symbol.dispose]: () => tell(host, { tell: "release", lease: id }) };
    },
  };
}

serveTasks(async ({ job, mode, folder: place, secrets }: MachineTask, host) => {
  keepSecrets(secrets);
  using folder = place === undefined ? undefined : new SharedFolder(place, host);
  return await migrateMachine({
    job,
    mode,
    ...(folder === undefined ? {} : { folder }),
    signal: host.signal,
    emit: (event) => tell(host, { tell: "event", event }),
    budget: budgetOf(host),
    readHost: async () => await ask(host, { ask: "host" }) as HostFacts,
  });
});
