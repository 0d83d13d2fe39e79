import { assertEquals, assertThrows } from "@std/assert";
import { btrfsState, extState, refuseHibernated } from "../../src/guest/disk_state.ts";
import { MigrateError } from "../../src/model/error.ts";

function superblock(state: number, incompatible: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setUint16(56, 0xef53, true);
  view.setUint16(58, state, true);
  view.setUint32(96, incompatible, true);
  return bytes;
}

Deno.test("extState() reads a clean filesystem", () => {
  assertEquals(extState(superblock(1, 0x2c2)), { dirty: false, errors: false });
});

Deno.test("extState() sees a journal that needs recovery, and noted errors", () => {
  assertEquals(extState(superblock(1, 0x2c6)), { dirty: true, errors: false });
  assertEquals(extState(superblock(2, 0x2c2)), { dirty: false, errors: true });
});

Deno.test("extState() says nothing of other bytes", () => {
  assertEquals(extState(new Uint8Array(128).fill(0xff)), { dirty: false, errors: false });
});

Deno.test("btrfsState() sees a log tree", () => {
  assertEquals(btrfsState(new Uint8Array(8)).dirty, false);
  assertEquals(btrfsState(new Uint8Array([0, 64, 0, 0, 0, 0, 0, 0])).dirty, true);
});

Deno.test("refuseHibernated() names the device with the memory image", () => {
  refuseHibernated([{ device: "/dev/sda5", type: "swap" }]);
  const error = assertThrows(
    () => refuseHibernated([{ device: "/dev/sda5", type: "swsuspend" }]),
    MigrateError,
    "/dev/sda5",
  );
  assertEquals(error.code, "guest/unsupported");
});
