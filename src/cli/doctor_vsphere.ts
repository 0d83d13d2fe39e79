/**
 * Command `doctor vsphere`: whether the user may do on a server what each mode and each action needs.
 *
 * @module
 */
import { ERROR_EXITS } from "../model/error.ts";
import { leftColumns, type Page, pair } from "../report/page.ts";
import type { Permission } from "../source/vsphere/privileges.ts";
import { withSession } from "./session.ts";
import { sessionOptions } from "./vsphere_login.ts";
import { printResult, selected, withNamedVms } from "./vsphere_selected.ts";

/** Asks the server; the status is that of a missing permission when anything is not granted. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("vsphere", withNamedVms(args), async (session) => {
    const options = await sessionOptions(session);
    const { VsphereSession } = await import("../source/vsphere/session.ts");
    await using vsphere = await VsphereSession.open(options);
    const { permissions } = await import("../source/vsphere/privileges.ts");
    const { vms } = await selected(vsphere, session);
    const found = await permissions(vsphere, vms);
    const { fullName } = vsphere.content;
    printResult(
      session,
      { server: fullName, vms: vms.length, permissions: found },
      (page) => renderPermissions(found, `${fullName}, ${vms.length} VMs, as ${options.user}`, page),
    );
    return found.every((one) => one.missing.length === 0) ? 0 : ERROR_EXITS["permission/denied"];
  });
}

/** A line for each deed, with what is missing. */
export function renderPermissions(found: readonly Permission[], about: string, page: Page): string {
  const width = leftColumns(found.map((one) => one.name)) + 2;
  const lines = found.flatMap(({ name, missing }) => {
    const mark = missing.length === 0 ? page.marks.done : page.marks.failed;
    const says = missing.length === 0 ? "granted" : `missing: ${missing.join("; ")}`;
    const [first = "", ...rest] = pair(page, `${mark} ${name}`, says, width);
    return [first.replace(mark, page.paint(missing.length === 0 ? "green" : "red", mark)), ...rest];
  });
  return [page.paint("bold", about), ...lines].join("\n") + "\n";
}
