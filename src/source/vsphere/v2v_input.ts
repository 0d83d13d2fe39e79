/**
 * A machine of vSphere as virt-v2v's input: over the server's HTTPS, by VMware's library, or over SSH from the ESXi
 * host.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { V2VInput, VddkInput } from "../../v2v/input.ts";
import { parseDatastorePath } from "./datastore.ts";
import { collect } from "./properties.ts";
import type { LoginOptions, VsphereSession } from "./session.ts";
import { asReference, type Reference } from "./soap.ts";
import type { Trust } from "./http/trust.ts";
import type { VmDetails } from "./machines/vm.ts";

/** Where a machine is, as libvirt and the ESXi host see it. */
export interface V2VPlace {
  /** Whether the server is a vCenter; an ESXi host otherwise. */
  readonly isVcenter: boolean;
  /** Path of the ESXi host below the root: datacenter, folders, cluster, host. Empty without a vCenter. */
  readonly hostPath: readonly string[];
  /** Name of the ESXi host. */
  readonly host: string;
  /** VMX as `[datastore] folder/vm.vmx`. */
  readonly vmx: string;
}

/** How virt-v2v gets at the disks. */
export type V2VTransport =
  | { readonly kind: "https"; readonly passwordFile: string }
  | { readonly kind: "vddk"; readonly passwordFile: string; readonly vddk: VddkInput }
  /** By the agent or the keys of this user, where there is no password. */
  | { readonly kind: "ssh"; readonly passwordFile?: string };

/**
 * virt-v2v's input for a machine.
 *
 * @throws {MigrateError} `usage/bad-value` for a certificate that virt-v2v cannot check as it is to be checked
 */
export function v2vInput(
  login: Pick<LoginOptions, "host" | "port" | "user" | "trust">,
  name: string,
  place: V2VPlace,
  transport: V2VTransport,
): V2VInput {
  if (transport.kind === "ssh") {
    const { passwordFile } = transport;
    return {
      kind: "vmx-ssh",
      url: sshUrl(login, place),
      ...(passwordFile === undefined ? {} : { passwordFile }),
    };
  }
  const { passwordFile } = transport;
  return {
    ...{ kind: "vcenter", uri: libvirtUri(login, place), guest: name, passwordFile },
    ...(transport.kind === "vddk" ? { vddk: transport.vddk } : {}),
  };
}

/** `vpx://user@vcenter/datacenter/cluster/host`, or `esx://user@host` (libvirt's driver for ESX). */
export function libvirtUri(
  { host, port, user, trust }: Pick<LoginOptions, "host" | "port" | "user" | "trust">,
  { isVcenter, hostPath }: V2VPlace,
): string {
  const address = `${host.includes(":") ? `[${host}]` : host}${port === 443 ? "" : `:${port}`}`;
  const path = isVcenter ? hostPath.map(encodeURIComponent).join("/") : "";
  const check = isChecked(trust) ? "" : "?no_verify=1";
  return `${isVcenter ? "vpx" : "esx"}://${encodeURIComponent(user)}@${address}/${path}${check}`;
}

/** libvirt and virt-v2v know the system's authorities and no others. */
function isChecked(trust: Trust): boolean {
  if (trust.kind === "insecure") return false;
  if (trust.kind === "ca" && trust.pem === undefined) return true;
  throw new MigrateError(
    "usage/bad-value",
    "Cannot let virt-v2v log in: it checks the server's certificate by the system's authorities only.",
    {
      hint:
        "Add the authority to the system's (update-ca-certificates) and leave --ca and --thumbprint out; or " +
        "export with --mode nfc or datastore.",
    },
  );
}

/** virt-v2v 2.2 and older take the path as it is, so it must not hold what a URL cannot. */
function sshUrl(
  { host, user }: Pick<LoginOptions, "host" | "user">,
  { isVcenter, host: esx, vmx }: V2VPlace,
): string {
  const { datastore, path } = parseDatastorePath(vmx);
  const file = `/vmfs/volumes/${datastore}/${path}`;
  if (!/^[A-Za-z0-9._~/@+-]+$/.test(file)) {
    throw new MigrateError(
      "usage/bad-value",
      `Cannot let virt-v2v read ${vmx} over SSH: it cannot name this path.`,
      {
        hint: "Use --v2v-transport https or vddk, or export with --mode datastore.",
      },
    );
  }
  return isVcenter ? `ssh://root@${esx}${file}` : `ssh://${encodeURIComponent(user)}@${host}${file}`;
}

/** Asks the server where a machine is. */
export async function readV2VPlace(session: VsphereSession, vm: VmDetails): Promise<V2VPlace> {
  const machine: Reference = { type: "VirtualMachine", id: vm.id };
  const paths = ["config.files.vmPathName", "runtime.host"];
  const values = (await collect(session, [machine], paths))[0]?.values ?? {};
  const vmx = values["config.files.vmPathName"]?.text.trim() ?? "";
  const isVcenter = session.content.apiType === "VirtualCenter";
  const host = values["runtime.host"];
  if (!isVcenter || host === undefined) return { isVcenter, hostPath: [], host: vm.host, vmx };
  const below = await placesAbove(session, asReference(host));
  return { isVcenter, hostPath: [...vm.datacenter.split("/"), ...below], host: vm.host, vmx };
}

/** A tree has no circles; the limit is for a server that is out of its mind. */
const DEEPEST = 50;

/** Names from below the datacenter's folder of hosts down to the host. */
async function placesAbove(session: VsphereSession, host: Reference): Promise<string[]> {
  const names: { readonly type: string; readonly name: string }[] = [];
  for (let at = host; names.length < DEEPEST;) {
    const values = (await collect(session, [at], ["name", "parent"]))[0]?.values ?? {};
    if (at.type === "Datacenter") break;
    names.unshift({ type: at.type, name: values["name"]?.text.trim() ?? "" });
    if (values["parent"] === undefined) break;
    at = asReference(values["parent"]);
  }
  const [, ...below] = names; // without the folder that every datacenter keeps its hosts in
  // A host that is in no cluster has a resource of its own, of the same name.
  const isAlone = below.at(-2)?.type === "ComputeResource";
  return (isAlone ? below.slice(0, -1) : below).map(({ name }) => name);
}
