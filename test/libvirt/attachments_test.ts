import { assert, assertEquals } from "@std/assert";
import { ATTACHMENT, attachments } from "../../src/libvirt/attachments.ts";

Deno.test("attachments() takes a name alone for all cards, and the bridge where both are given", () => {
  assertEquals(attachments(["lan"], []).defaultNetwork, { kind: "network", name: "lan" });
  assertEquals(attachments(["lan"], ["br0"]).defaultNetwork, { kind: "bridge", name: "br0" });
  assertEquals(attachments([], []), { networks: {} });
});

Deno.test("attachments() maps networks of the source and MAC addresses, however those are written", () => {
  const { networks } = attachments(["VM Network:lan"], ["00-50-56-8A-12-34:br0", "dv:port:br1"]);
  assertEquals(networks, {
    "VM Network": { kind: "network", name: "lan" },
    "00:50:56:8a:12:34": { kind: "bridge", name: "br0" },
    "dv:port": { kind: "bridge", name: "br1" },
  });
});

Deno.test("ATTACHMENT refuses an empty name and one with a slash", () => {
  for (const text of ["", "lan:", "a/b"]) assert(!ATTACHMENT.test(text), text);
});
