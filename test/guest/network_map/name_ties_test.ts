import { assertEquals } from "@std/assert";
import { parseUdevNames } from "../../../src/guest/network_map/name_ties.ts";

const names = (rule: string): unknown =>
  parseUdevNames(rule, "f").map(({ name, mac, otherMatches }) => [name, mac, otherMatches]);

Deno.test("parseUdevNames() takes the usual tests as harmless", () => {
  assertEquals(
    names(
      'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="00:0C:29:aa:bb:cc", ATTR{dev_id}=="0x0", \\\n ATTR{type}=="1", KERNEL=="eth*", NAME="eth0"',
    ),
    [["eth0", "00:0c:29:aa:bb:cc", []]],
  );
});

Deno.test("parseUdevNames() reports tests of hardware", () => {
  assertEquals(
    names(
      'SUBSYSTEM=="net", DRIVERS=="vmxnet3", ATTR{address}=="00:0c:29:aa:bb:cc", KERNEL=="ens*", NAME="eth0"',
    ),
    [["eth0", "00:0c:29:aa:bb:cc", ["DRIVERS==vmxnet3", "KERNEL==ens*"]]],
  );
});

Deno.test("parseUdevNames() leaves out comments, computed names and rules without an address", () => {
  assertEquals(names('# ATTR{address}=="00:0c:29:aa:bb:cc", NAME="eth0"'), []);
  assertEquals(names('ATTR{address}=="00:0c:29:aa:bb:cc", NAME="$result"'), []);
  assertEquals(names('KERNELS=="0000:0b:00.0", NAME="eth0"'), []);
});
