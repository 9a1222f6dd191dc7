/** The report's and the page's look. One set of colours by name, light and dark. */
export const COLORS = `
:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --card: #ffffff; --ink: #1b2126; --soft: #5f6972; --line: #e2e4e3;
  --accent: #2b6a99; --accent-soft: #c4dcec; --good: #2f7d57; --good-soft: #cfe6da;
  --bad: #c2352b; --bad-soft: #f8ddda; --warn: #9a6a00; --warn-soft: #f6e7c3; --idle: #b9bfc4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121518; --card: #1a1f23; --ink: #e4e8eb; --soft: #97a2ab; --line: #2a3137;
    --accent: #74b0dc; --accent-soft: #24425a; --good: #62c394; --good-soft: #1f4434;
    --bad: #ff7a6e; --bad-soft: #4d2522; --warn: #e2b04a; --warn-soft: #46371a; --idle: #535d66;
  }
}`;

export const BASE = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3, p, ol, ul, dl, dd, figure { margin: 0; padding: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.015em; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; font-weight: 650; margin: 2.6rem 0 .8rem; }
code, pre, .id { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: .86em; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.pill {
  display: inline-block; padding: .1em .65em; border-radius: 99px; font-size: .82rem; font-weight: 600;
  background: var(--accent-soft); color: var(--ink); white-space: nowrap;
}
.pill.good { background: var(--good-soft); color: var(--good); } .pill.bad { background: var(--bad-soft); color: var(--bad); }
.pill.warn { background: var(--warn-soft); color: var(--warn); }
.num { font-variant-numeric: tabular-nums; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; padding: .45rem .75rem; white-space: nowrap; }
td { padding: .45rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
th.num, td.num { text-align: right; }
td .id, .id { overflow-wrap: anywhere; }`;

export const REPORT = `
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
header .mark { width: 100%; color: var(--soft); font-size: .85rem; letter-spacing: .02em; }
header .arrow { color: var(--soft); font-weight: 400; padding: 0 .15em; }
.lead { margin-top: .7rem; color: var(--soft); max-width: 72ch; }
.lead b { color: var(--ink); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin-top: 1.5rem; }
.tile { padding: .8rem 1rem .9rem; }
.tile .label { font-size: .8rem; color: var(--soft); }
.tile .value { font-size: 1.55rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.3; }
.tile .note { font-size: .82rem; color: var(--soft); overflow-wrap: anywhere; }
.things { overflow: hidden; }
.thing {
  display: grid; gap: .1rem 1.25rem; padding: .85rem 1rem; align-items: center;
  grid-template-columns: minmax(9rem, 1.3fr) minmax(9rem, 1.5fr) 8.5rem 5.5rem 7rem;
  border-top: 1px solid var(--line);
}
.thing:first-child { border-top: 0; }
.thing .name { font-weight: 600; } .thing .where { font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }
.thing .figure { text-align: right; } .thing .figure b { font-size: 1.08rem; font-weight: 650; }
.thing .figure span { display: block; font-size: .76rem; color: var(--soft); white-space: nowrap; }
.thing .blame { grid-column: 1 / -1; font-size: .86rem; color: var(--soft); padding-top: .25rem; overflow-wrap: anywhere; }
.thing .blame .id { color: var(--ink); }
.thing svg { display: block; width: 100%; height: 22px; }
.scroll { overflow-x: auto; }
.timeline { padding: 1rem 1rem .75rem; }
.timeline svg { display: block; min-width: 760px; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
svg .lane { fill: var(--ink); } svg .grid { stroke: var(--line); } svg .base { stroke: var(--line); stroke-width: 1; }
svg .phase { fill: var(--line); } svg .phase-name { fill: var(--ink); font-weight: 600; }
svg .done { fill: var(--accent); } svg .already { fill: var(--idle); } svg .failed { fill: var(--bad); }
svg .undone { fill: var(--warn); } svg .running { fill: var(--accent); opacity: .55; } svg .todo { fill: none; }
svg .served { fill: var(--good-soft); } svg .away { fill: var(--bad); } svg .blind { fill: var(--idle); }
svg .gate { fill: var(--warn); opacity: .16; } svg .stopped { fill: var(--idle); opacity: .22; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .8rem; color: var(--soft); padding-top: .6rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; vertical-align: -.05em; }
td .meter { margin-top: .55em; }
.meter { position: relative; height: 6px; min-width: 6rem; border-radius: 3px; background: var(--line); overflow: hidden; }
.meter i { position: absolute; inset: 0 auto 0 0; background: var(--accent); border-radius: 3px; }
.meter i.idle { background: var(--idle); }
details { border-top: 1px solid var(--line); } details:first-child { border-top: 0; }
summary { cursor: pointer; padding: .65rem 1rem; font-weight: 600; display: flex; gap: .75rem; flex-wrap: wrap; align-items: baseline; }
summary::before { content: "▸"; color: var(--soft); } details[open] summary::before { content: "▾"; }
summary .soft { font-weight: 400; font-size: .86rem; }
.fault { padding: 1rem 1.1rem; margin-bottom: .75rem; border-left: 4px solid var(--bad); }
.fault.mended { border-left-color: var(--warn); }
.fault h3 { font-size: 1rem; font-weight: 650; }
pre {
  margin: .6rem 0; padding: .7rem .85rem; background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45;
}
.remedy { font-size: .92rem; } .remedy b { font-weight: 650; }
.finding { padding: .75rem 1rem; border-top: 1px solid var(--line); } .finding:first-child { border-top: 0; }
.finding p { font-size: .9rem; color: var(--soft); }
.moments { padding: .4rem 0; list-style: none; }
.moments li { display: flex; gap: 1rem; padding: .3rem 1rem; font-size: .9rem; overflow-wrap: anywhere; }
footer { margin-top: 3rem; font-size: .82rem; color: var(--soft); overflow-wrap: anywhere; }
@media (max-width: 720px) {
  main { padding: 1.25rem .85rem 3rem; } h1 { font-size: 1.45rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; } .tile { padding: .65rem .8rem; } .tile .value { font-size: 1.25rem; }
  .thing { grid-template-columns: 1fr 1fr 1fr; gap: .35rem .75rem; }
  .thing > :nth-child(-n+2) { grid-column: 1 / -1; } .thing .figure { text-align: left; }
  .thing .figure span { white-space: normal; }
  .wide { display: none; } th, td { padding: .4rem .55rem; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } details > * { display: block; } }`;
