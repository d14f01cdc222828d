import type { ResultDocument } from '../../store/schema.js';
import { type ReportTable, reportOf } from '../report-table.js';
import { hostHtml, methodHtml, warningsHtml } from './host-html.js';
import { Html, html } from './html.js';
import { summaryOf } from './summary.js';
import { tableHtml } from './table-html.js';
import { verdictsOf } from './verdicts.js';
import { verdictsHtml } from './verdicts-html.js';

/** A figure as it was drawn. */
export interface DrawnFigure {
  readonly heading: string;
  readonly pattern: string;
  readonly svg: string;
}

/** A saved result as it goes into the page, for download. */
export interface EmbeddedResult {
  /** File name that the download has. */
  readonly name: string;
  /** JSON, compressed by gzip, in base64. */
  readonly gzip: string;
}

export interface ReportParts {
  readonly title: string;
  readonly documents: readonly ResultDocument[];
  readonly figures: readonly DrawnFigure[];
  readonly results: readonly EmbeddedResult[];
  /** Text of the page's style sheet and script. */
  readonly css: string;
  readonly script: string;
  readonly version: string;
  readonly seed: number;
}

/** Nothing is fetched, whatever a result has in it; only what is in the page is run. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report: one page that needs nothing beside itself. */
export function reportPage(parts: ReportParts): string {
  const { title, documents, css, script, version } = parts;
  const { tables, notes } = reportOf(documents);
  const sections = [
    section('summary', 'Summary', summaryHtml(parts)),
    section('tables', 'Figures', html`${tables.map(tableSection)}`),
    section('charts', 'Charts', html`${parts.figures.map(figureHtml)}`),
    section('verdicts', 'Comparison', verdictsHtml(verdictsOf(documents, parts.seed))),
    section('host', 'Machine', html`${documents.map(hostSection)}`),
    section('method', 'Method', methodSection(parts, notes)),
    section('raw', 'Raw results', rawHtml(parts)),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="generator" content="ipcbench ${version}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(css)}</style>
</head>
<body>
<a class="skip" href="#tables">Skip to the figures</a>
<header><h1>${title}</h1>
<nav aria-label="Sections">${sections.map(({ id, name }) => html`<a href="#${id}">${name}</a> `)}</nav>
<button type="button" id="theme" aria-pressed="false" hidden>Dark</button>
</header>
<main>
${sections.map(({ markup }) => markup)}
</main>
<div id="tip" role="status" hidden></div>
<script type="module">${new Html(script.replaceAll('</script', '<\\/script'))}</script>
</body>
</html>
`;
  return page.text;
}

interface Section {
  readonly id: string;
  readonly name: string;
  readonly markup: Html;
}

function section(id: string, name: string, content: Html): Section {
  const markup = html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${name}</h2>
${content}
</section>
`;
  return { id, name, markup };
}

function summaryHtml({ documents, seed }: ReportParts): Html {
  const sentences = summaryOf(documents, verdictsOf(documents, seed));
  return html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<h3>Warnings</h3>
${documents.map((document) =>
  documents.length === 1
    ? warningsHtml(document)
    : html`<h4>${document.run.id}</h4>${warningsHtml(document)}`,
)}`;
}

function tableSection(table: ReportTable): Html {
  return html`<h3>${table.pattern}: ${table.title}</h3>
${tableHtml(table, `table-${table.pattern}`)}
`;
}

function figureHtml({ heading, pattern, svg }: DrawnFigure): Html {
  return html`<figure tabindex="0" aria-label="${heading}, ${pattern}; arrow keys go from mark to mark">
<figcaption>${heading}, ${pattern}</figcaption>
<div class="scroll">${new Html(svg)}</div>
</figure>
`;
}

function hostSection(document: ResultDocument): Html {
  return html`<h3>${document.run.id}</h3>${hostHtml(document)}`;
}

function methodSection({ documents }: ReportParts, notes: readonly string[]): Html {
  return html`${documents.map(
    (document) => html`<h3>${document.run.id}</h3>${methodHtml(document)}`,
  )}
<h3>Notes</h3>
<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}

function rawHtml({ results, documents }: ReportParts): Html {
  return html`<p>The results as they were saved, with every trial and every option:</p>
<ul>${results.map(
    (
      { name, gzip },
      i,
    ) => html`<li><button type="button" class="download" data-result="raw-${i}" data-name="${name}">Download ${name}</button>
<script type="application/octet-stream" id="raw-${i}">${new Html(gzip)}</script></li>`,
  )}</ul>
<noscript><p>Downloading needs the page’s script. Its run ids: ${documents.map(({ run }) => run.id).join(', ')}.</p></noscript>`;
}
