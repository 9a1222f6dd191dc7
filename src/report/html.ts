import type { FaultReport, GuestReport, PhaseReport, ReportData, StepReport, ThingReport } from './data.ts';
import { Html, html, inlineJson } from './escape.ts';
import { touchWords } from './guests.ts';
import { BASE, COLORS, REPORT } from './style.ts';
import { strip, timeline } from './timeline.ts';
import {
  count,
  culprit,
  duration,
  lostTime,
  moment,
  OUTCOMES,
  plural,
  standing,
  timeOfDay,
} from './words.ts';

const TONES = {
  finished: 'good',
  halted: 'bad',
  interrupted: 'bad',
  'not started': 'warn',
  running: 'warn',
  'waiting-at-gate': 'warn',
  paused: 'warn',
} as const;

/** Steps a phase may list one by one; more are folded by what they do. */
const LISTED = 60;

/** One static page with everything in it: opens offline, goes into a ticket, needs nothing from anywhere. */
export function renderHtml(data: ReportData): string {
  const title = `${data.cluster}: ${standing(data.from)} to ${standing(data.to)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(COLORS + BASE + REPORT)}</style>
</head>
<body>
<main>
${head(data)}
${tiles(data)}
${things(data)}
${guests(data)}
${picture(data)}
${faults(data)}
${phases(data)}
${rehearsed(data)}
${slowest(data)}
${steps(data)}
${findings(data)}
${log(data)}
<footer>Made by Windlass, ${moment(data.made)} UTC. Plan <span class="id">${data.plan}</span>${data.run !== undefined && html`, run <span class="id">${data.run}</span>`}. Times are UTC. An outage goes from the last success before a failure to the first success after it.</footer>
</main>
<script type="application/json" id="windlass-report">${inlineJson(data)}</script>
</body>
</html>
`.text;
}

function head(data: ReportData): Html {
  const began = data.started === undefined ? '' : `${moment(data.started)} UTC`;
  return html`<header>
<p class="mark">Windlass · upgrade report</p>
<h1>${data.cluster}: ${standing(data.from)} <span class="arrow">→</span> ${standing(data.to)}</h1>
<span class="pill ${TONES[data.outcome]}">${OUTCOMES[data.outcome]}</span>
</header>
<p class="lead">${
    data.started === undefined
      ? 'This plan has not been run.'
      : html`Started by <b>${data.by ?? 'someone'}</b> on <b>${began}</b>${data.ended !== undefined && html`, ended <b>${sameDay(data.started, data.ended) ? timeOfDay(data.ended) : moment(data.ended)}</b>`}. Strategy: ${data.strategies.join(', then ') || 'none'}.${data.because !== undefined && html` Halted: ${data.because}.`}`
  }</p>`;
}

const sameDay = (a: number, b: number): boolean => moment(a).slice(0, 10) === moment(b).slice(0, 10);

function tiles(data: ReportData): Html {
  const { counts } = data;
  const finished = counts.done + counts.already;
  const worst = data.things.reduce<ThingReport | undefined>(
    (most, thing) => (thing.outage > (most?.outage ?? 0) ? thing : most),
    undefined,
  );
  const open = data.faults.filter((fault) => !fault.mended).length;
  const tile = (label: string, value: string, note: string, tone = ''): Html =>
    html`<div class="tile card"><p class="label">${label}</p><p class="value num ${tone}">${value}</p><p class="note">${note}</p></div>`;
  const already = counts.already > 0 ? `${count(counts.already)} were already so` : 'each checked after';
  return html`<section class="tiles" aria-label="Summary">
${tile('Wall time', duration(data.wall), data.phases.length > 0 ? plural(data.phases.length, 'phase') : '')}
${tile('Steps', `${count(finished)} of ${count(counts.total)}`, already, finished === counts.total ? 'good' : '')}
${
  data.things.length === 0
    ? tile('Outage', 'not measured', 'no probes were running')
    : worst === undefined
      ? tile('Longest outage', '0 s', 'nothing failed', 'good')
      : tile(
          'Longest outage',
          lostTime(worst.outage),
          `${worst.name}, in ${plural(worst.spans.length, 'piece')}`,
          'bad',
        )
}
${tile('Faults', count(data.faults.length), data.faults.length === 0 ? 'none' : open === 0 ? 'all mended' : `${count(open)} open`, open > 0 ? 'bad' : '')}
</section>`;
}

