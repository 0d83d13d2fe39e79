/**
 * The interface of a report's renderer, and the table that selects one by the extension of the file.
 *
 * @module
 */
import { extname } from "@std/path";
import type { Report } from "../model/report.ts";
import { toHtml } from "./html.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";
import { definitions, screenshots } from "./evidence.ts";

/** One kind of report. */
export interface Renderer {
  /** Stable name. */
  readonly name: string;
  /** The extensions that select it for `--report FILE`, with the dot; `report` with the first is in the output folder. */
  readonly extensions: readonly string[];
  /** The text of a report. */
  render(report: Report): string | Promise<string>;
}

/** Markdown is also what a file with any other extension gets. */
const MARKDOWN: Renderer = { name: "markdown", extensions: [".md"], render: toMarkdown };

/** Every kind. */
export const RENDERERS: readonly Renderer[] = [
  { name: "json", extensions: [".json"], render: toJson },
  MARKDOWN,
  {
    name: "html",
    extensions: [".html", ".htm"],
    render: async (report) => toHtml(report, await screenshots(report), await definitions(report)),
  },
];

/** Picks the renderer of a file by its name. */
export function selectRenderer(path: string, renderers: readonly Renderer[]): Renderer {
  return renderers.find(({ extensions }) => extensions.includes(extname(path))) ?? MARKDOWN;
}
