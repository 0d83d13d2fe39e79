import { assertEquals, assertThrows } from "@std/assert";
import { XMLParser } from "fast-xml-parser";
import { element, renderXml } from "../../src/libvirt/xml_builder.ts";
import { MigrateError } from "../../src/model/error.ts";

Deno.test("renderXml() keeps the order of elements and attributes", () => {
  const root = element("a", { z: 1, b: "2" }, [element("y"), element("x", {}, "t"), element("y", { k: 3 })]);
  assertEquals(renderXml(root), `<a z="1" b="2">\n  <y/>\n  <x>t</x>\n  <y k="3"/>\n</a>\n`);
});

Deno.test("renderXml() escapes what XML would read as markup", () => {
  const nasty = `a & b <c> "d" 'e' &amp; ]]>`;
  const xml = renderXml(element("a", { v: nasty }, nasty));
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", trimValues: false });
  assertEquals(parser.parse(xml).a, { "#text": nasty, v: nasty });
  assertEquals(xml.match(/&(amp|lt|gt|quot|apos);/g)?.length, 18);
});

Deno.test("renderXml() writes an attribute whose value is the word true", () => {
  assertEquals(renderXml(element("a", { b: "true", c: "" })), `<a b="true" c=""/>\n`);
});

Deno.test("renderXml() keeps numbers and letters outside ASCII", () => {
  assertEquals(renderXml(element("a", { b: 0 }, "Größe 漢 🦊 007")), `<a b="0">Größe 漢 🦊 007</a>\n`);
});

Deno.test("renderXml() refuses control characters", () => {
  for (const bad of ["a\nb", "a\tb", "a\0b", "\ud800"]) {
    const error = assertThrows(() => renderXml(element("a", { file: bad })), MigrateError) as MigrateError;
    assertEquals(error.code, "usage/bad-value");
  }
});

Deno.test("element() leaves out children and attributes that are not there", () => {
  const root = element("a", { b: undefined }, [undefined, false, element("c")]);
  assertEquals(renderXml(root), "<a>\n  <c/>\n</a>\n");
});
