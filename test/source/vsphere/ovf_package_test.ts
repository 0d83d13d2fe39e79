import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Concern } from "../../../src/model/concern.ts";
import { MigrateError } from "../../../src/model/error.ts";
import { packageFiles, writePackage } from "../../../src/source/vsphere/ovf_package.ts";
import { AnswerReader, envelope, type Reference, SoapFault } from "../../../src/source/vsphere/soap.ts";
import type { XmlElement } from "../../../src/libvirt/xml_builder.ts";
import { ovfText } from "../../support/ovf.ts";
import { TempFolder } from "../../support/temp.ts";

const DISK = {
  ...{ deviceId: "/vm-1/ParaVirtualSCSIController0:0", file: "web.vmdk", sizeBytes: 700 },
  ...{ sha256: "ab".repeat(32), capacityBytes: 8 * 1024 ** 2 },
};
const DESCRIPTOR = ovfText({ disks: [{ file: DISK.file, attributes: 'ovf:size="700"', capacityMiB: 8 }] });

/** What a server answers: a descriptor, and its warnings or errors. */
interface Answer {
  readonly descriptor?: string;
  readonly warning?: string;
  readonly error?: string;
}

/** What came of it. */
interface Packed {
  readonly concerns: readonly Concern[];
  readonly calls: readonly string[];
  readonly names: readonly string[];
  readonly descriptor: string | undefined;
  readonly manifest: string | undefined;
}

/** Packs one disk with the descriptor of a server; returns what was asked for, written and told. */
async function packed(
  answer: Answer | Error,
  objects: Record<string, Reference> = { ovfManager: MANAGER },
): Promise<Packed> {
  await using folder = await TempFolder.create();
  const home = folder.file("web");
  await Deno.mkdir(home);
  const concerns: Concern[] = [];
  const calls: string[] = [];
  const call = (method: string, target: Reference, args: readonly XmlElement[] = []) => {
    calls.push(envelope(method, target, args));
    if (answer instanceof Error) throw answer;
    const reader = new AnswerReader(method);
    reader.write(answerText(answer));
    return Promise.resolve(reader.end().values);
  };
  const session = { content: { apiType: "VirtualCenter", objects } as never, call };
  const onConcern = (concern: Concern): void => void concerns.push(concern);
  await writePackage(session, { id: "vm-1", name: "web & co" }, home, [DISK], { onConcern });
  const names = await folder.names("web");
  const [descriptor, manifest] = names.length === 0
    ? []
    : await Promise.all(packageFiles(home).map((path) => Deno.readTextFile(path)));
  return { concerns, calls, names, descriptor, manifest };
}

const MANAGER = { type: "OvfManager", id: "ovf" };

function answerText({ descriptor = "", warning, error }: Answer): string {
  const fault = (name: string, text?: string): string =>
    text === undefined ? "" : `<${name}><localizedMessage>${text}</localizedMessage></${name}>`;
  const escaped = descriptor.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<Envelope><Body><CreateDescriptorResponse><returnval><ovfDescriptor>${escaped}</ovfDescriptor>` +
    `${fault("error", error)}${
      fault("warning", warning)
    }</returnval></CreateDescriptorResponse></Body></Envelope>`;
}

Deno.test("writePackage() writes the server's descriptor and a manifest of all files", async () => {
  const { concerns, names, descriptor, manifest } = await packed({ descriptor: `\n${DESCRIPTOR}` });
  assertEquals([names, concerns], [["web.mf", "web.ovf"], []]);
  assertEquals(descriptor, DESCRIPTOR);
  const bytes = new TextEncoder().encode(DESCRIPTOR);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(manifest, `SHA256(web.ovf)= ${digest}\nSHA256(web.vmdk)= ${DISK.sha256}\n`);
});

Deno.test("writePackage() asks for the machine with its files and MAC addresses", async () => {
  const { calls } = await packed({ descriptor: DESCRIPTOR });
  const text = calls.join().replaceAll(/>\s+</g, "><");
  assertStringIncludes(text, '<_this type="OvfManager">ovf</_this><obj type="VirtualMachine">vm-1</obj>');
  assertStringIncludes(
    text,
    `<cdp><ovfFiles><deviceId>${DISK.deviceId}</deviceId><path>web.vmdk</path><size>700</size>` +
      "<capacity>8388608</capacity></ovfFiles><name>web &amp; co</name><exportOption>mac</exportOption>",
  );
});

Deno.test("writePackage() passes the server's warnings on", async () => {
  const { concerns, names } = await packed({ descriptor: DESCRIPTOR, warning: "No floppy." });
  assertEquals(concerns.map(({ severity, message }) => [severity, message]), [
    ["information", "The server's OVF: No floppy."],
  ]);
  assertEquals(names.length, 2);
});

const REFUSALS: readonly (readonly [what: string, answer: Answer | Error, says: string])[] = [
  ["a fault", new SoapFault("CreateDescriptor", "NotSupported", "not here"), "not here (NotSupported)"],
  ["a lost connection", new MigrateError("network/failed", "Cannot connect."), "the server: Cannot connect."],
  ["an error in the answer", { error: "It is a template." }, "It is a template"],
  ["an empty answer", {}, "it is empty"],
  ["a text that is no XML", { descriptor: "<Envelope>" }, "line "],
  ["another root", { descriptor: "<Envelope/>" }, "not an OVF 1 or 2 envelope"],
  [
    "another file",
    { descriptor: DESCRIPTOR.replace("web.vmdk", "disk-0.vmdk") },
    "web.vmdk is not in it as it is",
  ],
  ["another length", { descriptor: DESCRIPTOR.replace('"700"', '"701"') }, "web.vmdk is not in it as it is"],
  ["no machine", {
    descriptor: DESCRIPTOR.replaceAll("VirtualSystem ", "Other ").replace("</VirtualSystem>", "</Other>"),
  }, "it describes 0 machines"],
];
for (const [what, answer, says] of REFUSALS) {
  Deno.test(`writePackage() goes without a package after ${what}`, async () => {
    const { concerns, names } = await packed(answer);
    assertEquals([names, concerns.map(({ severity }) => severity)], [[], ["warning"]]);
    assertStringIncludes(concerns[0]!.message, says);
  });
}

Deno.test("writePackage() goes without a package where the server has no OvfManager", async () => {
  const { concerns, calls } = await packed({ descriptor: DESCRIPTOR }, {});
  assertEquals([concerns.length, calls], [1, []]);
});

Deno.test("writePackage() ends with a run that is cancelled", async () => {
  const stopped = new MigrateError("run/cancelled", "Cancelled.");
  assertEquals((await assertRejects(() => packed(stopped), MigrateError)).code, "run/cancelled");
});
