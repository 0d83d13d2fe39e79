/**
 * The login of the command line: what it reads is masked from then on, and trust without a check is warned of.
 *
 * @module
 */
import type { SessionOptions } from "../source/vsphere/session.ts";
import { printError } from "./output.ts";
import type { Session } from "./session.ts";

/**
 * Reads everything that a login needs; the password is masked from then on.
 *
 * @throws {MigrateError} `usage/missing-argument` or `usage/bad-value`
 */
export async function sessionOptions({ job, signal, redactor }: Session): Promise<SessionOptions> {
  const { loginOf } = await import("../source/vsphere/login.ts");
  const options = await loginOf(job, signal);
  redactor.add(options.password);
  if (options.trust.kind === "insecure") {
    printError(
      "hyper2kvm: warning: --insecure: the server's certificate is not checked; use --thumbprint instead.\n",
    );
  }
  return options;
}