function things(data: ReportData): Html {
  if (data.things.length === 0) return html``;
  return html`<section><h2>What clients felt</h2><div class="things card">${data.things.map((thing) => thingRow(thing, data))}</div></section>`;
}

function thingRow(thing: ThingReport, data: ReportData): Html {
  const away = thing.outage > 0;
  const guilty = culprit(thing);
  const expected = thing.expected === undefined ? 'outage' : `outage (planned ${lostTime(thing.expected)})`;
  const blind = thing.blind.reduce((sum, span) => sum + (span.to - span.from), 0) / 1000;
  const [error] = thing.errors;
  return html`<div class="thing">
<div><p class="name">${thing.name}${thing.open && html` <span class="pill bad">still away</span>`}</p><p class="where">${thing.kind} · ${thing.where}</p></div>
${strip(thing, data)}
<p class="figure num"><b class="${away ? 'bad' : 'good'}">${lostTime(thing.outage)}</b><span>${expected}</span></p>
<p class="figure num"><b>${lostTime(thing.longestGap)}</b><span>longest gap</span></p>
<p class="figure num"><b>${count(thing.failed)}</b><span>failed of ${count(thing.total)}</span></p>
${away && html`<p class="blame">${guilty !== undefined && html`To blame: <span class="id">${guilty}</span>. `}${error !== undefined && html`It said: ${error.error}`}</p>`}
${blind > 0 && html`<p class="blame">Not watched for ${duration(blind)}: the watch itself was away.</p>`}
</div>`;
}

function guests(data: ReportData): Html {
  if (data.guests.length === 0) return html``;
  const row = (
    guest: GuestReport,
  ): Html => html`<tr><td>${guest.name}<br><span class="id">${guest.id}</span></td>
<td class="soft">${touchWords(guest)}</td>
<td class="num ${(guest.lost ?? 0) > 0 ? 'bad' : 'soft'}">${guest.lost === undefined ? 'not watched' : lostTime(guest.lost)}</td>
<td class="num soft">${guest.longestGap === undefined ? '' : lostTime(guest.longestGap)}</td>
<td class="num soft">${guest.total === undefined ? '' : `${count(guest.failed ?? 0)} of ${count(guest.total)}`}</td></tr>`;
  return html`<section><h2>Guests</h2><div class="card scroll"><table>
<thead><tr><th>Guest</th><th>What was done</th><th class="num">Lost</th><th class="num">Longest gap</th><th class="num">Failed</th></tr></thead>
<tbody>${data.guests.map(row)}</tbody></table></div></section>`;
}

function picture(data: ReportData): Html {
  if (data.started === undefined) return html``;
  const key = (color: string, text: string): Html =>
    html`<span><i style="background:var(--${color})"></i>${text}</span>`;
  return html`<section><h2>Timeline</h2><figure class="timeline card"><div class="scroll">${timeline(data)}</div>
<figcaption class="legend">${key('accent', 'step')}${key('idle', 'already so, or not watched')}${key('bad', 'failed, or away')}${key('good-soft', 'served')}${key('warn', 'waited at a gate')}</figcaption></figure></section>`;
}

function faults(data: ReportData): Html {
  if (data.faults.length === 0) return html``;
  return html`<section><h2>Faults</h2>${data.faults.map(faultCard)}</section>`;
}

