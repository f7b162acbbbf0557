import "./styles/theme.css";
import "./styles/page.css";
import "./styles/figures.css";
import "./styles/circuit.css";
import { algorithmPanel } from "./panels/algorithm";
import { circuitPanel } from "./circuit/circuit";
import { Library } from "./data/library";
import { inlinedReport, type Report } from "./data/report";
import { Selection } from "./data/selection";
import { depthPanel } from "./panels/depth";
import { headsPanel } from "./panels/heads";
import { mapPanel } from "./panels/map";
import { matchesPanel } from "./panels/matches";
import { methodsPanel } from "./panels/methods";
import { metricPanel } from "./panels/metric";
import { onsetsPanel } from "./panels/onsets";
import { overlapPanel } from "./panels/overlap";
import type { PanelContext } from "./panels/panels";
import { rolesPanel } from "./panels/roles";
import { scalePanel } from "./panels/scale";
import { sizePanel } from "./panels/size";
import { stabilityPanel } from "./panels/stability";
import { summaryPanel } from "./panels/summary";
import { html, svg } from "./ui/dom";
import { themeButton } from "./ui/theme";

interface Chapter {
  readonly id: string;
  readonly label: string;
  readonly panels: readonly ((context: PanelContext) => HTMLElement)[];
  /** Whether it needs head scores. */
  readonly ofHeads?: true;
}

const chapters: readonly Chapter[] = [
  { id: "metric", label: "Tasks", panels: [metricPanel] },
  { id: "size", label: "Size", panels: [sizePanel] },
  { id: "stability", label: "Stability", panels: [stabilityPanel] },
  { id: "overlap", label: "Overlap", panels: [overlapPanel] },
  { id: "roles", label: "Roles", panels: [rolesPanel], ofHeads: true },
  { id: "onsets", label: "Order", panels: [onsetsPanel], ofHeads: true },
  { id: "heads", label: "Heads", panels: [headsPanel], ofHeads: true },
  { id: "algorithm", label: "IOI", panels: [algorithmPanel], ofHeads: true },
  { id: "depth", label: "Depth", panels: [depthPanel, matchesPanel], ofHeads: true },
  { id: "scale", label: "Scale", panels: [scalePanel] },
  { id: "circuit", label: "Circuit", panels: [circuitPanel] },
  { id: "map", label: "Grid", panels: [mapPanel] },
  { id: "methods", label: "Methods", panels: [methodsPanel] },
];

function header(report: Report): HTMLElement {
  return html(
    "header",
    {},
    html("p", { class: "suite" }, report.suite ? `CircuitGrid · suite ${report.suite}` : "CircuitGrid"),
    html("h1", {}, report.title),
  );
}

function navigation(shown: readonly Chapter[]): HTMLElement {
  return html("nav", { "aria-label": "Figures" }, html("ul", {}, ...shown.map(({ id, label }) => html("li", {}, html("a", { href: `#${id}`, onclick: (event: Event) => jump(event, id) }, label)))), themeButton());
}

/** The address's fragment names the selected cell, so jumping to a figure leaves it alone. */
function jump(event: Event, id: string): void {
  event.preventDefault();
  const target = document.getElementById(id);
  target?.scrollIntoView();
  target?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
}

/** Patterns that drawings all over the page fill with. */
function patterns(): SVGSVGElement {
  return svg(
    "svg",
    { width: 0, height: 0, class: "patterns", "aria-hidden": "true" },
    svg(
      "defs",
      {},
      svg(
        "pattern",
        { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { width: 5, height: 5, class: "ground" }),
        svg("line", { x1: 0, y1: 0, x2: 0, y2: 5, class: "stripe" }),
      ),
    ),
  );
}

function page(report: Report): Node[] {
  const library = new Library(report);
  document.title = report.title;
  if (library.models.length === 0 || library.tasks.length === 0 || report.cells.length === 0) {
    return [header(report), html("p", { class: "headline" }, "There is nothing to show yet: no cell of this experiment has been analysed.")];
  }
  const context: PanelContext = { library, selection: new Selection(library) };
  const shown = chapters.filter(({ ofHeads }) => !ofHeads || library.roles.length > 0);
  return [
    navigation(shown),
    html(
      "main",
      {},
      header(report),
      summaryPanel(context),
      ...shown.flatMap(({ panels }) => panels.map((panel) => panel(context))),
    ),
    patterns(),
  ];
}

function start(): void {
  const root = document.getElementById("page")!;
  try {
    const report = inlinedReport(document);
    root.replaceChildren(...(report ? page(report) : [html("p", { class: "headline" }, "This page carries no report.")]));
  } catch (error) {
    root.replaceChildren(html("p", { class: "headline" }, `This report can’t be shown. ${error instanceof Error ? error.message : String(error)}`));
    throw error;
  }
}

start();
