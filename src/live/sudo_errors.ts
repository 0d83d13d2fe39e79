/**
 * What sudo says when it does not make a user root, as one line and its cure.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { SshAddress } from "../ssh/address.ts";
import type { RootAccess } from "./remote_root.ts";

/** A rule: what sudo says in the C locale, and what it means. */
interface Rule {
  readonly says: RegExp;
  readonly reason: string;
  readonly hint: string;
}

const RULES: readonly Rule[] = [
  {
    says: /not in the sudoers file|may not run sudo|is not allowed to (run sudo|execute)/,
    reason: "sudo does not allow it to this user",
    hint: "Log in as another user, or give this one a rule in sudoers that allows sh.",
  },
  {
    says: /a password is required|no askpass program/,
    reason: "sudo asks for a password",
    hint: "Give it with --sudo-password-file FILE or --sudo-password-env NAME, or run this in a terminal.",
  },
  {
    says: /incorrect password|Sorry, try again|no password was provided|Authentication failure/i,
    reason: "sudo refuses the password",
    hint: "It is the password of the user that logs in, the first line of the file, or the whole variable.",
  },
  {
    says: /must have a tty/,
    reason: "sudo wants a terminal (requiretty in sudoers)",
    hint: "Take requiretty out of sudoers for this user, or log in as root.",
  },
  {
    says: /sudo: (command )?not found|sudo: No such file/,
    reason: "the guest has no sudo",
    hint: "Log in as root, without --sudo.",
  },
];

/** The error of a login that did not end as root. */
export function sudoError({ host, user }: SshAddress, { sudo }: RootAccess, stderr: string): MigrateError {
  const name = user === undefined ? "the user" : user;
  if (!sudo) {
    return new MigrateError("permission/denied", `Cannot change ${host}: ${name} is not root there.`, {
      stage: "open",
      hint: "Add --sudo, or log in as root.",
    });
  }
  const rule = RULES.find(({ says }) => says.test(stderr));
  const last = stderr.trim().split("\n").at(-1)?.replace(/\.$/, "") ?? "";
  const reason = rule?.reason ?? (last === "" ? "sudo failed" : last);
  return new MigrateError("permission/denied", `Cannot become root on ${host}: ${reason}.`, {
    stage: "open",
    hint: rule?.hint ?? "Try it by hand: ssh to the guest, then sudo -v.",
    cause: { stderr },
  });
}

/** Whether an error says that sudo wants a password which it was not given. */
export function wantsPassword(error: unknown): boolean {
  return error instanceof MigrateError && /sudo asks for a password/.test(error.message);
}
