/**
 * Which privileges each mode and each action needs, and which of them the user lacks
 * (vSphere Web Services API, AuthorizationManager.HasPrivilegeOnEntities).
 *
 * @module
 */
import { element } from "../../libvirt/xml_builder.ts";
import { MODE_NAMES, MODES } from "./modes/table.ts";
import { collect } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { asReference, type Reference, referenceArgument } from "./soap.ts";
import { childrenOf, textAt } from "./xml.ts";

/** Something that a user may want to do. */
export interface Deed {
  /** What it is. */
  readonly name: string;
  /** Privileges, as vSphere names them; those on datastores begin with `Datastore.`. */
  readonly privileges: readonly string[];
}

/** Whether the user may do it. */
export interface Permission extends Deed {
  /** What is missing, with where: `Datastore.Browse on LocalDS_0`. */
  readonly missing: readonly string[];
}

const READ = ["System.View", "System.Read"];
const FILES = ["Datastore.Browse", "Datastore.FileManagement"];
const SNAPSHOTS = ["VirtualMachine.State.CreateSnapshot", "VirtualMachine.State.RemoveSnapshot"];

/** Everything, in the order of what most people do first. */
export const DEEDS: readonly Deed[] = [
  { name: "vsphere list, show, tree", privileges: READ },
  ...MODE_NAMES.map((mode) => ({
    name: `vsphere export --mode ${mode}`,
    privileges: [...READ, ...MODES[mode].privileges],
  })),
  { name: "vsphere export of a VM that is on", privileges: [...READ, ...SNAPSHOTS] },
  { name: "convert vsphere://…", privileges: [...READ, ...FILES] },
  {
    name: "vsphere sync",
    privileges: [...READ, ...FILES, ...SNAPSHOTS, "VirtualMachine.Provisioning.DiskRandomRead"],
  },
  { name: "--shutdown, vsphere cutover", privileges: ["VirtualMachine.Interact.PowerOff"] },
  { name: "--power-on-source", privileges: ["VirtualMachine.Interact.PowerOn"] },
];

/**
 * Asks for the privileges of the session's user on machines and on the datastores that they use.
 *
 * @throws {MigrateError} `network/failed`, or `source/unsupported` for a server without an AuthorizationManager
 */
export async function permissions(
  session: VsphereSession,
  vms: readonly { readonly id: string; readonly name: string }[],
): Promise<Permission[]> {
  const machines = new Map(vms.map((vm) => [vm.id, { type: "VirtualMachine", ...vm }]));
  const datastores = await datastoresOf(session, [...machines.values()]);
  const wanted = [...new Set(DEEDS.flatMap((deed) => deed.privileges))];
  const isOfStore = (privilege: string): boolean => privilege.startsWith("Datastore.");
  const lacks = [
    ...await missingOn(session, [...machines.values()], wanted.filter((one) => !isOfStore(one))),
    ...await missingOn(session, datastores, wanted.filter(isOfStore)),
  ];
  return DEEDS.map((deed) => ({
    ...deed,
    missing: lacks.filter((lack) => deed.privileges.includes(lack.privilege)).map(({ privilege, names }) =>
      `${privilege} on ${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? " and others" : ""}`
    ),
  }));
}

/** Names that are shown of those on which a privilege is missing. */
const SHOWN = 3;
/** Objects that are asked about in one call. */
const OBJECTS_AT_ONCE = 200;

interface Named extends Reference {
  readonly name: string;
}

async function datastoresOf(session: VsphereSession, vms: readonly Reference[]): Promise<Named[]> {
  const found = await collect(session, vms, ["datastore"]);
  const all = new Map(
    found.flatMap((vm) => (vm.values["datastore"]?.children ?? []).map(asReference)).map((
      one,
    ) => [one.id, one]),
  );
  const named = await collect(session, [...all.values()], ["name"]);
  return named.map(({ object, values }) => ({ ...object, name: values["name"]?.text ?? object.id }));
}

async function missingOn(
  session: VsphereSession,
  objects: readonly Named[],
  privileges: readonly string[],
): Promise<{ readonly privilege: string; readonly names: readonly string[] }[]> {
  const byId = new Map(objects.map((one) => [one.id, one.name]));
  const missing = new Map<string, string[]>();
  for (let at = 0; at < objects.length; at += OBJECTS_AT_ONCE) {
    const answers = await session.call("HasPrivilegeOnEntities", session.object("authorizationManager"), [
      ...objects.slice(at, at + OBJECTS_AT_ONCE).map((one) => referenceArgument("entity", one)),
      element("sessionId", {}, await sessionKey(session)),
      ...privileges.map((one) => element("privId", {}, one)),
    ]);
    for (const answer of answers) {
      const name = byId.get(textAt(answer, "entity")?.trim() ?? "") ?? "";
      for (const one of childrenOf(answer, "privAvailability")) {
        if (textAt(one, "isGranted") === "true") continue;
        const privilege = textAt(one, "privId") ?? "";
        missing.set(privilege, [...missing.get(privilege) ?? [], name]);
      }
    }
  }
  return [...missing].map(([privilege, names]) => ({ privilege, names }));
}

async function sessionKey(session: VsphereSession): Promise<string> {
  const [found] = await collect(session, [session.object("sessionManager")], ["currentSession"]);
  return textAt(found?.values["currentSession"], "key") ?? "";
}
