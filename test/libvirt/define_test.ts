import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Connection, LibvirtMissingError, VirtError } from "../../ffi/libvirt/mod.ts";
import { defineDomain, type DefineOptions, writeDefinition } from "../../src/libvirt/define.ts";
import { callError } from "../../src/libvirt/errors.ts";
import { domainXml } from "../../src/libvirt/domain_xml.ts";
import { MigrateError } from "../../src/model/error.ts";
import { TempFolder } from "../support/temp.ts";
import { TEST_URI, testLibvirt } from "../support/virt.ts";
import { forTestDriver, sampleMachine } from "../support/virt_machine.ts";

/** A definition without UUID: libvirt makes a new one each time. */
function xml(changes: Parameters<typeof sampleMachine>[0] = {}): string {
  const { uuid: _, ...machine } = sampleMachine(changes);
  return forTestDriver(domainXml(machine));
}

function options(changes: Partial<DefineOptions> = {}): DefineOptions {
  return { xml: xml(), name: "shop", uri: TEST_URI, replace: false, ...changes };
}

/** An open connection: the test driver forgets everything when the last one is closed. */
function host(): Connection {
  return Connection.open(TEST_URI);
}

Deno.test("writeDefinition() replaces a definition and leaves nothing else", async () => {
  await using folder = await TempFolder.create();
  await writeDefinition("<domain/>\n", folder.file("shop.xml"));
  await writeDefinition("<domain>2</domain>\n", folder.file("shop.xml"));
  assertEquals(await Deno.readTextFile(folder.file("shop.xml")), "<domain>2</domain>\n");
  assertEquals((await Array.fromAsync(Deno.readDir(folder.path))).map((entry) => entry.name), ["shop.xml"]);
});

testLibvirt("defineDomain() defines what domainXml() writes", async () => {
  using connection = host();
  const defined = await defineDomain(options());
  using domain = connection.findDomain("shop");
  assertEquals([defined.name, defined.uuid, defined.replaced], ["shop", domain?.uuid() ?? "", false]);
  assertEquals(defined.uri, TEST_URI);
  domain?.undefine();
});

testLibvirt("defineDomain() refuses the name of another machine", async () => {
  using connection = host();
  const { uuid } = await defineDomain(options());
  const error = await assertRejects(() => defineDomain(options()), MigrateError) as MigrateError;
  assertEquals([error.code, error.exitStatus, error.stage], ["usage/output-exists", 2, "define"]);
  assertStringIncludes(error.hint ?? "", "--replace");
  using domain = connection.findDomain("shop");
  assertEquals(domain?.uuid(), uuid);
  domain?.undefine();
});

testLibvirt("defineDomain() replaces a machine when told to", async () => {
  using connection = host();
  await defineDomain(options());
  const defined = await defineDomain(options({ xml: xml({ cpus: 7 }), replace: true }));
  assert(defined.replaced);
  using domain = connection.findDomain("shop");
  assertStringIncludes(domain?.xml() ?? "", ">7</vcpu>");
  domain?.undefine();
});

testLibvirt("defineDomain() keeps the old machine when libvirt refuses the new one", async () => {
  using connection = host();
  const { uuid } = await defineDomain(options());
  {
    using old = connection.findDomain("shop");
    old?.setAutostart(true);
  }
  const broken = xml().replace('type="vga"', 'type="nonsense"');
  const error = await assertRejects(
    () => defineDomain(options({ xml: broken, replace: true })),
    MigrateError,
  );
  assertEquals((error as MigrateError).code, "libvirt/failed");
  using domain = connection.findDomain("shop");
  // Undefining it and defining it again would lose the mark.
  assertEquals([domain?.uuid(), domain?.autostart()], [uuid, true]);
  domain?.undefine();
});

testLibvirt("defineDomain() does not replace a machine that runs", async () => {
  using connection = host();
  await defineDomain(options());
  using domain = connection.findDomain("shop");
  domain?.create();
  const error = await assertRejects(
    () => defineDomain(options({ replace: true })),
    MigrateError,
    "is running",
  );
  assertStringIncludes((error as MigrateError).hint ?? "", "shutdown");
  domain?.destroy();
  domain?.undefine();
});

testLibvirt("defineDomain() warns of a network that is not there", async () => {
  using connection = host();
  const defined = await defineDomain(options({ networks: ["default", "nowhere"] }));
  assertEquals(defined.concerns.map((concern) => [concern.id, concern.severity]), [[
    "define/network",
    "warning",
  ]]);
  assertStringIncludes(defined.concerns[0]?.message ?? "", '"nowhere" does not exist');
  using domain = connection.findDomain("shop");
  domain?.undefine();
});

testLibvirt("defineDomain() says how to reach a libvirt that does not answer", async () => {
  const uri = "qemu+unix:///system?socket=/no/such/socket";
  const error = await assertRejects(() => defineDomain(options({ uri })), MigrateError) as MigrateError;
  assertEquals([error.code, error.exitStatus], ["libvirt/failed", 7]);
  assertStringIncludes(error.message, "/no/such/socket");
  assertStringIncludes(error.hint ?? "", "systemctl start libvirtd");
});

testLibvirt("defineDomain() defines nothing when it is cancelled before", async () => {
  using connection = host();
  const signal = AbortSignal.abort();
  const error = await assertRejects(() => defineDomain(options({ signal })), MigrateError) as MigrateError;
  assertEquals(error.code, "run/cancelled");
  assertEquals(connection.findDomain("shop"), null);
});

Deno.test("callError() names the package of a missing library", () => {
  const error = callError(new LibvirtMissingError("libvirt.so.0", new Error("no such file")), {
    call: "define",
    request: options(),
  });
  assertEquals([error.code, error.exitStatus], ["library/missing", 5]);
  assertStringIncludes(error.hint ?? "", "libvirt0");
});

Deno.test("callError() tells who may define when libvirt denies it", () => {
  const denied = new VirtError("virConnectOpen", 45, 60, "error", "authentication unavailable");
  assertStringIncludes(
    callError(denied, { call: "define", request: options({ uri: "qemu:///system" }) }).hint ?? "",
    "group libvirt",
  );
});
