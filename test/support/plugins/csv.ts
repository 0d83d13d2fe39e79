/**
 * Example of a plugin with a renderer: one line a machine, for spreadsheets.
 *
 * @module
 */
import type { Plugin, Report } from "../../../mod.ts";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function toCsv({ vms }: Report): string {
  const rows = vms.map(({ name, status, error }) => [name, status, error?.code ?? "", error?.message ?? ""]);
  return [["name", "status", "code", "message"], ...rows].map((row) => row.map(quoted).join(",") + "\n").join(
    "",
  );
}

export default {
  name: "csv",
  renderers: [{ name: "csv", extensions: [".csv"], render: toCsv }],
} satisfies Plugin;
