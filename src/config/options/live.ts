/**
 * The options of `hyper2kvm live-fix` alone: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { flag, option, path } from "../option.ts";

const commands = ["live-fix"] as const;

/** The options, each with its metadata. */
export const liveOptions = {
  sudo: option(flag(), {
    group: "SSH",
    help: "Become root by sudo; without it the user that logs in is root.",
    commands,
  }),
  sudo_password_file: option(path().optional(), {
    group: "SSH",
    help: "File whose first line is the password that sudo asks for.",
    commands,
    value: "FILE",
    completes: "file",
  }),
  sudo_password_env: option(z.string().min(1).optional(), {
    group: "SSH",
    help: "Environment variable that holds the password that sudo asks for.",
    commands,
    value: "NAME",
  }),
  undo: option(flag(), {
    group: "Guest",
    help: "Give the guest back the files of before the last live-fix.",
    commands,
    flagOnly: true,
  }),
} as const;

/** What of these options excludes each other: the key and the message. */
export function liveConflicts(
  job: {
    readonly sudo_password_file?: unknown;
    readonly sudo_password_env?: unknown;
    readonly sudo: boolean;
  },
): (readonly ["sudo_password_env" | "sudo", string])[] {
  const given = [job.sudo_password_file, job.sudo_password_env].filter((one) => one !== undefined).length;
  return [
    ...given === 2
      ? [["sudo_password_env", "--sudo-password-file and --sudo-password-env exclude each other"] as const]
      : [],
    ...given > 0 && !job.sudo
      ? [["sudo", "--sudo-password-file and --sudo-password-env need --sudo"] as const]
      : [],
  ];
}
