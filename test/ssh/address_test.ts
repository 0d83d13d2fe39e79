import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { parseSshHost } from "../../src/ssh/address.ts";

Deno.test("parseSshHost() reads a host as ssh writes it, and as an address", () => {
  assertEquals(parseSshHost("web"), { host: "web", path: "/" });
  assertEquals(parseSshHost("root@web"), { host: "web", user: "root", path: "/" });
  assertEquals(parseSshHost("root@fe80::1"), { host: "fe80::1", user: "root", path: "/" });
  assertEquals(parseSshHost("ssh://root@web:2222"), { host: "web", user: "root", port: 2222, path: "/" });
  assertEquals(parseSshHost("ssh://web/"), { host: "web", path: "/" });
});

for (
  const address of ["", "-oProxyCommand=x", "a b", "root@", "web/etc", "ssh://web/etc", "ssh://u:secret@web"]
) {
  Deno.test(`parseSshHost() refuses "${address}"`, () => {
    const error = assertThrows(() => parseSshHost(address), MigrateError);
    assertEquals([error.code, error.message.includes("secret")], ["usage/bad-value", false]);
  });
}
