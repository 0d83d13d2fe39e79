/**
 * A running guest as the fixes know guests: its files, its description, its network cards, its hardware.
 *
 * @module
 */
import { CachedFiles } from "../guest/cached_files.ts";
import { describeLinux } from "../guest/describe.ts";
import type { GuestFiles } from "../guest/files.ts";
import type { Guest, GuestInterface } from "../model/guest.ts";
import type { Nic } from "../model/source.ts";
import { readStorage } from "./block_devices.ts";
import { cardsOf, hardwareOf, type NetworkCard, type RunningHardware } from "./hardware.ts";
import type { RemoteRoot } from "./remote_root.ts";
import { requireFixable } from "./requirements.ts";
import { SshFiles } from "./ssh_files.ts";
import { parseSurvey, type Survey } from "./survey.ts";
import { surveyScript } from "./survey_script.ts";

/** What a run works on. */
export interface RunningGuest {
  /** Its files as they were when it was surveyed. */
  readonly files: GuestFiles;
  /** The system. */
  readonly guest: Guest;
  /** Its cards, each with the name that it has now. */
  readonly nics: readonly Nic[];
  /** What it runs on. */
  readonly hardware: RunningHardware;
  /** Release of the kernel that runs. */
  readonly release: string;
  /** The process that runs all others. */
  readonly init: "systemd" | "sysv" | "openrc";
}

/**
 * Looks at a guest, in one round trip and the few that its answer calls for.
 *
 * @throws {MigrateError} `guest/unsupported` when it cannot be fixed as it runs; `network/failed`
 */
export async function surveyGuest(root: RemoteRoot): Promise<RunningGuest> {
  return await describeSurvey(root, parseSurvey(await root.bytes(surveyScript())));
}

/** Describes a guest by its answer. */
export async function describeSurvey(root: RemoteRoot, survey: Survey): Promise<RunningGuest> {
  const { facts } = survey;
  const init = requireFixable(root.host, survey);
  const files = new CachedFiles(new SshFiles(root, survey));
  const cards = cardsOf(facts);
  const storage = readStorage(facts);
  const described = await describeLinux(files, {
    ...storage,
    rootReason: "it runs from there",
    firmware: facts.get("uefi") === "" ? "bios" : "uefi",
  });
  const interfaces = described.interfaces.map((one) => withCard(one, cards));
  return {
    files,
    guest: { ...described, interfaces },
    nics: cards.map(nicOf),
    hardware: hardwareOf(facts),
    release: facts.get("release"),
    init,
  };
}

/** An interface that no file ties to a card belongs to the card that has its name now. */
function withCard(one: GuestInterface, cards: readonly NetworkCard[]): GuestInterface {
  const mac = one.mac ?? cards.find(({ name }) => name === one.name)?.mac;
  return mac === undefined ? one : { ...one, mac };
}

function nicOf({ name, mac, driver }: NetworkCard): Nic {
  return { mac, macOrigin: "guest", guestName: name, ...(driver === "" ? {} : { model: driver }) };
}
