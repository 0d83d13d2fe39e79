import { assertEquals, assertThrows } from "@std/assert";
import { Connection, runEvents, startEvents, VirtError } from "../../../ffi/libvirt/mod.ts";
import { TEST_URI, testLibvirt } from "../../support/virt.ts";

testLibvirt("Domain.onLifecycle() tells what happens to the domain, until it is disposed of", () => {
  startEvents();
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  const told: (readonly [string, number])[] = [];
  {
    using _subscription = domain!.onLifecycle((event, detail) => told.push([event, detail]));
    domain!.destroy();
    for (let round = 0; round < 20 && told.length === 0; round++) runEvents(50);
  }
  assertEquals(told, [["stopped", 1]]); // 1: destroyed
  domain!.create();
  for (let round = 0; round < 3; round++) runEvents(10);
  assertEquals(told.length, 1);
});

testLibvirt("runEvents() returns when nothing happens", () => {
  startEvents();
  for (let round = 0; round < 3; round++) runEvents(5);
});

testLibvirt("Domain.onAgent() fails with libvirt's message where the driver has no agent", () => {
  startEvents();
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  // The test driver takes the subscription; the command is QEMU's alone.
  using _subscription = domain!.onAgent(() => {});
  assertThrows(() => domain!.agentCommand('{"execute":"guest-ping"}', 1), VirtError, "not supported");
});
