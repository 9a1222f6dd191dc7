import type { Span } from '../watch/index.ts';
import type { Bar, ReportData, StepReport, ThingReport } from './data.ts';
import { type Html, html } from './escape.ts';
import { duration, lostTime, timeOfDay } from './words.ts';

const WIDTH = 1060;
const LEFT = 112;
// Room for half of the last time label.
const RIGHT = 26;
const LANE = 17;
const THING = 16;
/** More lanes than this are put together by the stem of the nodes' names. */
const LANES = 28;
/** Narrowest mark that can still be seen. */
const THIN = 1.5;

type Place = (at: number) => number;

/** A number short enough for an attribute. */
const px = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

interface Lane {
  readonly name: string;
  readonly nodes: number;
  readonly bars: readonly { readonly step: StepReport; readonly bar: Bar }[];
}

/** Nodes in the order of the plan; with too many of them, `cmp1` to `cmp83` share one lane. */
function lanesOf(steps: readonly StepReport[]): Lane[] {
  const nodes = [...new Set(steps.flatMap(({ on }) => on))];
  const stem = (node: string): string => node.replace(/\d+(?=\D*$)/, '');
  const shared = nodes.length > LANES;
  const lanes = new Map<string, { nodes: Set<string>; bars: { step: StepReport; bar: Bar }[] }>();
  for (const step of steps) {
    for (const node of step.on) {
      const name = shared ? stem(node) : node;
      const lane = lanes.get(name) ?? { nodes: new Set<string>(), bars: [] };
      lanes.set(name, lane);
      lane.nodes.add(node);
      for (const bar of step.bars) lane.bars.push({ step, bar });
    }
  }
  return [...lanes].map(([name, lane]) => ({
    name: lane.nodes.size > 1 ? `${name}… × ${lane.nodes.size}` : name,
    nodes: lane.nodes.size,
    bars: lane.bars,
  }));
}

