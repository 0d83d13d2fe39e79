import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { Connection, VIR_ERR, VirtError } from "../../../ffi/libvirt/mod.ts";
import { TEST_URI, testLibvirt } from "../../support/virt.ts";

const XML = `<domain type="test"><name>shop</name><memory>65536</memory><os><type>hvm</type></os></domain>`;
/** Part of the error: the test driver raises what the shared domain code says. */
const FROM_DOMAIN = 20;

testLibvirt("Connection.listDomains() lists the test driver's domain", () => {
  using connection = Connection.open(TEST_URI);
  const found = connection.listDomains().map((domain) => {
    using held = domain;
    return [held.name(), held.state(), held.isActive(), held.isPersistent()];
  });
  assertEquals(found, [["test", "running", true, true]]);
});

testLibvirt("Domain goes from defined through running and back to undefined", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.defineDomain(XML);
  assertEquals([domain.name(), domain.state()], ["shop", "shut-off"]);
  assertEquals(domain.autostart(), false);
  domain.setAutostart(true);
  assertEquals(domain.autostart(), true);
  domain.create();
  assertEquals(domain.state(), "running");
  domain.destroy();
  assertEquals(domain.isActive(), false);
  domain.undefine({ managedSave: true, snapshotsMetadata: true });
  assertEquals(connection.findDomain("shop"), null);
});

testLibvirt("Domain.shutdown() ends the test driver's guest", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  domain?.shutdown();
  assertEquals(domain?.state(), "shut-off");
  domain?.create();
});

testLibvirt("Connection.findDomainByUuid() finds what Domain.uuid() says", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  const uuid = domain?.uuid() ?? "";
  assertMatch(uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  using again = connection.findDomainByUuid(uuid);
  assertEquals(again?.name(), "test");
  assertEquals(connection.findDomainByUuid("00000000-0000-4000-8000-000000000000"), null);
});

testLibvirt("Domain.xml() is the definition", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  assertStringIncludes(domain?.xml({ inactive: true }) ?? "", "<name>test</name>");
});

testLibvirt("Domain.screenshot() reads the stream to its end", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  const { mimeType, data } = domain!.screenshot();
  assertEquals(mimeType, "image/png");
  assertEquals([...data.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  // A PNG ends with the chunk IEND: nothing is missing.
  assertEquals(new TextDecoder().decode(data.subarray(-8, -4)), "IEND");
});

testLibvirt("VirtError has code, domain, level and libvirt's message", () => {
  using connection = Connection.open(TEST_URI);
  using _first = connection.defineDomain(XML);
  const error = assertThrows(() => connection.defineDomain(XML), VirtError) as VirtError;
  connection.findDomain("shop")?.undefine();
  assertEquals(
    [error.code, error.domain, error.level, error.action],
    [VIR_ERR.OPERATION_FAILED, FROM_DOMAIN, "error", "virDomainDefineXMLFlags"],
  );
  assertMatch(error.message, /domain 'shop' already exists with uuid/);
});

testLibvirt("Connection.defineDomain() checks the XML against libvirt's schema", () => {
  using connection = Connection.open(TEST_URI);
  const broken = XML.replace("<os>", "<nonsense/><os>");
  const error = assertThrows(() => connection.defineDomain(broken), VirtError) as VirtError;
  assertEquals(error.code, VIR_ERR.XML_INVALID_SCHEMA);
});

testLibvirt("Domain.create() of a running domain fails with libvirt's message", () => {
  using connection = Connection.open(TEST_URI);
  using domain = connection.findDomain("test");
  assertThrows(() => domain!.create(), VirtError, "already running");
});
