/**
 * The thread that reads what disks of Hyper-V say of themselves and of their parents. It may read their folder and
 * nothing else.
 *
 * @module
 */
import type { Window } from "../input/window.ts";
import { lookAtVhd, readVhdChain } from "../vhd/chain.ts";
import { lookAtVhdx, readVhdxChain } from "../vhdx/chain.ts";
import { answer } from "../worker/answer.ts";
import type { ChainQuestion, DiskLook } from "./chain.ts";
import type { Chain } from "./serve_files.ts";

const LOOKS = { vhd: lookAtVhd, vhdx: lookAtVhdx } as const;

answer(async ({ kind, disk, wants }: ChainQuestion): Promise<DiskLook | Chain> =>
  wants === "look" ? await LOOKS[kind](disk) : await chainOf(kind, disk)
);

async function chainOf(kind: Chain["kind"], { path }: Window): Promise<Chain> {
  return kind === "vhd"
    ? { kind, layers: await readVhdChain(path) }
    : { kind, layers: await readVhdxChain(path) };
}
