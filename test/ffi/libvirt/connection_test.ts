import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { Connection, libraryVersion, VIR_ERR, VirtError } from "../../../ffi/libvirt/mod.ts";
import { TEST_URI, testLibvirt } from "../../support/virt.ts";

testLibvirt("libraryVersion() has three numbers", () => {
  assertMatch(libraryVersion(), /^\d+\.\d+\.\d+$/);
});

testLibvirt("Connection tells version, type, host and URI", () => {
  using connection = Connection.open(TEST_URI);
  assertMatch(connection.libVersion(), /^\d+\.\d+\.\d+$/);
  assertEquals(connection.type().toLowerCase(), "test");
  assert(connection.hostname().length > 0);
  assertEquals(connection.uri(), TEST_URI);
});

testLibvirt("Connection.capabilities() is XML", () => {
  using connection = Connection.open(TEST_URI);
  assertStringIncludes(connection.capabilities(), "<capabilities>");
});

testLibvirt("Connection.open() read-only refuses to define", () => {
  using connection = Connection.open(TEST_URI, { readOnly: true });
  const error = assertThrows(() => connection.defineDomain("<domain/>"), VirtError);
  assertEquals((error as VirtError).code, VIR_ERR.OPERATION_DENIED);
});

testLibvirt("Connection.open() fails with libvirt's message for what is not there", () => {
  const error = assertThrows(
    () => Connection.open("qemu+unix:///system?socket=/no/such/socket"),
    VirtError,
  ) as VirtError;
  assertStringIncludes(error.message, "/no/such/socket");
  assertEquals(error.action, "virConnectOpenAuth");
  assertEquals(error.level, "error");
});

testLibvirt("Connection refuses to work when it was released", () => {
  const connection = Connection.open(TEST_URI);
  connection[Symbol.dispose]();
  connection[Symbol.dispose]();
  assertThrows(() => connection.hostname(), TypeError, "was released");
});

testLibvirt("Connection.listNetworks() lists the test driver's network", () => {
  using connection = Connection.open(TEST_URI);
  const names = connection.listNetworks().map((network) => {
    using held = network;
    assert(held.isActive());
    assertEquals(held.bridge(), "virbr0");
    assertStringIncludes(held.xml(), "<network");
    return held.name();
  });
  assertEquals(names, ["default"]);
});

testLibvirt("Connection.findNetwork() is null for an unknown network", () => {
  using connection = Connection.open(TEST_URI);
  assertEquals(connection.findNetwork("nowhere"), null);
  using network = connection.findNetwork("default");
  assertEquals(network?.name(), "default");
});
