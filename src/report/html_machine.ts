/**
 * One machine on the page of the report.
 *
 * @module
 */
import { ranBy } from "./summary.ts";
import { Buffer } from "node:buffer";
import type { Change } from "../model/change.ts";
import type { Concern, Severity } from "../model/concern.ts";
import type { BootProof } from "../model/proof.ts";
import type { StageReport, VmReport } from "../model/report.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { changeSummary, changeText } from "./diff.ts";
import { type Html, html } from "./html_text.ts";

const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  critical: "bad",
  warning: "warn",
  information: "note",
};

/** Everything about a machine; what there is nothing to say of is left out. */
export function machineSections(
  vm: VmReport,
  images: ReadonlyMap<string, Uint8Array>,
  definitions: ReadonlyMap<string, string>,
): (Html | false)[] {
  const { proof, definition } = vm;
  const xml = definition === undefined ? undefined : definitions.get(definition);
  return [
    vm.error !== undefined && failure(vm.error),
    (vm.source ?? vm.guest ?? vm.outputs[0]) !== undefined && summary(vm),
    proof !== undefined && proofSection(proof, images),
    vm.concerns.length > 0 && concernSection(vm.concerns),
    vm.stages.length > 0 && timeline(vm.stages),
    vm.changes.length > 0 && changeSection(vm.changes, vm.status),
    vm.leftAlone.length > 0 && leftAloneSection(vm.leftAlone),
    xml !== undefined &&
    html`
      <section>
        <h2>Definition</h2>
        <details>
          <summary>${definition}</summary>
          <pre>${xml}</pre>
        </details>
      </section>
    `,
  ];
}

function failure({ message, code, stage, hint }: NonNullable<VmReport["error"]>): Html {
  return html`<section class="error"><h2>${message}</h2>
${hint !== undefined && html`<p>${hint}</p>`}
<p class="soft"><code>${code}</code>${stage !== undefined && ` in step ${stage}`}</p></section>`;
}

function summary({ source, guest, nics, outputs, definition, definedOn }: VmReport): Html {
  const cards = nics.map((nic) => `${nic.mac}${nic.guestName === undefined ? "" : ` (${nic.guestName})`}`);
  return html`
    <section>
      <h2>Summary</h2>
      <dl>
    ${source?.disks.map((disk) =>
      html`
        <dt>Source</dt>
        <dd><code>${disk.path}</code> <span class="soft">${disk.format}${disk.detail !== undefined &&
          `, ${disk.detail}`}, ${size(disk.virtualSizeBytes)}, ${size(
            disk.allocatedSizeBytes,
          )} on storage</span></dd>
      `
    )}
    ${guest !== undefined && html`
      <dt>Guest</dt>
      <dd>${guest.productName || guest.osType}</dd>
      <dt>Root</dt>
      <dd><code>${guest.root}</code> <span class="soft">${guest.rootReason}</span></dd>
      <dt>Firmware</dt>
      <dd>${guest.firmware.toUpperCase()}</dd>
      <dt>Kernels</dt>
      <dd>${guest.kernels.map((one) => one.release).join(", ") || "none"}</dd>
      <dt>Host name</dt>
      <dd>${guest.hostname || "unknown"}</dd>
    `}
    ${cards.length > 0 && html`
      <dt>Network</dt>
      <dd>${cards.join(", ")}</dd>
    `}
    ${outputs.map((disk) =>
      html`
        <dt>Output</dt>
        <dd><code>${disk.path}</code> <span class="soft">${disk.format}, ${size(
          disk.virtualSizeBytes,
        )}, ${size(disk.allocatedSizeBytes)} on storage</span>${disk.sha256 !== undefined &&
          html`<br><span class="soft">SHA-256</span> <code>${disk.sha256}</code>`}</dd>
      `
    )}
    ${definition !== undefined && html`
      <dt>Definition</dt>
      <dd><code>${definition}</code></dd>
    `}
    ${definedOn !== undefined && html`
      <dt>Defined on</dt>
      <dd>${definedOn}</dd>
    `}
      </dl>
    </section>
  `;
}

function proofSection(proof: BootProof, images: ReadonlyMap<string, Uint8Array>): Html {
  const color = proof.verdict === "booted" ? "good" : "bad";
  const path = proof.screenshots.at(-1);
  const image = path === undefined ? undefined : images.get(path);
  return html`<section><h2>Boot proof <span class="badge ${color}">${proof.verdict}</span></h2>
<p>${proof.summary} <span class="soft">${ranBy(proof)}, ${duration(proof.elapsedMs)}.</span></p>
<div class="proof"><ul class="plain">
${
    proof.reached.map((one) =>
      html`<li><strong>${one.name}</strong> <span class="soft">${duration(one.atMs)}</span>
<div class="evidence">${one.evidence}</div></li>`
    )
  }
${
    proof.missing !== undefined &&
    html`<li><strong>${proof.missing}</strong> <span class="badge bad">not reached</span></li>`
  }
</ul>
${
    image !== undefined &&
    html`<img alt="Screen of the guest at the end of the proof" src="data:image/png;base64,${
      Buffer.from(image).toString("base64")
    }">`
  }
