/**
 * Where network cards are plugged in: `NAME` for all, `SRC:NAME` for the cards of one network of the source, or for
 * the card with one MAC address.
 *
 * @module
 */
import type { NicAttachment } from "./target_machine.ts";

/** What `--network` and `--bridge` take. The name is what follows the last colon: a MAC address has colons, too. */
export const ATTACHMENT = /^(.+:)?[^:/]+$/;

/** Where cards go. */
export interface Attachments {
  /** By MAC address, lower case, or by the name of the source's network. */
  readonly networks: Readonly<Record<string, NicAttachment>>;
  /** All others; undefined when nothing is said. */
  readonly defaultNetwork?: NicAttachment;
}

/** Reads both options; where one source has two targets, the bridge wins. */
export function attachments(networks: readonly string[], bridges: readonly string[]): Attachments {
  const found: Record<string, NicAttachment> = {};
  let defaultNetwork: NicAttachment | undefined;
  const kinds = [["network", networks], ["bridge", bridges]] as const;
  for (const [kind, texts] of kinds) {
    for (const text of texts) {
      const colon = text.lastIndexOf(":");
      const attachment = { kind, name: text.slice(colon + 1) };
      if (colon === -1) defaultNetwork = attachment;
      else found[sourceKey(text.slice(0, colon))] = attachment;
    }
  }
  return { networks: found, ...(defaultNetwork === undefined ? {} : { defaultNetwork }) };
}

const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

function sourceKey(source: string): string {
  return MAC.test(source) ? source.toLowerCase().replaceAll("-", ":") : source;
}
