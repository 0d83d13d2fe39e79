/**
 * From the options to where and how to log in. The password comes from a file or a variable, never from an
 * argument, which every user of the host could read.
 *
 * @module
 */
import type { Job } from "../../config/schema.ts";
import { MigrateError } from "../../model/error.ts";
import { readOptionFile, readPassword } from "../../run/password.ts";
import type { SessionOptions } from "./session.ts";
import { parseThumbprint, type Trust } from "./http/trust.ts";

/** The options that count. */
export type LoginJob = Partial<
  Pick<Job, "vcenter" | "user" | "password_file" | "password_env" | "ca" | "thumbprint" | "insecure">
>;

const HTTPS_PORT = 443;

/**
 * Reads everything that a login needs.
 *
 * @throws {MigrateError} `usage/missing-argument` or `usage/bad-value`
 */
export async function loginOf(job: LoginJob, signal: AbortSignal): Promise<SessionOptions> {
  const { vcenter, user } = job;
  if (vcenter === undefined) throw missing("--vcenter", "Name the vCenter or ESXi host: --vcenter HOST.");
  if (user === undefined) throw missing("--user", "Name the user: --user NAME.");
  const place = { file: job.password_file, variable: job.password_env, option: "--password-file" };
  const password = await readPassword(place);
  if (password === undefined) {
    throw missing("--password-file", "Give the password with --password-file FILE or --password-env NAME.");
  }
  return { ...parseAddress(vcenter), user, password, trust: await readTrust(job), signal };
}

/** `HOST`, `HOST:PORT` or `[IPv6]:PORT`. */
export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? HTTPS_PORT : Number(port);
  if (host !== undefined && number >= 1 && number <= 65_535) return { host, port: number };
  throw new MigrateError(
    "usage/bad-value",
    `Cannot use "${address}" for --vcenter: expected HOST or HOST:PORT.`,
  );
}

async function readTrust(job: LoginJob): Promise<Trust> {
  if (job.insecure === true) return { kind: "insecure" };
  if (job.thumbprint !== undefined) return { kind: "pin", thumbprint: parseThumbprint(job.thumbprint) };
  return job.ca === undefined ? { kind: "ca" } : { kind: "ca", pem: await readOptionFile(job.ca, "--ca") };
}

function missing(option: string, hint: string): MigrateError {
  return new MigrateError("usage/missing-argument", `Cannot log in: ${option} is missing.`, { hint });
}
