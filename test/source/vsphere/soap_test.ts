import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { element } from "../../../src/libvirt/xml_builder.ts";
import {
  AnswerReader,
  asReference,
  type CallResult,
  type Entries,
  envelope,
  referenceArgument,
  SoapFault,
} from "../../../src/source/vsphere/soap.ts";
import { child, parseXml, type XmlNode } from "../../../src/source/vsphere/xml.ts";

const wrap = (body: string): string =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
  `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>${body}</s:Body></s:Envelope>`;

/** What a text is read into that comes in parts of some length. */
function readAnswer<T>(
  text: string,
  method: string,
  entries?: Entries<T>,
  partLength = text.length,
): CallResult<T> {
  const reader = new AnswerReader(method, entries);
  for (let at = 0; at < text.length; at += partLength) reader.write(text.slice(at, at + partLength));
  return reader.end();
}

const fault = (detail: string, words = "words"): string =>
  wrap(
    `<s:Fault><faultcode>f</faultcode><faultstring>${words}</faultstring><detail>${detail}</detail></s:Fault>`,
  );

Deno.test("envelope() escapes what it is given", () => {
  const text = envelope("Login", { type: "SessionManager", id: "SessionManager" }, [
    element("password", {}, `a<b>&"c' ü`),
  ]);
  const call = child(child(parseXml(text), "Body"), "Login");
  assertEquals([call?.namespace, child(call, "password")?.text], ["urn:vim25", `a<b>&"c' ü`]);
  assertEquals(asReference(child(call, "_this")!), { type: "SessionManager", id: "SessionManager" });
});

Deno.test("referenceArgument() names type and id", () => {
  assertEquals(referenceArgument("obj", { type: "VirtualMachine", id: "vm-1" }).attributes, {
    type: "VirtualMachine",
  });
});

Deno.test("asReference() tells the object's type from xsi:type", () => {
  const node = parseXml(
    `<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="ManagedObjectReference" type="Folder">group-d1</r>`,
  );
  assertEquals(asReference(node), { type: "Folder", id: "group-d1" });
});

Deno.test("AnswerReader returns the values in order, and none for a call without", () => {
  const two = wrap(
    `<FooResponse xmlns="urn:vim25"><returnval>1</returnval><returnval>2</returnval></FooResponse>`,
  );
  assertEquals(readAnswer(two, "Foo").values.map((one) => one.text), ["1", "2"]);
  assertEquals(readAnswer(wrap(`<FooResponse xmlns="urn:vim25"/>`), "Foo").values, []);
});

Deno.test("AnswerReader throws a fault by its type, or by its element's name", () => {
  const forms = [
    fault(`<x xmlns="urn:vim25" xsi:type="NotAuthenticated"/>`),
    fault(`<v:x xmlns:v="urn:vim25" xsi:type="v:NotAuthenticated"/>`),
    fault(`<NotAuthenticatedFault xmlns="urn:vim25"/>`),
  ];
  for (const form of forms) {
    const thrown = assertThrows(() => readAnswer(form, "Foo"), SoapFault, "Cannot call Foo: words");
    assertEquals(thrown.kind, "NotAuthenticated");
  }
});

Deno.test("AnswerReader names the privilege that is missing", () => {
  const text = fault(`<NoPermissionFault><privilegeId>VApp.Export</privilegeId></NoPermissionFault>`);
  const thrown = assertThrows(() => readAnswer(text, "ExportVm"), SoapFault);
  assertEquals(thrown.code, "permission/denied");
  assertStringIncludes(thrown.hint ?? "", "VApp.Export");
});

Deno.test("AnswerReader refuses the answer to another call", () => {
  assertThrows(() => readAnswer(wrap(`<BarResponse/>`), "Foo"), Error, "no FooResponse");
});

Deno.test("AnswerReader gives entries out one by one, and leaves them out of the values", () => {
  const text = wrap(
    `<FooResponse xmlns="urn:vim25"><returnval><token>7</token><objects><obj>&lt;one&gt;</obj></objects>` +
      `<objects><obj>two</obj></objects></returnval></FooResponse>`,
  );
  const objects = { name: "objects", read: (node: XmlNode) => child(node, "obj")!.text };
  for (const partLength of [1, 7, text.length]) {
    const { values, entries } = readAnswer(text, "Foo", objects, partLength);
    assertEquals(entries, ["<one>", "two"]);
    assertEquals(values.map(({ children }) => children.map(({ name }) => name)), [["token"]]);
  }
});
