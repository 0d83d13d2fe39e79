import { assertEquals, assertThrows } from "@std/assert";
import { attribute, child, parseXml, XmlError, XmlReader } from "../../../src/source/parse/xml.ts";

Deno.test("parseXml() resolves namespaces, whatever their prefixes", () => {
  const root = parseXml(
    '<x:a xmlns:x="urn:one" xmlns="urn:two" x:k="1" k="2"><b xmlns="urn:three"/><c/></x:a>',
  );
  assertEquals([root.name, root.namespace], ["a", "urn:one"]);
  assertEquals([attribute(root, "k", "urn:one"), attribute(root, "k", "")], ["1", "2"]);
  assertEquals(root.children.map(({ name, namespace }) => [name, namespace]), [["b", "urn:three"], [
    "c",
    "urn:two",
  ]]);
});

Deno.test("parseXml() resolves references and keeps CDATA as it is", () => {
  const root = parseXml("<a k='&lt;&#65;&quot;'> x &amp; &#x42; <![CDATA[<raw>]]> <!-- no --></a>");
  assertEquals([attribute(root, "k"), root.text], ['<A"', "x & B <raw>"]);
});

Deno.test("parseXml() leaves an entity that it does not know", () => {
  assertEquals(child(parseXml("<a><b>&file;</b></a>"), "b")?.text, "&file;");
});

for (
  const [what, text] of [
    ["a document type", "<!DOCTYPE a SYSTEM 'http://x/'><a/>"],
    ["an entity", "<!ENTITY x 'y'><a/>"],
    ["an element that is not closed", "<a><b></a>"],
    ["no element", "  "],
    ["deep nesting", "<a>".repeat(50_000) + "</a>".repeat(50_000)],
  ] as const
) {
  Deno.test(`parseXml() refuses ${what}`, () => {
    assertThrows(() => parseXml(text), XmlError);
  });
}

Deno.test("XmlReader reads a document that comes in parts, and leaves out what is taken", () => {
  const taken: string[] = [];
  const reader = new XmlReader({
    take: ({ name, text }) => {
      if (name === "i") taken.push(text);
      return name === "i";
    },
  });
  for (const part of ["<a><i>1&am", "p;</i><", "b/><i>2</i", "></a>"]) reader.write(part);
  assertEquals([reader.end().children.map(({ name }) => name), taken], [["b"], ["1&", "2"]]);
});

Deno.test("XmlReader refuses a document whose end is missing", () => {
  const reader = new XmlReader();
  reader.write("<a><b/>");
  assertThrows(() => reader.end(), XmlError);
});
