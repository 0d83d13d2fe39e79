import { assertEquals } from "@std/assert";
import { chosenFiles } from "../../../src/source/vsphere/modes/download_only.ts";

const FILES = ["web/web.vmx", "web/web.vmdk", "web/web-flat.vmdk", "web/vmware.log", "logs/vmware.log"].map((
  path,
) => ({
  datastore: "ds",
  path,
}));

function chosen(include: string[], exclude: string[] = []): string[] {
  return chosenFiles(FILES, include, exclude).map(({ path }) => path);
}

Deno.test("chosenFiles() takes all without globs, and those that fit with", () => {
  assertEquals(chosen([]).length, 5);
  assertEquals(chosen(["*.vmx", "*-flat.vmdk"]), ["web/web.vmx", "web/web-flat.vmdk"]);
  assertEquals(chosen([], ["*.log"]), ["web/web.vmx", "web/web.vmdk", "web/web-flat.vmdk"]);
  assertEquals(chosen(["**/*.log"], ["logs/*"]), ["web/vmware.log"]);
});
