import { assertEquals, assertThrows } from "@std/assert";
import { child, parseXml, textAt, typeOf } from "../../../src/source/vsphere/xml.ts";

const XSI = "http://www.w3.org/2001/XMLSchema-instance";

Deno.test("typeOf() reads the type under any prefix, on the attribute and in its value", () => {
  const forms = [
    `<val xmlns:xsi="${XSI}" xsi:type="VirtualDisk"/>`,
    `<val xmlns:XMLSchema-instance="${XSI}" XMLSchema-instance:type="VirtualDisk"/>`,
    `<v:val xmlns:v="urn:vim25" xmlns:i="${XSI}" i:type="v:VirtualDisk"/>`,
  ];
  for (const form of forms) {
    const node = parseXml(form);
    assertEquals([node.name, typeOf(node)], ["val", "VirtualDisk"]);
  }
});

Deno.test("typeOf() takes no type attribute of another namespace", () => {
  assertEquals(typeOf(parseXml(`<val type="VirtualMachine" xmlns:o="urn:o" o:type="Other"/>`)), "");
});

Deno.test("parseXml() resolves prefixes where they are declared", () => {
  const root = parseXml(
    `<a xmlns="urn:1" xmlns:p="urn:2"><p:b xmlns:p="urn:3"><p:c/></p:b><p:d/><e xmlns=""/></a>`,
  );
  const b = child(root, "b");
  assertEquals([root.namespace, b?.namespace, child(b, "c")?.namespace], ["urn:1", "urn:3", "urn:3"]);
  assertEquals([child(root, "d")?.namespace, child(root, "e")?.namespace], ["urn:2", ""]);
});

Deno.test("parseXml() keeps numbers, spaces and entities as text", () => {
  const root = parseXml(`<a><n>0012</n><s> x </s><e>&lt;&amp;&#xE9;&#233;</e></a>`);
  assertEquals(["n", "s", "e"].map((name) => textAt(root, name)), ["0012", " x ", "<&éé"]);
});

Deno.test("parseXml() decodes entities however many there are", () => {
  const text = `<a>${"&amp;".repeat(20_000)}</a>`;
  assertEquals(parseXml(text).text, "&".repeat(20_000));
});

Deno.test("parseXml() refuses what is no XML, and a DOCTYPE", () => {
  assertThrows(() => parseXml("503 Service Unavailable"));
  assertThrows(() => parseXml("<a><b></a>"));
  assertThrows(() => parseXml(`<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`));
});
