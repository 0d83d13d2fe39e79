/**
 * The look of report.html: light and dark, from a phone's width upwards.
 *
 * @module
 */

/** The style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #59636e; --line: #d8dee4; --code: #f1f3f5;
  --good: #1a7f37; --bad: #c4232c; --warn: #8f5b00; --note: #0b5cad;
  --good-back: #dff5e3; --bad-back: #ffe5e3; --warn-back: #fff3d1; --note-back: #e2f0ff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --text: #e6edf3; --soft: #9aa5b1; --line: #30363d; --code: #0b0f14;
    --good: #56d364; --bad: #ff7b72; --warn: #e3b341; --note: #79c0ff;
    --good-back: #12301b; --bad-back: #3c1618; --warn-back: #33270a; --note-back: #10253c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
a { color: var(--note); }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.1rem;
  margin: 1rem 0; }
.soft { color: var(--soft); }
.badge { display: inline-block; border-radius: 99px; padding: .05rem .7rem; font-size: .85rem; font-weight: 600;
  vertical-align: middle; white-space: nowrap; }
.good { color: var(--good); background: var(--good-back); } .bad { color: var(--bad); background: var(--bad-back); }
.warn { color: var(--warn); background: var(--warn-back); } .note { color: var(--note); background: var(--note-back); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; } tr:last-child td { border-bottom: 0; }
td.path { overflow-wrap: anywhere; min-width: 11rem; } td.name { min-width: 6.5rem; }
p, li { overflow-wrap: anywhere; }
code, pre { font: .85rem/1.5 ui-monospace, "Liberation Mono", monospace; }
code { background: var(--code); border-radius: 4px; padding: .05rem .3rem; overflow-wrap: anywhere; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .8rem; margin: .6rem 0 0;
  overflow-x: auto; }
.add { color: var(--good); } .del { color: var(--bad); } .hunk { color: var(--note); }
details { border-top: 1px solid var(--line); padding: .6rem 0; } details:first-of-type { border-top: 0; }
summary { cursor: pointer; } summary h3 { display: inline; }
.error { border-color: var(--bad); } .error h2 { color: var(--bad); }
ol.time { list-style: none; margin: 0; padding: 0; }
ol.time li { display: grid; grid-template-columns: 6.5rem 5.5rem 1fr; gap: .1rem .8rem; padding: .3rem 0;
  align-items: center; }
ol.time .track { height: .7rem; border-radius: 4px; background: var(--code); position: relative; overflow: hidden; }
ol.time .bar { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: 4px; background: var(--note); }
ol.time .failed .bar { background: var(--bad); }
ol.time .says { grid-column: 1 / -1; color: var(--soft); font-size: .88rem; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.proof { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
.proof img { width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; background: #000; }
ul.plain { list-style: none; margin: 0; padding: 0; } ul.plain > li { padding: .45rem 0; border-top: 1px solid var(--line); }
ul.plain > li:first-child { border-top: 0; }
.proof .evidence { font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: .6rem .6rem 3rem; } section, .card { padding: .8rem; }
  .proof { grid-template-columns: minmax(0, 1fr); }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  ol.time li { grid-template-columns: 5.5rem 5.2rem 1fr; }
  table .aside { display: none; } td a { overflow-wrap: anywhere; }
  table.stack, .stack tbody, .stack tr, .stack td { display: block; } .stack tr:first-child, .stack td:empty { display: none; }
  .stack tr { border-bottom: 1px solid var(--line); padding: .4rem 0; } .stack tr:last-child { border-bottom: 0; }
  .stack td { border: 0; padding: .1rem 0; overflow-wrap: anywhere; } .stack td:first-child { font-weight: 600; }
}
@media print { body { background: #fff; } details > * { display: block; } }
`;