/** Round distances between two marks of the time axis, in seconds. */
const TICKS = [5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

function axis(window: Span, x: Place, bottom: number): Html {
  const seconds = (window.to - window.from) / 1000;
  const every = (TICKS.find((tick) => seconds / tick <= 9) ?? 86_400) * 1000;
  const marks: Html[] = [];
  for (let at = Math.ceil(window.from / every) * every; at <= window.to; at += every) {
    const short = every >= 60_000 ? timeOfDay(at).slice(0, 5) : timeOfDay(at);
    marks.push(html`<line class="grid" x1="${px(x(at))}" x2="${px(x(at))}" y1="22" y2="${bottom}"/>`);
    marks.push(html`<text x="${px(x(at))}" y="${bottom + 14}" text-anchor="middle">${short}</text>`);
  }
  return html`<g>${marks}</g>`;
}

function phaseBand(data: ReportData, x: Place): Html[] {
  return data.phases.flatMap((phase, index) => {
    if (phase.span === undefined) return [];
    const from = x(phase.span.from);
    // Phases overlap where their steps need not wait for each other: the later one is drawn over the earlier.
    const next = data.phases.slice(index + 1).find(({ span }) => span !== undefined)?.span?.from;
    const wide = Math.max(
      THIN,
      x(Math.min(phase.span.to, Math.max(next ?? phase.span.to, phase.span.from))) - from,
    );
    // About six units a letter: a title that does not fit is left to the tooltip.
    const room = Math.floor((wide - 10) / 6.2);
    const title =
      phase.title.length <= room ? phase.title : room > 6 ? `${phase.title.slice(0, room - 1)}…` : '';
    return [
      html`<g><title>${phase.title}: ${duration(phase.seconds)}</title>
<rect class="phase" x="${px(from)}" y="2" width="${px(Math.max(THIN, wide - 1))}" height="17" rx="3"/>
<text class="phase-name" x="${px(from + 5)}" y="14">${title}</text></g>`,
    ];
  });
}

function barMark(step: StepReport, bar: Bar, x: Place, y: number, faint: boolean): Html {
  const from = x(bar.from);
  const wide = Math.max(THIN, x(bar.to) - from - 0.6);
  const tries = bar.attempt > 1 ? `, attempt ${bar.attempt}` : '';
  const title = `${step.id}: ${step.title}\n${timeOfDay(bar.from)}, ${duration((bar.to - bar.from) / 1000)}, ${bar.outcome}${tries}`;
  return html`<rect class="${bar.outcome}" x="${px(from)}" y="${y}" width="${px(wide)}" height="${LANE - 6}" rx="1.5"${faint && html` fill-opacity=".35"`}><title>${title}</title></rect>`;
}

/** Availability of one thing: green where it served, red where it was away, grey where nobody looked. */
function thingMarks(thing: ThingReport, window: Span, x: Place, y: number, high: number): Html {
  const mark = (kind: string, span: Span, title: string): Html =>
    html`<rect class="${kind}" x="${px(x(span.from))}" y="${y}" width="${px(Math.max(THIN, x(span.to) - x(span.from)))}" height="${high}"><title>${title}</title></rect>`;
  return html`${mark('served', window, `${thing.name}: served`)}
${thing.blind.map((span) => mark('blind', span, `${thing.name}: not watched for ${duration((span.to - span.from) / 1000)}`))}
${thing.spans.map((span) => mark('away', span, `${thing.name}: away ${lostTime((span.to - span.from) / 1000)} from ${timeOfDay(span.from)}${span.steps.length > 0 ? `\n${span.steps.join('\n')}` : ''}`))}`;
}

/** Stretches in which the run waited for a person, or had stopped. */
function pauses(data: ReportData, x: Place, bottom: number): Html[] {
  const band = (kind: string, from: number, to: number, title: string): Html =>
    html`<rect class="${kind}" x="${px(x(from))}" y="22" width="${px(Math.max(THIN, x(to) - x(from)))}" height="${bottom - 22}"><title>${title}</title></rect>`;
  const end = (data.started ?? 0) + data.wall * 1000;
  const gates = data.gates.flatMap(({ id, opened, decided }) =>
    opened === undefined
      ? []
      : [band('gate', opened, decided ?? end, `gate ${id}: ${duration(((decided ?? end) - opened) / 1000)}`)],
  );
  const stops: Html[] = [];
  let since: number | undefined;
  for (const { at, text } of data.moments) {
    if (/^(halted|interrupted|paused)/.test(text)) since ??= at;
    else if (/^(taken up|goes on)/.test(text) && since !== undefined) {
      stops.push(band('stopped', since, at, `stood still ${duration((at - since) / 1000)}`));
      since = undefined;
    }
  }
  return [...gates, ...stops];
}

/** The whole run in one picture: phases, what ran on each node, and under it what clients felt. */
export function timeline(data: ReportData): Html {
  if (data.started === undefined || data.wall === 0) return html``;
  const window = { from: data.started, to: data.started + data.wall * 1000 };
  const x: Place = (at) =>
    LEFT +
    ((Math.min(Math.max(at, window.from), window.to) - window.from) / (window.to - window.from)) *
      (WIDTH - LEFT - RIGHT);
  const lanes = lanesOf(data.steps);
  const top = 28;
  const underLanes = top + lanes.length * LANE + 8;
  const bottom = underLanes + data.things.length * THING + 2;
  const label = (text: string, y: number): Html =>
    html`<text class="lane" x="${LEFT - 8}" y="${y}" text-anchor="end">${text.length > 17 ? `${text.slice(0, 16)}…` : text}<title>${text}</title></text>`;
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 20}" role="img" aria-label="Timeline of the run">
${axis(window, x, bottom)}${phaseBand(data, x)}${pauses(data, x, bottom)}
${lanes.map((lane, index) => {
  const y = top + index * LANE;
  return html`<g>${label(lane.name, y + 10)}${lane.bars.map(({ step, bar }) => barMark(step, bar, x, y + 1, lane.nodes > 1))}</g>\n`;
})}
<line class="grid" x1="0" x2="${WIDTH}" y1="${underLanes - 5}" y2="${underLanes - 5}"/>
${data.things.map((thing, index) => {
  const y = underLanes + index * THING;
  return html`<g>${label(thing.name, y + 10)}${thingMarks(thing, window, x, y + 2, THING - 7)}</g>\n`;
})}
</svg>`;
}

/** The same for one thing alone, to stand beside its figures. */
export function strip(thing: ThingReport, data: ReportData): Html {
  if (data.started === undefined || data.wall === 0) return html`<span></span>`;
  const window = { from: data.started, to: data.started + data.wall * 1000 };
  const x: Place = (at) => ((at - window.from) / (window.to - window.from)) * 300;
  return html`<svg viewBox="0 0 300 22" preserveAspectRatio="none" role="img" aria-label="${thing.name}: when it was away">${thingMarks(thing, window, x, 4, 14)}</svg>`;
}
