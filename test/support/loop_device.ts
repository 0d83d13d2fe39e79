/**
 * A block device of a test's own: a loop device on a file. Needs root and loop devices.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";

/** A loop device; given back on dispose. */
export class LoopDevice implements AsyncDisposable {
  /** Its path, such as `/dev/loop3`. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one on a new file of this size. */
  static async create(file: string, sizeBytes: number): Promise<LoopDevice> {
    await Deno.writeFile(file, new Uint8Array());
    await Deno.truncate(file, sizeBytes);
    const { stdout } = await runCommand("losetup", ["--find", "--show", file]);
    return new LoopDevice(stdout.trim());
  }

  /** Detaches it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand("losetup", ["--detach", this.path]);
  }
}

/** What a test with one needs. */
export const LOOP_NEEDS = { programs: ["losetup"], files: ["/dev/loop-control"], root: true } as const;
