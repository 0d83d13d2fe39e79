import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { renderTree, treeOf } from "../../src/cli/vsphere_page.ts";
import { run } from "../../src/cli/vsphere.ts";
import { parseAddress } from "../../src/source/vsphere/login.ts";
import { exportStatus, renderExports } from "../../src/cli/vsphere_page.ts";
import { MigrateError } from "../../src/model/error.ts";
import { pageFor } from "../../src/report/page.ts";
import { vm } from "../source/vsphere/machines/sample_vm.ts";

async function refusal(...args: string[]): Promise<string> {
  const error = await assertRejects(() => run(args), MigrateError);
  return `${error.exitStatus} ${error.message}`;
}

Deno.test("vsphere says what is missing", async () => {
  assertEquals(await refusal(), "2 Cannot run vsphere: an action comes first.");
  assertEquals(await refusal("lst"), '2 Cannot run vsphere: there is no action "lst".');
  assertEquals(await refusal("list"), "2 Cannot log in: --vcenter is missing.");
  assertEquals(await refusal("list", "--vcenter", "h"), "2 Cannot log in: --user is missing.");
  assertEquals(
    await refusal("list", "--vcenter", "h", "--user", "u"),
    "2 Cannot log in: --password-file is missing.",
  );
});

Deno.test("vsphere refuses a password that is empty or has control characters", async () => {
  const login = ["list", "--vcenter", "h", "--user", "u", "--password-file"];
  assertEquals(await refusal(...login, "/dev/null"), "2 Cannot log in: /dev/null holds no password.");
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "sec\tret\n");
    const message = await refusal(...login, path);
    assertEquals(message, `2 Cannot log in: the password in ${path} has control characters.`);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("vsphere refuses several kinds of trust", async () => {
  const message = await refusal("list", "--insecure", "--thumbprint", "AB");
  assertEquals(
    message,
    "2 Cannot use the options together: --ca, --thumbprint and --insecure exclude each other.",
  );
});

Deno.test("parseAddress() takes names, addresses and ports", () => {
  assertEquals(parseAddress("vc.example.org"), { host: "vc.example.org", port: 443 });
  assertEquals(parseAddress("10.0.0.1:8443"), { host: "10.0.0.1", port: 8443 });
  assertEquals(parseAddress("[fd00::1]:8443"), { host: "fd00::1", port: 8443 });
  assertThrows(() => parseAddress("vc:99999"), MigrateError);
});

Deno.test("renderTree() shows folders and machines", () => {
  const vms = [vm({ name: "a", path: "/DC0/vm/a" }), vm({ name: "b/c", path: "/DC0/vm/shop/b/c" })];
  const page = pageFor({ columns: 80, color: false, utf8: true });
  assertEquals(renderTree(vms, page), "DC0/\n  vm/\n    shop/\n      b/c  vm-1, off\n    a  vm-1, off\n");
  assertEquals(treeOf([]).folders, []);
});

Deno.test("renderExports() says where each machine is, and what became of all", () => {
  const about = { name: "web", id: "vm-1", folder: "out/web", concerns: [] };
  const source = { kind: "vsphere-export", location: "out/web/source.json", name: "web", disks: [] };
  const page = pageFor({ columns: 80, color: false, utf8: true });
  const error = new MigrateError("network/failed", "Cannot export db.", { hint: "Try again." });
  const text = renderExports([
    {
      ...about,
      ...{ status: "exported", mode: "nfc", reason: "as asked for", ovf: "out/web/web.ovf" },
      source: { ...source, machine: { nics: [] } },
    },
    { ...about, name: "db", status: "failed", error },
  ], page);
  assertEquals(text.split("\n"), [
    "✔ web: out/web/source.json",
    "    by nfc: as asked for",
    "    as OVF: out/web/web.ovf",
    "✘ db: Cannot export db.",
    "    Try again.",
    "1 of 2 exported.",
    "",
  ]);
});

Deno.test("exportStatus() is the error's own for one machine, and 1 for several", () => {
  const one = { name: "a", id: "vm-1", folder: "a", concerns: [] };
  const failed = { ...one, status: "failed" as const, error: new MigrateError("network/failed", "x") };
  const good = { ...one, status: "exported" as const };
  assertEquals([exportStatus([good]), exportStatus([failed]), exportStatus([good, failed])], [0, 7, 1]);
});
