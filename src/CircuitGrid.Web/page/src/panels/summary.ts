import { modelGlyph } from "../charts/legend";
import type { Library } from "../data/library";
import type { Cell, Task } from "../data/report";
import { spanText } from "../data/time";
import { count, interval, measure, percent, plural, range, short } from "../format";
import { html } from "../ui/dom";
import { nameOf } from "../ui/name";
import { metricLabel, stateText } from "./metric";
import type { PanelContext } from "./panels";

/** What came out, in the sentences that the report brings and one table. */
export function summaryPanel({ library }: PanelContext): HTMLElement {
  return html(
    "section",
    { id: "summary", "data-panel": "summary", "aria-label": "Summary" },
    html("p", { class: "headline" }, headline(library)),
    html("ul", { class: "findings" }, ...library.report.findings.map((sentence) => html("li", {}, sentence))),
    table(library),
  );
}

function headline({ models, tasks, steps, report }: Library): string {
  const parameters = models.map((model) => model.parameters);
  const span = spanText(report, Math.max(0, ...report.cells.map((cell) => cell.tokens)));
  const come = models.length === 1 ? "comes" : "come";
  return `How ${plural(models.length, "model")} of ${range(parameters, short)} parameters ${come} to solve ${plural(tasks.length, "task")}: the circuit behind each, found anew at ${plural(steps.length, "checkpoint")} over ${span}.`;
}

function finals(library: Library): Cell[] {
  return library.tasks.flatMap(({ name }) => library.models.flatMap((model) => library.final(model.name, name) ?? []));
}

function table(library: Library): HTMLElement {
  const head = ["Task", "Model", "Metric [95% interval]", "Accuracy", "Circuit edges", "of all", "Nodes", "Faithfulness found", "judged"];
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Results at the last checkpoint" },
    html(
      "table",
      { class: "numbers results" },
      html("caption", {}, "At the last checkpoint"),
      html("thead", {}, html("tr", {}, ...head.map((column) => html("th", { scope: "col" }, column)))),
      ...library.tasks.map((task) => html("tbody", {}, ...rows(library, task))),
    ),
    finals(library).some(({ status }) => status === "not-reached") ? html("p", { class: "caption" }, `* ${percent(library.threshold)} not reached: the largest circuit tried.`) : null,
  );
}

function rows(library: Library, task: Task): HTMLElement[] {
  const cells = library.models.flatMap(({ name }) => library.final(name, task.name) ?? []);
  return cells.map((cell, index) => {
    const circuit = cell.status !== "no-task";
    const flag = cell.status === "not-reached" ? "*" : null;
    const cellOf = (value: string): HTMLElement => html("td", {}, circuit ? value : "–");
    return html(
      "tr",
      { "data-model": cell.model, "data-task": task.name },
      index === 0 ? html("th", { scope: "rowgroup", rowspan: cells.length }, nameOf(task.title), html("small", {}, metricLabel(task))) : null,
      html("th", { scope: "row" }, modelGlyph(library, cell.model), nameOf(cell.model)),
      html("td", {}, interval(cell.metric, cell.metricLow, cell.metricHigh)),
      html("td", {}, percent(cell.accuracy)),
      circuit ? html("td", {}, count(cell.edges), flag) : html("td", {}, stateText(cell)),
      cellOf(percent(cell.edgeShare)),
      cellOf(count(cell.nodes)),
      cellOf(measure(cell.faithfulnessFound)),
      cellOf(measure(cell.faithfulnessJudged)),
    );
  });
}
