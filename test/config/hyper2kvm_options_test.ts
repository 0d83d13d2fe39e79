import { assertEquals } from "@std/assert";
import {
  CONVERTING_COMMANDS,
  FOREIGN_COMMANDS,
  HYPER2KVM_OPTIONS,
  OTHER_COMMANDS,
} from "../../src/config/hyper2kvm_options.ts";
import { OPTIONS } from "../../src/config/options.ts";

/** Keys of the Python tool's argument parser at commit c55576d, `cmd` values beside them. */
interface ForeignOptions {
  readonly cmd: readonly string[];
  readonly keys: readonly string[];
}

async function foreignOptions(): Promise<ForeignOptions> {
  const file = new URL("../testdata/hyper2kvm/options.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(file)) as ForeignOptions;
}

Deno.test("HYPER2KVM_OPTIONS has a verdict for each of the 225 options, and no other", async () => {
  const { keys } = await foreignOptions();
  assertEquals(keys.length, 225);
  assertEquals(Object.keys(HYPER2KVM_OPTIONS).toSorted(), keys.toSorted());
});

Deno.test("HYPER2KVM_OPTIONS takes options over into ones that exist", () => {
  const known = new Set<string>([...OPTIONS.map((option) => option.key), "cmd"]);
  for (const [key, verdict] of Object.entries(HYPER2KVM_OPTIONS)) {
    if (verdict.kind === "taken") assertEquals([key, known.has(verdict.as)], [key, true]);
  }
});

Deno.test("HYPER2KVM_OPTIONS names a replacement for each refusal", () => {
  for (const [key, verdict] of Object.entries(HYPER2KVM_OPTIONS)) {
    if (verdict.kind !== "refused" && verdict.kind !== "only") continue;
    assertEquals([key, verdict.reason === "", verdict.use === ""], [key, false, false]);
  }
});

Deno.test("CONVERTING_COMMANDS, OTHER_COMMANDS and FOREIGN_COMMANDS are the values of cmd", async () => {
  const { cmd } = await foreignOptions();
  const ours = [...CONVERTING_COMMANDS, ...Object.keys(OTHER_COMMANDS), ...Object.keys(FOREIGN_COMMANDS)];
  assertEquals(ours.toSorted(), cmd.toSorted());
});