function faultCard(fault: FaultReport): Html {
  return html`<article class="fault card${fault.mended && ' mended'}">
<h3>${fault.message} <span class="pill ${fault.mended ? 'warn' : 'bad'}">${fault.mended ? 'mended later' : 'open'}</span></h3>
<p class="soft"><span class="id">${fault.code}</span> in <span class="id">${fault.step}</span>${fault.node !== undefined && html` on ${fault.node}`}, ${timeOfDay(fault.at)}</p>
${fault.output !== undefined && fault.output !== '' && html`<pre>${fault.output}</pre>`}
<p class="remedy"><b>Remedy:</b> ${fault.remedy}</p>
</article>`;
}

function phases(data: ReportData): Html {
  const longest = Math.max(1, ...data.phases.map(({ seconds }) => seconds));
  const row = (phase: PhaseReport): Html => html`<tr>
<td>${phase.title}</td>
<td class="wide"><div class="meter"><i style="width:${((phase.seconds / longest) * 100).toFixed(1)}%"></i></div></td>
<td class="num wide">${phase.span === undefined ? '–' : timeOfDay(phase.span.from)}</td>
<td class="num">${phase.span === undefined ? '–' : duration(phase.seconds)}</td>
<td class="num">${count(phase.done)} of ${count(phase.steps)}</td>
<td class="num ${phase.lost > 0 ? 'bad' : 'soft'}">${lostTime(phase.lost)}</td></tr>`;
  return html`<section><h2>Phases</h2><div class="card scroll"><table>
<thead><tr><th>Phase</th><th class="wide"></th><th class="num wide">Began</th><th class="num">Took</th><th class="num">Steps</th><th class="num">Outage charged</th></tr></thead>
<tbody>${data.phases.map(row)}</tbody></table></div></section>`;
}

function rehearsed({ rehearsed: told }: ReportData): Html {
  if (told === undefined) return html``;
  const most = Math.max(1, ...told.steps.flatMap(({ rehearsed, took = 0 }) => [rehearsed, took]));
  const bar = (seconds: number, tone: string): Html =>
    html`<div class="meter"><i class="${tone}" style="width:${((seconds / most) * 100).toFixed(1)}%"></i></div>`;
  const step = ({ id, title, rehearsed, took }: (typeof told.steps)[number]): Html => html`<tr>
<td><span class="id">${id}</span><br><span class="soft">${title}</span></td>
<td class="wide">${bar(rehearsed, 'idle')}${took !== undefined && bar(took, '')}</td>
<td class="num soft">${lostTime(rehearsed)}</td><td class="num">${took === undefined ? 'not done' : lostTime(took)}</td></tr>`;
  const window = ({ service, predicted, away }: (typeof told.windows)[number]): Html => html`<tr>
<td>${service}: predicted window, and the most that a probe of it missed</td><td class="wide"></td>
<td class="num soft">${lostTime(predicted)}</td><td class="num ${(away ?? 0) > predicted && 'bad'}">${away === undefined ? 'not watched' : lostTime(away)}</td></tr>`;
  return html`<section><h2>As rehearsed</h2><div class="card scroll"><table>
<thead><tr><th>Rehearsal <span class="id">${told.run}</span>, ${moment(told.at)}</th><th class="wide"></th><th class="num">Rehearsed</th><th class="num">Run</th></tr></thead>
<tbody>${told.steps.map(step)}${told.windows.map(window)}</tbody></table></div></section>`;
}

function slowest(data: ReportData): Html {
  const slow = [...data.steps]
    .filter(({ seconds }) => seconds > 0)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 8);
  if (slow.length === 0) return html``;
  const most = slow[0]?.seconds ?? 1;
  const row = (step: StepReport): Html => html`<tr>
<td><span class="id">${step.id}</span><br><span class="soft">${step.title}</span></td>
<td class="wide"><div class="meter"><i style="width:${((step.seconds / most) * 100).toFixed(1)}%"></i></div></td>
<td class="num">${duration(step.seconds)}</td><td class="num soft">${duration(step.estimate)}</td></tr>`;
  return html`<section><h2>Slowest steps</h2><div class="card scroll"><table>
<thead><tr><th>Step</th><th class="wide"></th><th class="num">Took</th><th class="num">Estimate</th></tr></thead><tbody>${slow.map(row)}</tbody></table></div></section>`;
}

