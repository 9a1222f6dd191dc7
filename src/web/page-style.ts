/** What the live page adds to the report's look. */
export const PAGE = `
main { max-width: 1180px; }
header { display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center; }
header .mark { width: 100%; color: var(--soft); font-size: .85rem; }
h1 { font-size: 1.6rem; }
h2 { margin: 1.8rem 0 .6rem; }
button {
  font: inherit; font-weight: 600; padding: .4em 1em; border-radius: 8px; border: 1px solid var(--line);
  background: var(--card); color: var(--ink); cursor: pointer;
}
button.good { background: var(--good); border-color: var(--good); color: var(--card); }
button:disabled { opacity: .5; cursor: default; }
button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input { font: inherit; padding: .4em .7em; border-radius: 8px; border: 1px solid var(--line); background: var(--paper); color: var(--ink); }
.clock { color: var(--soft); font-variant-numeric: tabular-nums; margin-left: auto; }
.progress { height: 10px; border-radius: 5px; background: var(--line); overflow: hidden; margin: 1rem 0 .4rem; display: flex; }
.progress i { background: var(--accent); transition: width .4s; } .progress i.failed { background: var(--bad); }
.phases { display: flex; flex-wrap: wrap; gap: .35rem; list-style: none; }
.phases li { font-size: .82rem; padding: .15em .7em; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); background: var(--card); }
.phases li.now { border-color: var(--accent); color: var(--ink); font-weight: 600; } .phases li.done { background: var(--good-soft); color: var(--good); border-color: transparent; }
.phases li.failed { background: var(--bad-soft); color: var(--bad); border-color: transparent; }
.notice { padding: .9rem 1.1rem; margin-top: .75rem; border-left: 4px solid var(--warn); } .notice.fault { border-left-color: var(--bad); }
.notice h3 { font-size: 1rem; } .notice .row { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .6rem; align-items: center; }
.notice .row input { flex: 1 1 12rem; max-width: 24rem; }
pre { margin: .5rem 0; padding: .6rem .8rem; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 16rem; overflow-y: auto; }
.rows > * { display: grid; gap: .1rem 1rem; padding: .55rem 1rem; border-top: 1px solid var(--line); align-items: center; }
.rows > *:first-child { border-top: 0; }
.running > * { grid-template-columns: minmax(11rem, 1fr) minmax(8rem, 1.4fr) 9rem; }
.running .meter { position: relative; height: 6px; border-radius: 3px; background: var(--line); overflow: hidden; }
.running .meter i { position: absolute; inset: 0 auto 0 0; background: var(--accent); } .running .late .meter i { background: var(--warn); }
.running .time { text-align: right; } .why { font-size: .86rem; color: var(--soft); overflow-wrap: anywhere; }
.probes > * { grid-template-columns: minmax(9rem, 1fr) minmax(10rem, 2.4fr) 6rem 7.5rem; }
.probes .name { font-weight: 600; } .probes .away .name { color: var(--bad); } .probes canvas { width: 100%; height: 22px; display: block; border-radius: 3px; }
.probes .figure { text-align: right; font-size: .9rem; } .probes .figure span { display: block; font-size: .75rem; color: var(--soft); }
.nodes > * { grid-template-columns: 7.5rem 1fr 5.5rem; padding-block: .35rem; }
.nodes > * > :last-child { text-align: right; }
.cells { display: flex; flex-wrap: wrap; gap: 2px; } .cells i { width: 11px; height: 11px; border-radius: 2.5px; background: var(--line); }
.cells i.finished { background: var(--accent); } .cells i.running { background: var(--accent-soft); box-shadow: inset 0 0 0 2px var(--accent); } .cells i.waiting { background: var(--warn-soft); box-shadow: inset 0 0 0 2px var(--warn); }
.cells i.failed { background: var(--bad); } .cells i.undone { background: var(--warn); } .cells b { width: 5px; }
.nodes .meter { height: 8px; border-radius: 4px; background: var(--line); display: flex; overflow: hidden; } .nodes .meter i { background: var(--accent); } .nodes .meter i.failed { background: var(--bad); }
.log { list-style: none; max-height: 24rem; overflow-y: auto; padding: .4rem 0; }
.log li { display: grid; grid-template-columns: 4.6rem 4.6rem 1fr; gap: .6rem; padding: .18rem 1rem; font-size: .88rem; }
.log li > :last-child { overflow-wrap: anywhere; }
.link { font-size: .86rem; } a { color: var(--accent); }
.lost { position: sticky; top: 0; z-index: 1; text-align: center; padding: .4rem; background: var(--bad); color: var(--card); font-weight: 600; }
[hidden] { display: none !important; }
@media (max-width: 720px) {
  main { padding: 1.1rem .8rem 3rem; } h1 { font-size: 1.3rem; } .clock { margin-left: 0; width: 100%; }
  .running > * { grid-template-columns: 1fr auto; } .running .meter { grid-column: 1 / -1; grid-row: 3; }
  .probes > * { grid-template-columns: 1fr 5rem 6.5rem; } .probes canvas { grid-column: 1 / -1; grid-row: 2; }
  .nodes > * { grid-template-columns: 5rem 1fr 4rem; } .log li { grid-template-columns: 4.2rem 1fr; } .log li > :last-child { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: reduce) { .progress i { transition: none; } }`;
