/**
 * What a guest runs on: the drivers that are in use, the places of its devices, its network cards.
 *
 * @module
 */
import { basename, dirname } from "@std/path";
import type { SurveyFacts } from "./survey.ts";

/** The hardware of a running guest. */
export interface RunningHardware {
  /** Who made the machine, as its firmware says: `VMware, Inc.`. */
  readonly vendor: string;
  /** Drivers that have a device. */
  readonly drivers: ReadonlySet<string>;
  /** Places of devices on their bus, such as `0000:0b:00.0`. */
  readonly places: ReadonlySet<string>;
}

/** A network card. */
export interface NetworkCard {
  /** Its name now. */
  readonly name: string;
  /** Its own MAC address, also as a member of a bond; lower case. */
  readonly mac: string;
  /** Its driver, empty where it is not known. */
  readonly driver: string;
}

/** Reads the drivers in use. */
export function hardwareOf(facts: SurveyFacts): RunningHardware {
  const bound = facts.get("drivers").split("\n").filter((line) => line.includes("\t")).map((line) =>
    line.split("\t")
  );
  return {
    vendor: facts.get("vendor"),
    drivers: new Set(bound.map(([, driver = ""]) => moduleNameOf(basename(driver)))),
    places: new Set(bound.map(([folder = ""]) => basename(folder.replace(/\/$/, "")))),
  };
}

/** Some drivers have another name on their bus than as a module: `vmw-pvscsi`. */
function moduleNameOf(driver: string): string {
  return driver.replaceAll("-", "_");
}

/** Reads the network cards, in the order of their names. */
export function cardsOf(facts: SurveyFacts): readonly NetworkCard[] {
  return facts.get("cards").split("\n").filter((line) => line.includes("\t")).map((line) => {
    const [name = "", mac = "", driver = ""] = line.split("\t");
    return { name, mac: mac.toLowerCase(), driver };
  }).filter(({ mac }) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== "00:00:00:00:00:00");
}

/** The folder of a module below /lib/modules/RELEASE by its line in modules.dep; undefined when it has none. */
export function moduleFolder(modulesDep: string, driver: string): string | undefined {
  const line = modulesDep.split("\n").find((one) =>
    basename(one.split(":")[0] ?? "").replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_") === driver
  );
  return line === undefined ? undefined : dirname(line.split(":")[0]!);
}
