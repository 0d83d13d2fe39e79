/**
 * Why virt-v2v fails, by what it says: whether the same command may succeed later, and what helps.
 *
 * @module
 */
import { type ErrorCode, MigrateError } from "../model/error.ts";

/** One kind of failure. */
export interface Failure {
  /** For programs. */
  readonly code: ErrorCode;
  /** Whether the same command may succeed later. */
  readonly transient: boolean;
  /** What helps. */
  readonly hint: string;
}

type Row = readonly [pattern: RegExp, code: ErrorCode, hint: string];

/** Nothing but a change of the guest, the options or the host helps. */
const PERMANENT: readonly Row[] = [
  [
    /could not (find|read) key|No key available|incorrect passphrase|cryptsetup_open: .*(Operation not permitted|-1)|no key matched/i,
    "usage/bad-value",
    "No key fits an encrypted disk: check --luks-key.",
  ],
  [
    /multi-?boot operating systems/i,
    "guest/unsupported",
    "The disks hold several systems: name one with --root DEV.",
  ],
  [
    /inspection could not detect the source guest|no root device found|no operating system/i,
    "guest/unsupported",
    "virt-v2v finds no operating system; try without virt-v2v, and give --luks-key for encrypted disks.",
  ],
  [
    /unable to convert this guest type|virt-v2v is unable to|cannot be converted|does not support .* guests/i,
    "guest/unsupported",
    "virt-v2v does not know this system; try without it.",
  ],
  [
    /hibernat|unclean|Fast Startup|mounted read-only/i,
    "guest/unsupported",
    "Start the machine once more, switch Fast Startup off, and shut it down.",
  ],
  [
    /No space left on device|(not enough|insufficient) free space|Disk quota exceeded/i,
    "space/full",
    "Make room in the output folder, or in the guest when its own filesystem is full.",
  ],
  [
    /Permission denied|Access denied/i,
    "permission/denied",
    "virt-v2v may not read the source or write the output.",
  ],
  [
    /(Cannot complete login|incorrect user ?name or password|authentication failed|NotAuthenticated|\b401\b)/i,
    "permission/denied",
    "The server refuses the user or the password.",
  ],
  [
    /SSL certificate problem|certificate (verify failed|subject|has expired)|thumbprint/i,
    "network/failed",
    "The server's certificate is not trusted: name its thumbprint or its authority.",
  ],
  [
    /libvixDiskLib|nbdkit.*vddk.*(cannot open|not found)|plugin 'vddk'|VDDK (library|plugin)|nbdkit-vddk-plugin/i,
    "tool/missing",
    "VMware's VDDK library (--vddk-libdir DIR) or nbdkit's plugin for it is missing, which Debian's nbdkit lacks; --v2v-transport https or ssh needs neither.",
  ],
  [
    /failed to find a suitable kernel|supermin(:| exited)|no suitable kernel/i,
    "tool/missing",
    "libguestfs finds no kernel for its appliance: apt-get install linux-image-amd64, and let this user read /boot.",
  ],
  [
    /No such file or directory|could not be found|Domain not found/i,
    "source/missing",
    "Something that the source names is not there.",
  ],
];

/** The same command may succeed in a minute. */
const TRANSIENT: readonly Row[] = [
  [
    /Failed to (get|lock)[^\n]*\block\b|another process using the image|Resource temporarily unavailable|lock .*timed out/i,
    "tool/failed",
    "Something else has the disk open.",
  ],
  [
    /(Could not|Couldn.t|Failed to) connect|Connection (refused|reset|timed out|closed)|Could not resolve|name resolution|Temporary failure|Network is unreachable|No route to host|Broken pipe|\b50[234]\b|TLS connection .*(terminated|closed)|Operation timed out|server closed the connection/i,
    "network/failed",
    "The network or the server did not answer.",
  ],
  [
    /guestfs_launch failed|appliance (closed|failed|exited)|child process died unexpectedly/i,
    "tool/failed",
    "The libguestfs appliance did not start; libguestfs-test-tool shows why.",
  ],
];

/**
 * What is known of a failure by what was said, the most telling text first; when nothing is, a permanent one whose
 * hint is the log. The permanent classes come first: a wrong key ends the appliance, too.
 */
export function classifyFailure(...texts: readonly string[]): Failure {
  for (const text of texts) {
    for (const [rows, transient] of [[PERMANENT, false], [TRANSIENT, true]] as const) {
      const row = rows.find(([pattern]) => pattern.test(text));
      if (row !== undefined) return { code: row[1], transient, hint: row[2] };
    }
  }
  return { code: "tool/failed", transient: false, hint: "The log has all that virt-v2v said." };
}

/** An error of virt-v2v that may be gone when it is started again. */
export class PassingFailure extends MigrateError {}

/** Whether the same command may succeed later. */
export const isPassing = (error: unknown): boolean => error instanceof PassingFailure;
