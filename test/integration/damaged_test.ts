/** Damaged inputs of every kind: an error with a code, or a result; nothing else. */
import { assert, assertEquals } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { makeSample, type SampleMaker, SAMPLES, VARIANTS } from "../support/source_samples.ts";
import { testNeeding } from "../support/needs.ts";
import { discoverIn } from "../support/sources.ts";
import { TempFolder } from "../support/temp.ts";

/** Places in each sample. */
const PLACES = Number(Deno.env.get("HYPER2KVM_FUZZ_PLACES") ?? 200);
const MIB = 1024 * 1024;
const MAX_MS = 5_000;
const CODES = ["source/damaged", "source/unsupported", "source/missing", "usage/bad-value"];

const SUBJECTS: Readonly<Record<string, SampleMaker>> = { ...SAMPLES, ...VARIANTS };

/** Numbers between 0 and 1, the same every time. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    yield state / 0x7fffffff;
  }
}

/** Truncates, flips a byte or stretches, in turn; most of it in the first KiB, where the headers are. */
function damage(bytes: Uint8Array, round: number, random: Generator<number, never>): Uint8Array {
  const near = random.next().value < 0.7 ? Math.min(bytes.length, 2048) : bytes.length;
  const at = Math.floor(random.next().value * near);
  if (round % 3 === 0) return bytes.slice(0, at);
  const changed = bytes.slice();
  if (round % 3 === 1) {
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random.next().value * 8));
    return changed;
  }
  const more = new Uint8Array(1 + Math.floor(random.next().value * 1024)).fill(
    Math.floor(random.next().value * 256),
  );
  const stretched = new Uint8Array(bytes.length + more.length);
  stretched.set(changed.subarray(0, at));
  stretched.set(more, at);
  stretched.set(changed.subarray(at), at + more.length);
  return stretched;
}

for (const [what, make] of Object.entries(SUBJECTS)) {
  testNeeding(
    { programs: ["qemu-img", "tar"] },
    `DiskDiscovery.discover() survives a damaged ${what}`,
    async () => {
      await using folder = await TempFolder.create();
      const path = await makeSample(folder, make, MIB);
      const good = await Deno.readFile(path);
      const before = await folder.names();
      const random = seeded(4711);
      let failures = 0;
      for (let round = 0; round < PLACES; round++) {
        await Deno.writeFile(path, damage(good, round, random));
        const started = performance.now();
        try {
          await discoverIn(folder, [path]);
        } catch (error) {
          assert(
            error instanceof MigrateError,
            `round ${round}: ${error instanceof Error ? error.stack : error}`,
          );
          assert(CODES.includes(error.code), `round ${round}: ${error.code} ${error.message}`);
          failures++;
        }
        const took = performance.now() - started;
        assert(took < MAX_MS, `round ${round}: ${took} ms`);
        assertEquals((await folder.names()).filter((name) => name !== "work"), before, `round ${round}`);
      }
      assert(failures > 0, "nothing was noticed");
    },
  );
}
