import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { type Cost, HostBudget, type Lease } from "../../src/run/budget.ts";
import { limitsOf } from "../../src/run/costs.ts";

const never = new AbortController().signal;
const LIMITS = { cpus: 2, memoryBytes: 100, guests: 1 };

/** Asks for everything, and says in what order it is granted. */
function asked(
  budget: HostBudget,
  costs: Readonly<Record<string, Cost>>,
): { granted: string[]; leases: Map<string, Lease> } {
  const granted: string[] = [];
  const leases = new Map<string, Lease>();
  for (const [name, cost] of Object.entries(costs)) {
    budget.take(cost, never).then((lease) => {
      granted.push(name);
      leases.set(name, lease);
    });
  }
  return { granted, leases };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("HostBudget.take() grants what fits and lets the rest wait", async () => {
  const budget = new HostBudget(LIMITS);
  const { granted, leases } = asked(budget, { a: { cpus: 1 }, b: { cpus: 1 }, c: { cpus: 1 } });
  await settled();
  assertEquals(granted, ["a", "b"]);
  leases.get("b")![Symbol.dispose]();
  await settled();
  assertEquals(granted, ["a", "b", "c"]);
});

Deno.test("HostBudget.take() counts guests and memory apart from processors", async () => {
  const budget = new HostBudget(LIMITS);
  const { granted } = asked(budget, {
    appliance: { guests: 1 },
    second: { guests: 1 },
    hash: { cpus: 1 },
    big: { memoryBytes: 101 },
    small: { memoryBytes: 1 },
  });
  await settled();
  assertEquals(granted, ["appliance", "hash", "big"]);
});

Deno.test("HostBudget.take() counts runs of virt-v2v where they are limited", async () => {
  const runs = { a: { conversions: 1 }, b: { conversions: 1 } };
  const limited = asked(new HostBudget({ ...LIMITS, conversions: 1 }), runs);
  const free = asked(new HostBudget(LIMITS), runs);
  await settled();
  assertEquals([limited.granted, free.granted], [["a"], ["a", "b"]]);
  limited.leases.get("a")![Symbol.dispose]();
  await settled();
  assertEquals(limited.granted, ["a", "b"]);
});

Deno.test("HostBudget.take() lets as many virt-v2v run as are asked for, and other work wait for them", async () => {
  const run = { conversions: 1, cpus: 1, guests: 1, memoryBytes: 60 };
  const budget = new HostBudget({ ...LIMITS, conversions: 3 });
  const { granted, leases } = asked(budget, { a: run, b: run, c: run, d: run, appliance: { guests: 1 } });
  await settled();
  assertEquals(granted, ["a", "b", "c"]);
  for (const name of ["a", "b", "c"]) leases.get(name)![Symbol.dispose]();
  await settled();
  assertEquals(granted, ["a", "b", "c", "d"]);
});

Deno.test("HostBudget.take() lets small work pass big work, but not for ever", async () => {
  const budget = new HostBudget(LIMITS);
  const first = await budget.take({ cpus: 1 }, never);
  const big = asked(budget, { big: { cpus: 2 } });
  let passed = 0;
  for (let index = 0; index < 30; index++) {
    const small = asked(budget, { small: { cpus: 1 } });
    await settled();
    if (small.granted.length === 0) break;
    passed++;
    small.leases.get("small")![Symbol.dispose]();
  }
  assertEquals([passed, big.granted], [16, []]);
  first[Symbol.dispose]();
  await settled();
  assertEquals(big.granted, ["big"]);
});

Deno.test("HostBudget.take() grants work that is greater than the host when it is alone", async () => {
  const lease = await new HostBudget(LIMITS).take({ cpus: 64, memoryBytes: 1e12, guests: 9 }, never);
  lease[Symbol.dispose]();
});

Deno.test("HostBudget.take() shares the bandwidth among copies, and never gives more than there is", async () => {
  const budget = new HostBudget({ ...LIMITS, cpus: 8, bytesPerSecond: 90 });
  const first = await budget.take({ copies: true }, never);
  assertEquals(first.bytesPerSecond, 90);
  const { granted, leases } = asked(budget, { a: { copies: true }, b: { copies: true }, hash: { cpus: 1 } });
  await settled();
  assertEquals(granted, ["hash"]);
  first[Symbol.dispose]();
  await settled();
  assertEquals(granted, ["hash", "a", "b"]);
  assertEquals([leases.get("a")?.bytesPerSecond, leases.get("b")?.bytesPerSecond], [45, 45]);
});

Deno.test("HostBudget.take() gives a lease back once, however often it is disposed of", async () => {
  const budget = new HostBudget(LIMITS);
  const lease = await budget.take({ cpus: 2 }, never);
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  const { granted } = asked(budget, { a: { cpus: 2 }, b: { cpus: 2 } });
  await settled();
  assertEquals(granted, ["a"]);
});

Deno.test("HostBudget.take() stops waiting when it is cancelled, and does not keep others waiting", async () => {
  const budget = new HostBudget(LIMITS);
  const held = await budget.take({ cpus: 1 }, never);
  const abort = new AbortController();
  const waiting = budget.take({ cpus: 2 }, abort.signal);
  abort.abort();
  const error = await assertRejects(() => waiting, MigrateError);
  assertEquals(error.code, "run/cancelled");
  (await budget.take({ cpus: 1 }, never))[Symbol.dispose]();
  held[Symbol.dispose]();
});

Deno.test("limitsOf() allows as many guests as memory and processors do", () => {
  assertEquals(limitsOf({ workers: 8 }, 8 * 1024 ** 3).guests, 4);
  assertEquals(limitsOf({ workers: 2 }, 64 * 1024 ** 3).guests, 2);
  assertEquals(limitsOf({ workers: 8 }, 1024 ** 3).guests, 1);
  assertEquals(limitsOf({ workers: 1, maxAppliances: 3 }, 1024 ** 3).guests, 3);
});
