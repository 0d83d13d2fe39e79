/**
 * What the guest said of itself: read from the line that the inside view's script writes, and compared with
 * what the migration promised.
 *
 * @module
 */
import { z } from "zod";
import type { BootDifference, InsideInterface, InsideMount, InsideView } from "../model/proof.ts";

/** What one network interface of the guest should be. */
export interface ExpectedInterface {
  /** MAC address, lower case. */
  readonly mac: string;
  /** Name that the guest's configuration uses for it. */
  readonly name?: string;
  /** Addresses in CIDR form that it must have. */
  readonly addresses?: readonly string[];
  /** Whether it must have got an address, whichever it is. */
  readonly dhcp?: boolean;
}

/** What the migration promises of the running guest; what is left out is not looked at. */
export interface ExpectedView {
  /** Kernel release that boots by default. */
  readonly kernel?: string;
  /** Driver of the root disk's controller, such as `virtio_blk`. */
  readonly rootDriver?: string;
  /** UUID of the root filesystem. */
  readonly rootUuid?: string;
  /** Network interfaces. */
  readonly interfaces?: readonly ExpectedInterface[];
}

const SCHEMA = z.object({
  kernel: z.string(),
  rootSource: z.string(),
  rootUuid: z.string(),
  rootDriver: z.string(),
  fstabFindings: z.array(z.string()).transform((lines) => lines.filter((line) => line.trim() !== "")),
  mounts: z.array(z.object({
    spec: z.string(),
    target: z.string(),
    fsType: z.string(),
    options: z.string().transform((text) => text.split(",")),
    source: z.string(),
  })),
  interfaces: z.array(z.object({
    name: z.string(),
    mac: z.string().transform((mac) => mac.toLowerCase()),
    addresses: z.array(z.string()),
    driver: z.string(),
    state: z.string(),
  })),
  failedUnits: z.array(z.string()),
  systemState: z.string(),
  uptimeSeconds: z.number(),
});

/**
 * Reads what came through the port: the first complete line that is an inside view. Undefined while there is
 * none; a second serial port can carry other text before it.
 */
export function parseInsideView(text: string): InsideView | undefined {
  for (const line of text.split("\n").slice(0, -1)) {
    // A firmware that uses the port as its console leaves the cursor in the middle of a line.
    const start = line.indexOf('{"kernel"');
    if (start < 0) continue;
    const parsed = SCHEMA.safeParse(jsonOf(line.slice(start)));
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // some other text that begins with a brace
    throw error;
  }
}

/** Compares the running guest with what was promised; empty when all is as it should be. */
export function compareInsideView(view: InsideView, expected: ExpectedView = {}): BootDifference[] {
  return [
    ...compareValue("kernel", expected.kernel, view.kernel),
    ...compareValue("root-driver", expected.rootDriver, view.rootDriver),
    ...compareValue("root-uuid", expected.rootUuid, view.rootUuid),
    ...view.mounts.flatMap(compareMount),
    ...(expected.interfaces ?? []).flatMap((wanted) => compareInterface(wanted, view.interfaces)),
    ...compareFindings(view.fstabFindings),
    ...view.failedUnits.map((unit): BootDifference => ({
      name: "failed-unit",
      severity: "warning",
      expected: "no failed unit",
      found: unit,
    })),
  ];
}

function compareValue(name: string, expected: string | undefined, found: string): BootDifference[] {
  return expected === undefined || expected === found ? [] : [critical(name, expected, found || "nothing")];
}

/** A line of fstab must be mounted, unless the guest's owner said that it need not be. */
function compareMount({ spec, target, options, fsType, source }: InsideMount): BootDifference[] {
  if (source !== "" || options.includes("noauto")) return [];
  const what = fsType === "swap" ? `${spec} in use as swap` : `${spec} mounted on ${target}`;
  const severity = options.includes("nofail") ? "warning" : "critical";
  return [{ name: "mount", severity, expected: what, found: "not mounted" }];
}

function compareInterface(
  wanted: ExpectedInterface,
  interfaces: readonly InsideInterface[],
): BootDifference[] {
  // A bond's or a bridge's members share one address: the one with a driver is the card.
  const cards = interfaces.filter(({ mac }) => mac === wanted.mac.toLowerCase());
  const card = cards.find(({ driver }) => driver !== "") ?? cards[0];
  if (card === undefined) {
    return [
      critical("interface", `${wanted.name ?? "an interface"} with MAC ${wanted.mac}`, "no such interface"),
    ];
  }
  const differences = compareValue("interface", wanted.name, card.name);
  const addresses = cards.flatMap((one) => one.addresses);
  for (const address of wanted.addresses ?? []) {
    if (addresses.includes(address)) continue;
    differences.push(critical("address", `${address} on ${card.name}`, addresses.join(", ") || "no address"));
  }
  if (wanted.dhcp && addresses.length === 0) {
    differences.push(critical("address", `an address on ${card.name} by DHCP`, "no address"));
  }
  return differences;
}

/** findmnt's errors: mount() decides whether the guest suffers, so that each is a warning here. */
function compareFindings(findings: readonly string[]): BootDifference[] {
  return findings.filter((line) => line.trimStart().startsWith("[E]")).map((line): BootDifference => ({
    name: "fstab",
    severity: "warning",
    expected: "an fstab without errors",
    found: line.trim().slice("[E]".length).trim(),
  }));
}

function critical(name: string, expected: string, found: string): BootDifference {
  return { name, severity: "critical", expected, found };
}
