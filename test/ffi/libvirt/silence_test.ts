import { assertEquals, assertStringIncludes } from "@std/assert";
import { testLibvirt } from "../../support/virt.ts";

const MODULE = import.meta.resolve("../../../ffi/libvirt/mod.ts");
const CONFIG = new URL(import.meta.resolve("../../../deno.json")).pathname;

/** Runs a script in a Deno of its own, with `using` and Workers as in this one. */
async function run(
  script: string,
  ...flags: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  const url = `data:application/typescript,${encodeURIComponent(script)}`;
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--config", CONFIG, ...flags, url],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { stdout: text.decode(stdout), stderr: text.decode(stderr), code };
}

const FAIL = `
  import { Connection } from "${MODULE}";
  try { Connection.open("qemu+unix:///system?socket=/no/such/socket"); } catch (error) { console.log(error.name); }
`;

testLibvirt("libvirt() lets the library print nothing", async () => {
  assertEquals(await run(FAIL, "-A"), { stdout: "VirtError\n", stderr: "", code: 0 });
});

testLibvirt(
  "libvirt() lets the library print nothing after the Worker that opened it has ended",
  async () => {
    const script = `
    const code = ${JSON.stringify(FAIL)} + "self.postMessage(0);";
    const url = "data:application/typescript," + encodeURIComponent(code);
    for (let round = 0; round < 2; round++) {
      const worker = new Worker(url, { type: "module" });
      await new Promise((resolve) => worker.onmessage = resolve);
      worker.terminate();
    }
    const { Connection } = await import("${MODULE}");
    try { Connection.open("qemu+unix:///system?socket=/no/such/socket"); } catch (error) { console.log(error.name); }
  `;
    assertEquals(await run(script, "-A"), {
      stdout: "VirtError\nVirtError\nVirtError\n",
      stderr: "",
      code: 0,
    });
  },
);

testLibvirt("the bindings open nothing when they are imported", async () => {
  const { stderr, code } = await run(`import "${MODULE}";`, "--allow-import", "--allow-read");
  assertEquals([stderr, code], ["", 0]);
});

Deno.test("libvirt() throws LibvirtMissingError for a library that is not there", async () => {
  const symbols = import.meta.resolve("../../../ffi/libvirt/symbols.ts");
  const { stdout } = await run(
    `import { libvirt } from "${symbols}";
     try { libvirt("libnosuch.so.0"); } catch (error) { console.log(error.name, error.message); }`,
    "-A",
  );
  assertStringIncludes(stdout, "LibvirtMissingError Cannot open libnosuch.so.0");
});
