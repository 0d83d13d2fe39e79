/**
 * What the guest agent says of the guest (qemu's docs/interop/qemu-ga-ref).
 *
 * @module
 */
import { z } from "zod";
import type { AgentAnswers } from "../model/proof.ts";
import type { ProofGuest } from "./proof_guest.ts";

const INFO = z.object({ version: z.string() });
const OS = z.object({ "pretty-name": z.string().optional(), name: z.string().optional() });
const HOST = z.object({ "host-name": z.string() });
const INTERFACES = z.array(z.object({
  name: z.string(),
  "hardware-address": z.string().optional(),
  "ip-addresses": z.array(z.object({ "ip-address": z.string(), prefix: z.number() })).default([]),
}));

/** Asks the agent, undefined while none answers. A question that it does not know is left out. */
export async function askAgent(guest: ProofGuest): Promise<AgentAnswers | undefined> {
  const info = INFO.safeParse(await guest.askAgent("guest-info"));
  if (!info.success) return undefined;
  const os = OS.safeParse(await guest.askAgent("guest-get-osinfo"));
  const host = HOST.safeParse(await guest.askAgent("guest-get-host-name"));
  const interfaces = INTERFACES.safeParse(await guest.askAgent("guest-network-get-interfaces"));
  const system = os.data?.["pretty-name"] ?? os.data?.name;
  return {
    version: info.data.version,
    ...(system === undefined ? {} : { system }),
    ...(host.success ? { hostname: host.data["host-name"] } : {}),
    interfaces: (interfaces.data ?? []).filter(({ name }) => name !== "lo").map((one) => ({
      name: one.name,
      mac: one["hardware-address"]?.toLowerCase() ?? "",
      addresses: one["ip-addresses"].map((address) => `${address["ip-address"]}/${address.prefix}`),
    })),
  };
}
