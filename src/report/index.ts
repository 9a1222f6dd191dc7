export { type AuditRow, audit, auditCsv, auditText } from './audit.ts';
export { buildReport, type ReportSources } from './build.ts';
export type { ReportData, RunOutcome, StepOutcome, ThingReport } from './data.ts';
export { Html, html, inlineJson } from './escape.ts';
export { histories, type StepHistory } from './history.ts';
export { renderHtml } from './html.ts';
export { renderMarkdown } from './markdown.ts';
export { BASE, COLORS } from './style.ts';
export { count, culprit, duration, lostTime, moment, standing, timeOfDay } from './words.ts';
