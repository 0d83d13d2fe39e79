/**
 * VMware's ovftool: its command line, as a pure function, and what it says of a failure. The password goes to its
 * standard input, where it asks for it.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { LoginOptions } from "./session.ts";
import type { Trust } from "./http/trust.ts";

/** A machine that ovftool exports. */
export interface OvftoolExport {
  /** Where it logs in. */
  readonly login: Pick<LoginOptions, "host" | "port" | "user" | "trust">;
  /** Inventory path of the machine, such as `/DC0/vm/shop/web-01`; only the name on an ESXi host. */
  readonly path: string;
  /** The OVF that it writes. */
  readonly target: string;
  /** More arguments of the user. */
  readonly extraArgs: readonly string[];
}

/** Arguments of an export. */
export function ovftoolArgs({ login, path, target, extraArgs }: OvftoolExport): string[] {
  return [
    ...["--acceptAllEulas", "--machineOutput", "--overwrite", "--shaAlgorithm=SHA256"],
    ...trustArgs(login.trust, "source"),
    ...extraArgs,
    viUrl(login, path),
    target,
  ];
}

/** A machine that ovftool makes in vSphere. */
export interface OvftoolDeploy {
  /** Where it logs in. */
  readonly login: Pick<LoginOptions, "host" | "port" | "user" | "trust">;
  /** OVA or OVF. */
  readonly source: string;
  /** Name of the machine there; that of the file without it. */
  readonly name?: string | undefined;
  /** Inventory path of a host, cluster or resource pool, such as `/DC0/host/cluster`. */
  readonly target: string;
  /** Name of the datastore. */
  readonly datastore?: string | undefined;
  /** More arguments of the user. */
  readonly extraArgs: readonly string[];
}

/** Arguments of a deployment. */
export function ovftoolDeployArgs(
  { login, source, name, target, datastore, extraArgs }: OvftoolDeploy,
): string[] {
  return [
    ...["--acceptAllEulas", "--machineOutput", ...trustArgs(login.trust, "target")],
    ...(name === undefined ? [] : [`--name=${name}`]),
    ...(datastore === undefined ? [] : [`--datastore=${datastore}`]),
    ...extraArgs,
    source,
    viUrl(login, target),
  ];
}

/** ovftool knows the system's authorities, and SHA-1. */
function trustArgs(trust: Trust, side: "source" | "target"): string[] {
  if (trust.kind === "insecure") return ["--noSSLVerify"];
  if (trust.kind === "pin" && trust.thumbprint.algorithm === "sha1") {
    return [`--${side}SSLThumbprint=${trust.thumbprint.hex}`];
  }
  if (trust.kind === "ca" && trust.pem === undefined) return [];
  throw new MigrateError(
    "usage/bad-value",
    "Cannot let ovftool log in: it checks the certificate by the system's authorities, or by a SHA-1 thumbprint.",
    { hint: "Use --thumbprint with the SHA-1, or add the authority to the system's." },
  );
}

/** `vi://user@host/datacenter/vm/folder/name`, without the password. */
export function viUrl(
  { host, port, user }: Pick<LoginOptions, "host" | "port" | "user">,
  path: string,
): string {
  const address = `${host.includes(":") ? `[${host}]` : host}${port === 443 ? "" : `:${port}`}`;
  const encoded = path.split("/").filter((part) => part !== "").map(encodeURIComponent).join("/");
  return `vi://${encodeURIComponent(user)}@${address}/${encoded}`;
}

/** The last progress in a piece of ovftool's machine output, from 0 to 1; null when there is none. */
export function ovftoolFraction(text: string): number | null {
  const last = [...text.matchAll(/^\s*\+?\s*(\d{1,3})%?\s*$/gm)].at(-1)?.[1];
  return last === undefined || Number(last) > 100 ? null : Number(last) / 100;
}