const STEP_TONES = {
  done: 'good',
  already: '',
  failed: 'bad',
  undone: 'warn',
  running: 'warn',
  todo: '',
} as const;

function steps(data: ReportData): Html {
  const section = (phase: PhaseReport): Html => {
    const all = data.steps.filter((step) => step.phase === phase.id);
    const open = all.some(({ outcome, attempts }) => outcome === 'failed' || attempts > 1);
    return html`<details${open && html` open`}><summary>${phase.title} <span class="soft">${plural(all.length, 'step')}, ${duration(phase.seconds)}</span></summary>
<div class="scroll"><table><thead><tr><th>Step</th><th>Outcome</th><th class="num">Attempts</th><th class="num">Took</th><th class="num">Outage</th><th>Reason</th></tr></thead>
<tbody>${all.length > LISTED ? folded(all) : all.map(stepRow)}</tbody></table></div></details>`;
  };
  return html`<section><h2>All steps</h2><div class="card">${data.phases.map(section)}</div></section>`;
}

function stepRow(step: StepReport): Html {
  return html`<tr><td><span class="id">${step.id}</span><br><span class="soft">${step.title}</span></td>
<td><span class="pill ${STEP_TONES[step.outcome]}">${step.outcome}</span></td>
<td class="num">${step.attempts}</td><td class="num">${step.seconds > 0 ? duration(step.seconds) : '–'}</td>
<td class="num ${step.lost > 0 ? 'bad' : 'soft'}">${step.lost > 0 ? lostTime(step.lost) : '–'}</td>
<td class="soft">${step.because}</td></tr>`;
}

/** Many equal steps: what stands out is listed, the rest told together by what they did. */
function folded(all: readonly StepReport[]): Html[] {
  const stands = (step: StepReport): boolean =>
    step.outcome === 'failed' || step.outcome === 'undone' || step.attempts > 1 || step.lost > 0;
  const groups = new Map<string, StepReport[]>();
  for (const step of all.filter((each) => !stands(each))) {
    const act = step.id.split('/').slice(1).join('/');
    groups.set(act, [...(groups.get(act) ?? []), step]);
  }
  const rows = [...groups].map(([act, group]) => {
    const times = group.map(({ seconds }) => seconds).sort((a, b) => a - b);
    const middle = times[Math.floor(times.length / 2)] ?? 0;
    const done = group.filter(({ outcome }) => outcome === 'done' || outcome === 'already').length;
    return html`<tr><td><span class="id">…/${act}</span><br><span class="soft">on ${plural(group.length, 'node')}</span></td>
<td><span class="pill ${done === group.length ? 'good' : ''}">${count(done)} of ${count(group.length)}</span></td>
<td class="num">1</td><td class="num">${duration(middle)}</td><td class="num soft">–</td>
<td class="soft">${duration(times[0] ?? 0)} to ${duration(times.at(-1) ?? 0)}</td></tr>`;
  });
  return [...all.filter(stands).map(stepRow), ...rows];
}

function findings(data: ReportData): Html {
  if (data.findings.length === 0) return html``;
  const tone = { block: 'bad', warn: 'warn', note: '' } as const;
  return html`<section><h2>Findings before the run</h2><div class="card">${data.findings.map(
    (
      finding,
    ) => html`<div class="finding"><span class="pill ${tone[finding.level]}">${finding.level}</span> <b>${finding.title}</b>${finding.node !== undefined && html` on ${finding.node}`}
<p>${finding.evidence}. <span class="id">${finding.code}</span></p><p><b>Remedy:</b> ${finding.remedy}</p></div>`,
  )}</div></section>`;
}

function log(data: ReportData): Html {
  if (data.moments.length === 0) return html``;
  return html`<section><h2>What happened</h2><ol class="moments card">${data.moments.map(
    ({ at, text }) => html`<li><span class="num soft">${timeOfDay(at)}</span><span>${text}</span></li>`,
  )}</ol></section>`;
}
