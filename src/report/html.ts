/**
 * The report as one page that needs nothing else: no network, no script, light or dark as the reader prefers.
 *
 * @module
 */
import type { Report, VmReport } from "../model/report.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { machineSections } from "./html_machine.ts";
import { STYLE } from "./html_style.ts";
import { Html, html } from "./html_text.ts";

/** Nothing is loaded, whatever the page may hold. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * The text of report.html.
 *
 * @param images Screenshots (PNG) by path.
 * @param definitions libvirt definitions by path.
 */
export function toHtml(
  report: Report,
  images: ReadonlyMap<string, Uint8Array> = new Map(),
  definitions: ReadonlyMap<string, string> = new Map(),
): string {
  const names = report.vms.map((vm) => vm.name).join(", ") || "hyper2kvm";
  const title = report.vms.length > 3 ? `${report.vms.length} machines` : names;
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${POLICY}">
        <title>${title}: ${report.status}</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
        <main>
    <h1>${title} ${badge(report.status)}</h1>
    ${report.vms.length > 1 && results(report)}
    ${report.vms.map((vm, index) => [
      report.vms.length > 1 && html`<h1 id="vm-${index + 1}">${vm.name} ${badge(vm.status)}</h1>`,
      machineSections(vm, images, definitions),
    ])}
    ${run(report)}
        </main>
      </body>
    </html>
  `.markup;
}

/** A word with the colour of what it means. */
export function badge(status: VmReport["status"]): Html {
  const color = status === "succeeded" ? "good" : status === "planned" ? "note" : "bad";
  return html`<span class="badge ${color}">${status}</span>`;
}

function run({ startedAt, finishedAt, tool, host }: Report): Html {
  const elapsedMs = Date.parse(finishedAt) - Date.parse(startedAt);
  return html`
    <section>
      <h2>Run</h2>
      <dl>
    <dt>Started</dt><dd>${startedAt}</dd>
    <dt>Took</dt><dd>${duration(elapsedMs)}</dd>
    <dt>Tool</dt><dd>${tool.name} ${tool.version}</dd>
    ${Object.entries(host).map(([name, version]) =>
      html`
        <dt>${name}</dt>
        <dd>${version}</dd>
      `
    )}
      </dl>
    </section>
  `;
}

function results({ vms }: Report): Html {
  return html`
    <section>
      <h2>Machines</h2>
      <div class="wide">
        <table>
    <tr><th>Machine</th><th>Result</th><th class="aside">Guest</th><th>Boot proof</th><th class="number aside">On storage</th></tr>
    ${vms.map((vm, index) => {
      const bytes = vm.outputs.reduce((sum, disk) => sum + disk.allocatedSizeBytes, 0);
      return html`
        <tr>
          <td class="name"><a href="#vm-${index + 1}">${vm.name}</a></td>
          <td>${badge(vm.status)}${vm.error !== undefined &&
            html`
              <span class="soft">${vm.error.code}</span>
            `}</td>
          <td class="aside">${vm.guest?.productName}</td>
          <td>${vm.proof?.verdict}</td>
          <td class="number aside">${bytes > 0 && size(bytes)}</td>
        </tr>
      `;
    })}
        </table>
      </div>
    </section>
  `;
}
