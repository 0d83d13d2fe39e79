/**
 * The property collector: many objects in one call, page by page, with only the properties that are asked for
 * (vSphere Web Services API, PropertyCollector).
 *
 * @module
 */
import { element, type XmlElement } from "../../libvirt/xml_builder.ts";
import type { VsphereSession } from "./session.ts";
import { asReference, type Reference, referenceArgument, SoapFault } from "./soap.ts";
import { child, childrenOf, textAt, type XmlNode } from "./xml.ts";

/** An object and the properties that the server gave; one that it has not, or may not show, is absent. */
export interface ObjectProperties {
  /** The object. */
  readonly object: Reference;
  /** Values by path, such as `config.hardware.device`. */
  readonly values: Readonly<Record<string, XmlNode>>;
}

/** Which properties of which type. */
export type PropertyPaths = Readonly<Record<string, readonly string[]>>;

/** Objects in one page. */
const PAGE = 250;
/** More pages than any server has: ends a server that never does. */
const MAX_PAGES = 10_000;

/** How often a collection begins anew because the session was lost in its midst. */
const RESTARTS = 3;

/** Every object of the given types below the root folder; of each property only the text is kept. */
export async function collectAll(session: VsphereSession, paths: PropertyPaths): Promise<ObjectProperties[]> {
  for (let left = RESTARTS;; left--) {
    const { logins } = session;
    try {
      return await collectOnce(session, paths);
    } catch (error) {
      // A new session knows neither the view nor the next page of the old one.
      if (!(error instanceof SoapFault) || session.logins === logins || left === 0) throw error;
    }
  }
}

async function collectOnce(session: VsphereSession, paths: PropertyPaths): Promise<ObjectProperties[]> {
  const [view] = await session.call("CreateContainerView", session.object("viewManager"), [
    referenceArgument("container", session.object("rootFolder")),
    ...Object.keys(paths).map((type) => element("type", {}, type)),
    element("recursive", {}, "true"),
  ]);
  const container = asReference(view!);
  const sets = [
    element("objectSet", {}, [
      referenceArgument("obj", container),
      element("skip", {}, "true"),
      element("selectSet", { "xsi:type": "TraversalSpec" }, [
        element("name", {}, "view"),
        element("type", {}, container.type),
        element("path", {}, "view"),
        element("skip", {}, "false"),
      ]),
    ]),
  ];
  const found = await retrieve(session, paths, sets, textsOnly);
  await session.call("DestroyView", container); // after a failure it goes with the session
  return found;
}

/** The properties of objects that are known, all of one type. */
export async function collect(
  session: VsphereSession,
  objects: readonly Reference[],
  paths: readonly string[],
): Promise<ObjectProperties[]> {
  const [first] = objects;
  if (first === undefined) return [];
  const sets = objects.map((one) =>
    element("objectSet", {}, [referenceArgument("obj", one), element("skip", {}, "false")])
  );
  return await retrieve(session, { [first.type]: paths }, sets);
}

/** Reads an object of an answer. */
type ReadObject = (node: XmlNode) => ObjectProperties;

async function retrieve(
  session: VsphereSession,
  paths: PropertyPaths,
  objectSets: readonly XmlElement[],
  read: ReadObject = asProperties,
): Promise<ObjectProperties[]> {
  const collector = session.object("propertyCollector");
  const propSets = Object.entries(paths).map(([type, pathSet]) =>
    element("propSet", {}, [
      element("type", {}, type),
      element("all", {}, "false"),
      ...pathSet.map((path) => element("pathSet", {}, path)),
    ])
  );
  const objects = { name: "objects", read };
  const found: ObjectProperties[] = [];
  let page = await session.list("RetrievePropertiesEx", collector, [
    element("specSet", {}, [...propSets, ...objectSets]),
    element("options", {}, [element("maxObjects", {}, PAGE)]),
  ], objects);
  for (let pages = 1;; pages++) {
    found.push(...page.entries);
    const token = textAt(page.values[0], "token");
    if (token === undefined || token === "") return found;
    if (pages === MAX_PAGES) throw new Error(`the inventory has more than ${MAX_PAGES} pages`);
    const next = [element("token", {}, token)];
    page = await session.list("ContinueRetrievePropertiesEx", collector, next, objects);
  }
}

function asProperties(node: XmlNode): ObjectProperties {
  return { object: asReference(child(node, "obj")!), values: Object.fromEntries(propertiesOf(node)) };
}

/** What the server gave, by path. */
function propertiesOf(node: XmlNode): [string, XmlNode][] {
  return childrenOf(node, "propSet").flatMap((one): [string, XmlNode][] => {
    const name = textAt(one, "name"), value = child(one, "val");
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
}

const NOTHING: readonly never[] = [];

/**
 * An object without what is inside its properties. Texts are copied: they are parts of the answer, and would keep all
 * of it in memory, which thousands of machines make hundreds of megabytes.
 */
function textsOnly(node: XmlNode): ObjectProperties {
  const { object, values } = asProperties(node);
  const texts = Object.entries(values).map(([path, { text }]) => [path, text] as const);
  const kept = JSON.parse(JSON.stringify({ object, texts })) as { object: Reference; texts: typeof texts };
  return {
    object: kept.object,
    values: Object.fromEntries(kept.texts.map(([path, text]) => [
      path,
      { name: "val", namespace: "", attributes: NOTHING, children: NOTHING, text },
    ])),
  };
}
