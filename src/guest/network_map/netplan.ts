/**
 * Netplan's YAML (netplan.readthedocs.io, "YAML configuration").
 *
 * @module
 */
import { parse } from "@std/yaml";
import { MigrateError } from "../../model/error.ts";
import type { GuestInterface } from "../../model/guest.ts";
import { isCardName, macAddress } from "./names.ts";

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads the network cards of one file.
 *
 * @throws {MigrateError} `guest/unsupported` when it is no YAML
 */
export function parseNetplan(text: string, file: string): readonly GuestInterface[] {
  const ethernets = mapping(mapping(mapping(read(text, file)).network).ethernets);
  return Object.entries(ethernets).flatMap(([id, value]) => {
    const found = card(id, mapping(value), file);
    return found === null ? [] : [found];
  });
}

function card(id: string, settings: Mapping, file: string): GuestInterface | null {
  const match = mapping(settings.match);
  const mac = macAddress(text(match.macaddress));
  const matchName = text(match.name);
  const setName = text(settings["set-name"]);
  const isPlain = Object.keys(match).length === 0;
  const name = setName ?? (isPlain ? id : matchName ?? id);
  const followsMac = mac !== undefined && setName === undefined && matchName === undefined;
  // A match by driver, or by a pattern, names no card.
  if (!followsMac && (!isCardName(name) || (!isPlain && mac === undefined && matchName === undefined))) {
    return null;
  }
  const addresses = Array.isArray(settings.addresses) ? settings.addresses : [];
  return {
    name,
    ...(mac === undefined ? {} : { mac, macFile: file }),
    ...(followsMac ? { followsMac } : {}),
    addresses: addresses.flatMap((one) => text(one) ?? Object.keys(mapping(one))),
    dhcp: settings.dhcp4 === true || /^(yes|true|on)$/i.test(text(settings.dhcp4) ?? ""),
    file,
  };
}

function read(content: string, file: string): unknown {
  try {
    return parse(content);
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new MigrateError("guest/unsupported", `Cannot read ${file}: it is not valid YAML (${reason}).`, {
      hint: "Correct the file in the source VM: netplan cannot read it either.",
      cause,
    });
  }
}

function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Mapping : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
