/**
 * Commands to the guest agent of a domain. They are in a library of their own, because only QEMU's driver has
 * them.
 *
 * @module
 */
import { Arena, type NonNullPointer, takeCString } from "../c.ts";
import { LibvirtMissingError, unwrap } from "./error.ts";
import type { LibvirtSymbols } from "./symbols.ts";

const SYMBOLS = {
  virDomainQemuAgentCommand: {
    parameters: [
      "pointer", // virDomainPtr domain
      "buffer", // const char *cmd
      "i32", // int timeout, seconds
      "u32", // unsigned int flags
    ],
    result: "pointer", // char *, to free
  },
} as const satisfies Deno.ForeignLibraryInterface;

let opened: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined;

/** The library, opened at the first call. */
export function agentLibrary(path = "libvirt-qemu.so.0"): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] {
  try {
    return opened ??= Deno.dlopen(path, SYMBOLS).symbols;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new LibvirtMissingError(path, cause);
  }
}

/** Sends a command in JSON and returns the answer in JSON; blocks for at most `timeoutSeconds`. */
export function agentCommand(
  symbols: LibvirtSymbols,
  domain: NonNullPointer,
  command: string,
  timeoutSeconds: number,
): string {
  using arena = new Arena();
  const answer = agentLibrary().virDomainQemuAgentCommand(domain, arena.string(command), timeoutSeconds, 0);
  return takeCString(
    unwrap(symbols, "virDomainQemuAgentCommand", answer),
    (pointer) => symbols.free(pointer),
  );
}
