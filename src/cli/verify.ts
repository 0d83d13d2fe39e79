/**
 * Command `verify`.
 *
 * @module
 */
import { basename, dirname, extname, join } from "@std/path";
import { ERROR_EXITS, MigrateError } from "../model/error.ts";
import type { Job } from "../config/schema.ts";
import { shellWord } from "../run/shell_word.ts";
import { block, colored, type Page, pageFor, paragraph } from "../report/page.ts";
import { size } from "../ui/size.ts";
import type { ImageCheck } from "../verify/image.ts";
import { requireSource } from "./convert.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Checks an image and boots it; the status is 8 when it was not shown to boot. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("verify", args, async (session) => {
    const { job, signal, emit } = session;
    requireSource("verify", job);
    const [path = "", another] = job.source;
    if (another !== undefined) {
      throw new MigrateError("usage/bad-option", `Cannot verify ${another} as well: one image at a time.`);
    }
    if (job.keep_domain && !job.boot_proof) {
      throw new MigrateError(
        "usage/bad-option",
        "--keep-domain needs the boot proof, whose machine it keeps.",
      );
    }
    const xml = job.xml === undefined ? "" : await readDefinition(job.xml);
    const choices = await machineChoices(job);
    const { readLuksKeys, typedKeys } = await import("../guest/luks_keys.ts");
    const passphrases = await typedKeys(await readLuksKeys(job.luks_key));
    const { verifyImage } = await import("../verify/image_and_boot.ts");
    const result = await announced(session, path, () =>
      verifyImage({
        path,
        bootProof: job.boot_proof,
        passphrases,
        evidenceDir: join(job.output ?? dirname(path), "evidence"),
        signal,
        emit,
        ...(job.boot_timeout === undefined ? {} : { bootTimeoutMs: job.boot_timeout * 1000 }),
        ...(job.xml === undefined ? {} : { xml }),
        ...choices,
      }));
    return await finishVerify(session, path, result);
  });
}

async function readDefinition(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("source/missing", `Cannot read ${path}: there is no such file.`, {
      stage: "verify",
      hint: "Name a definition, as convert writes it or virsh dumpxml prints it.",
    });
  }
}

/** What the options say of the machine, and who runs it. */
async function machineChoices(
  job: Job,
): Promise<Pick<VerifyOptions, "choices" | "uri" | "keep">> {
  const { DEFAULT_URI, isLocalUri, withAuthFile } = await import("../libvirt/uri.ts");
  const uri = job.uri ?? (job.keep_domain ? DEFAULT_URI : undefined);
  if (uri !== undefined && !isLocalUri(uri)) {
    throw new MigrateError(
      "usage/bad-value",
      `Cannot verify on ${uri}: that libvirt does not see this image.`,
      {
        hint: "Leave --uri out, or run verify on that host.",
      },
    );
  }
  const { vcpus, memory, uefi, bios, uri_auth } = job;
  return {
    choices: {
      ...(vcpus === undefined ? {} : { cpus: vcpus }),
      ...(memory === undefined ? {} : { memoryMiB: memory }),
      ...(uefi ? { firmware: "uefi" } : bios ? { firmware: "bios" } : {}),
    },
    ...(uri === undefined ? {} : { uri: withAuthFile(uri, uri_auth) }),
    ...(job.keep_domain ? { keep: { graphics: job.graphics === "vnc" && !job.headless } } : {}),
  };
}

type VerifyOptions = Parameters<typeof import("../verify/image_and_boot.ts").verifyImage>[0];
type VerifyResult = Awaited<ReturnType<typeof import("../verify/image_and_boot.ts").verifyImage>>;

/** Shows the work as one stage. */
async function announced(
  { emit }: Session,
  path: string,
  work: () => Promise<VerifyResult>,
): Promise<VerifyResult> {
  const vm = basename(path, extname(path));
  const startedMs = performance.now();
  const end = (status: "done" | "failed", summary: string): void => {
    const elapsedMs = Math.round(performance.now() - startedMs);
    emit({ type: "stage-end", vm, stage: "verify", status, elapsedMs, summary });
  };
  emit({ type: "stage-start", vm, stage: "verify", title: "Check the image" });
  try {
    const result = await work();
    const failed = result.proof !== undefined && result.proof.verdict !== "booted";
    end(failed ? "failed" : "done", result.proof?.summary ?? "image check");
    return result;
  } catch (error) {
    end("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function finishVerify(session: Session, path: string, result: VerifyResult): Promise<number> {
  session.endProgress();
  const { proof, kept } = result;
  if (session.job.json) print(`${JSON.stringify(session.redactor.value({ path, ...result }), null, 2)}\n`);
  else if (!session.job.quiet) {
    const page = pageFor(session.page);
    const { proofLines } = await import("../report/summary.ts");
    print(
      [
        ...imageLines(page, result.check),
        ...proof === undefined ? [] : proofLines(page, proof),
        ...kept === undefined ? [] : keptLines(page, kept),
      ].join("\n") + "\n",
    );
  }
  if (proof === undefined || proof.verdict === "booted") return 0;
  return ERROR_EXITS[proof.verdict === "failed" ? "prove/failed" : "prove/unclear"];
}

/** The machine that was kept, and how it goes again. */
function keptLines(page: Page, { name, uri, disks }: NonNullable<VerifyResult["kept"]>): string[] {
  const connect = `virsh --connect ${shellWord(uri)}`;
  // Not wrapped: the commands are to be copied.
  return block(page, "Kept to look into", [
    `  ${connect} start --console ${shellWord(name)}`,
    `  ${connect} undefine --nvram ${shellWord(name)} && rm ${disks.map(shellWord).join(" ")}`,
  ]);
}

/** What the image check found; a damaged image is an error before this. */
export function imageLines(page: Page, check: ImageCheck): string[] {
  const { path, format, virtualSizeBytes, allocatedSizeBytes, checked, leakedClusters } = check;
  const result = checked ? "the image is sound" : `${format} has no metadata to check`;
  return [
    ...colored(page, "green", `${page.marks.done} ${path}: ${result}`),
    ...paragraph(
      page,
      `${format}, ${size(virtualSizeBytes)} for the guest, ${size(allocatedSizeBytes)} on storage`,
    ),
    ...leakedClusters === 0
      ? []
      : paragraph(page, `${leakedClusters} leaked clusters: wasted space, no damage`),
  ];
}
