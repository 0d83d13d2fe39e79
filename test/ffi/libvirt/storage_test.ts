import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Connection, VIR_ERR, VirtError } from "../../../ffi/libvirt/mod.ts";
import { TEST_URI, testLibvirt } from "../../support/virt.ts";

const VOLUME = `<volume><name>shop.qcow2</name><capacity unit="KiB">1024</capacity></volume>`;

testLibvirt("Connection.listStoragePools() lists the test driver's pool", () => {
  using connection = Connection.open(TEST_URI);
  const names = connection.listStoragePools().map((pool) => {
    using held = pool;
    assert(held.isActive());
    assertStringIncludes(held.xml(), "<pool");
    return held.name();
  });
  assertEquals(names, ["default-pool"]);
});

testLibvirt("Connection.findStoragePool() is null for an unknown pool", () => {
  using connection = Connection.open(TEST_URI);
  assertEquals(connection.findStoragePool("nowhere"), null);
});

testLibvirt("StoragePool makes, finds, lists and deletes a volume", () => {
  using connection = Connection.open(TEST_URI);
  using pool = connection.findStoragePool("default-pool");
  assert(pool !== null);
  pool.refresh();
  using volume = pool.createVolume(VOLUME);
  assertEquals([volume.name(), volume.path()], ["shop.qcow2", "/default-pool/shop.qcow2"]);
  using found = pool.findVolume("shop.qcow2");
  assertEquals(found?.path(), "/default-pool/shop.qcow2");
  const names = pool.listVolumes().map((one) => {
    using held = one;
    return held.name();
  });
  assert(names.includes("shop.qcow2"));
  volume.delete();
  assertEquals(pool.findVolume("shop.qcow2"), null);
});

testLibvirt("StoragePool.createVolume() fails with libvirt's message for broken XML", () => {
  using connection = Connection.open(TEST_URI);
  using pool = connection.findStoragePool("default-pool");
  const error = assertThrows(() => pool!.createVolume("<volume/>"), VirtError) as VirtError;
  assertEquals(error.code, VIR_ERR.XML_ERROR);
  assertStringIncludes(error.message, "name");
});

testLibvirt("Connection.defineStoragePool() makes a pool that starts, stops and goes", () => {
  using connection = Connection.open(TEST_URI);
  const xml = `<pool type="dir"><name>moved</name><target><path>/srv/moved</path></target></pool>`;
  using pool = connection.defineStoragePool(xml);
  assertEquals(pool.isActive(), false);
  pool.build();
  pool.create();
  pool.setAutostart(true);
  assertEquals(pool.isActive(), true);
  using volume = pool.createVolume(VOLUME);
  assertStringIncludes(volume.xml(), "<name>shop.qcow2</name>");
  assertThrows(() => volume.upload(1024), VirtError, "not supported"); // by the test driver
  volume.delete();
  pool.destroy();
  pool.undefine();
  assertEquals(connection.findStoragePool("moved"), null);
});