</div>
${proof.differences !== undefined && proof.differences.length > 0 && differences(proof.differences)}
${
    proof.verdict !== "booted" && proof.consoleTail.length > 0 &&
    html`
      <details open>
        <summary>Last lines of the console</summary>
        <pre>${proof.consoleTail.join("\n")}</pre>
      </details>
    `
  }
${proof.serialLog !== undefined && html`<p class="soft">Console: <code>${proof.serialLog}</code></p>`}
${proof.qemuLog !== undefined && html`<p class="soft">QEMU: <code>${proof.qemuLog}</code></p>`}
</section>`;
}

function differences(list: NonNullable<BootProof["differences"]>): Html {
  return html`
    <div class="wide">
      <table class="stack"><tr><th>In the running guest</th><th>Expected</th><th>Found</th></tr>
    ${list.map((one) =>
      html`
        <tr>
          <td>${one.name}</td>
          <td>${one.expected}</td>
          <td>${one.found}</td>
        </tr>
      `
    )}
      </table>
    </div>
  `;
}

function concernSection(concerns: readonly Concern[]): Html {
  return html`
    <section>
      <h2>Concerns</h2>
      <ul class="plain">
    ${concerns.map((one) =>
      html`<li><span class="badge ${SEVERITY_COLORS[one.severity]}">${one.severity}</span> ${one.message}
${one.hint !== undefined && html`<div class="soft">${one.hint}</div>`}</li>`
    )}
      </ul>
    </section>
  `;
}

/** Each step as a bar on the time that the run took; what an earlier run did has no place on it. */
function timeline(stages: readonly StageReport[]): Html {
  const now = stages.filter((one) => one.status !== "skipped");
  const start = Math.min(...now.map((one) => Date.parse(one.startedAt)));
  const total = Math.max(1, ...now.map((one) => Date.parse(one.startedAt) + one.elapsedMs - start));
  const percent = (ms: number): string => `${Math.min(100, Math.max(0, ms * 100 / total)).toFixed(2)}%`;
  return html`
    <section>
      <h2>Timeline</h2>
      <ol class="time">
    ${stages.map((one) =>
      html`<li class="${one.status}"><strong>${one.stage}</strong>
<span class="number">${one.status === "skipped" ? "earlier" : duration(one.elapsedMs)}</span>
<span class="track">${
        one.status !== "skipped" &&
        html`<span class="bar" style="left:min(${
          percent(Date.parse(one.startedAt) - start)
        },100% - 3px);width:${percent(one.elapsedMs)}"></span>`
      }</span>
<span class="says">${one.status === "failed" && "failed: "}${one.summary}</span></li>`
    )}
      </ol>
    </section>
  `;
}

function changeSection(changes: readonly Change[], status: VmReport["status"]): Html {
  return html`<section><h2>${
    status === "planned" ? "What would change in the guest" : "Changes in the guest"
  }</h2>
${
    changes.map((change) =>
      html`
        <details>
          <summary><h3>${change.path}</h3> <span class="soft">${changeSummary(change)}</span></summary>
          <p>${change.why} <span class="soft">(${change.fix})</span></p>
          <pre>${diffLines(changeText(change))}</pre>
        </details>
      `
    )
  }</section>`;
}

function diffLines(text: string): Html[] {
  return text.replace(/\n$/, "").split("\n").map((line) => {
    const color = /^(\+\+\+|---)/.test(line)
      ? "soft"
      : line.startsWith("+")
      ? "add"
      : line.startsWith("-")
      ? "del"
      : line.startsWith("@@")
      ? "hunk"
      : "";
    return html`<span class="${color}">${line}</span>${"\n"}`;
  });
}

function leftAloneSection(list: VmReport["leftAlone"]): Html {
  return html`
    <section>
      <h2>Left alone</h2>
      <div class="wide">
        <table class="stack"><tr><th>Fix</th><th>File</th><th>Why</th></tr>
    ${list.map((one) =>
      html`
        <tr>
          <td>${one.fix}</td>
          <td class="path">${one.path !== undefined && html`<code>${one.path}</code>`}</td>
          <td>${one.reason}</td>
        </tr>
      `
    )}
        </table>
      </div>
    </section>
  `;
}
