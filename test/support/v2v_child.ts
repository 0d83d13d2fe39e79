/**
 * A program of its own that has virt-v2v read an input, for tests that give it another home folder.
 *
 * Usage: v2v_child.ts INPUT OPTIONS (JSON); prints the code and the message of the error, or the outputs
 *
 * @module
 */
import { VirtV2VConverter } from "../../src/orchestrator/virt_v2v_converter.ts";
import { MigrateError } from "../../src/model/error.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";

const [input, options] = Deno.args.map((text) => JSON.parse(text));
const { signal } = new AbortController();
const { accelerator } = await probeAccelerator(signal);
const converter = new VirtV2VConverter({ accelerator, emit: () => {}, signal });
async function say(value: unknown): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

try {
  const { outputs, machine } = await converter.convert(input, options);
  await say({ outputs, machine });
} catch (error) {
  if (!(error instanceof MigrateError)) throw error;
  await say({ code: error.code, message: error.message, hint: error.hint });
}
