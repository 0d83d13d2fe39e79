import { assertEquals } from "@std/assert";
import type { InsideView } from "../../src/model/proof.ts";
import { compareInsideView, parseInsideView } from "../../src/verify/inside_report.ts";

/** The port of a real Debian 12 guest. */
async function captured(): Promise<string> {
  return await Deno.readTextFile(new URL("../testdata/inside_view.json", import.meta.url));
}

async function view(change: Partial<InsideView> = {}): Promise<InsideView> {
  const parsed = parseInsideView(await captured());
  if (parsed === undefined) throw new Error("The captured view does not parse.");
  return { ...parsed, ...change };
}

/** `name severity` of each difference. */
async function namesOf(
  change: Partial<InsideView>,
  expected: Parameters<typeof compareInsideView>[1] = {},
): Promise<string[]> {
  return compareInsideView(await view(change), expected).map(({ name, severity }) => `${name} ${severity}`);
}

const MAC = "00:50:56:8a:12:34";

Deno.test("parseInsideView() reads the report of a guest", async () => {
  const { rootDriver, interfaces, mounts, systemState } = await view();
  assertEquals([rootDriver, systemState], ["ata_piix", "running"]);
  assertEquals(interfaces.map(({ name, mac, driver }) => [name, mac, driver]), [[
    "ens192",
    MAC,
    "virtio_net",
  ]]);
  assertEquals(mounts[1]?.options, ["user", "noauto"]);
});

Deno.test("parseInsideView() reads a report behind what the firmware left on the line", async () => {
  assertEquals(
    parseInsideView(`\x1b[2J\x1b[01;01HBdsDxe: starting Boot0001 ${await captured()}`),
    await view(),
  );
});

Deno.test("parseInsideView() waits for the end of the line", async () => {
  assertEquals(parseInsideView((await captured()).trimEnd()), undefined);
});

Deno.test("parseInsideView() skips other text on the port", async () => {
  const text = `getty\r\n{ not json\r\n{"kernel":1}\r\n${(await captured()).trimEnd()}\r\n`;
  assertEquals(parseInsideView(text)?.rootSource, "/dev/sda1");
});

Deno.test("compareInsideView() is content with what was promised", async () => {
  const { kernel, rootUuid } = await view();
  const interfaces = [{ mac: MAC, name: "ens192", addresses: ["10.0.2.15/24"], dhcp: true }];
  assertEquals(await namesOf({}, { kernel, rootUuid, rootDriver: "ata_piix", interfaces }), []);
});

Deno.test("compareInsideView() names another kernel, driver or root", async () => {
  const expected = { kernel: "5.10.0", rootDriver: "virtio_blk", rootUuid: "0f0f" };
  assertEquals(await namesOf({}, expected), [
    "kernel critical",
    "root-driver critical",
    "root-uuid critical",
  ]);
});

Deno.test("compareInsideView() finds a filesystem that is not mounted", async () => {
  const lost = { spec: "UUID=0f0f", target: "/data", fsType: "ext4", options: ["defaults"], source: "" };
  assertEquals(await namesOf({ mounts: [lost] }), ["mount critical"]);
  assertEquals(await namesOf({ mounts: [{ ...lost, options: ["nofail"] }] }), ["mount warning"]);
  assertEquals(await namesOf({ mounts: [{ ...lost, options: ["user", "noauto"] }] }), []);
});

Deno.test("compareInsideView() finds an interface that is gone, or has another name", async () => {
  assertEquals(await namesOf({ interfaces: [] }, { interfaces: [{ mac: MAC }] }), ["interface critical"]);
  assertEquals(await namesOf({}, { interfaces: [{ mac: MAC.toUpperCase(), name: "eth0" }] }), [
    "interface critical",
  ]);
});

Deno.test("compareInsideView() finds an address that is missing", async () => {
  const wrong = [{ mac: MAC, addresses: ["192.0.2.7/24"] }];
  assertEquals(await namesOf({}, { interfaces: wrong }), ["address critical"]);
  const { interfaces } = await view();
  const silent = interfaces.map((one) => ({ ...one, addresses: [] }));
  assertEquals(await namesOf({ interfaces: silent }, { interfaces: [{ mac: MAC, dhcp: true }] }), [
    "address critical",
  ]);
});

Deno.test("compareInsideView() counts a bond's address for the card below it", async () => {
  const { interfaces } = await view();
  const [card] = interfaces;
  if (card === undefined) throw new Error("The captured view has no interface.");
  const bond = { ...card, name: "bond0", driver: "", addresses: ["192.0.2.7/24"] };
  const wanted = [{ mac: MAC, name: "ens192", addresses: ["192.0.2.7/24"] }];
  assertEquals(await namesOf({ interfaces: [bond, { ...card, addresses: [] }] }, { interfaces: wanted }), []);
});

Deno.test("compareInsideView() warns of failed units and of errors in fstab", async () => {
  const change = {
    failedUnits: ["app.service"],
    fstabFindings: ["/data", "   [E] unreachable: x", "   [W] y"],
  };
  const found = compareInsideView(await view(change));
  assertEquals(found.map(({ name, severity, found }) => [name, severity, found]), [
    ["fstab", "warning", "unreachable: x"],
    ["failed-unit", "warning", "app.service"],
  ]);
});
