import type { CurvePanel } from "../charts/curves";
import { legend, type SpecialMark } from "../charts/legend";
import type { Library } from "../data/library";
import type { Cell, SizeInterval, Task } from "../data/report";
import { timeColumn } from "../data/time";
import { count, measure as decimals, percent, plural } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { stateText } from "./metric";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Measure = "edges" | "edgeShare" | "nodes";

const measures: readonly Choice<Measure>[] = [
  { value: "edges", label: "Edges" },
  { value: "edgeShare", label: "Share of all edges" },
  { value: "nodes", label: "Nodes" },
];

/** Circuit size over training. */
export function sizePanel({ library }: PanelContext): HTMLElement {
  const panels = (measure: Measure): CurvePanel[] => library.tasks.map((task) => panel(library, task, measure));
  const multiples = new Multiples(library, panels("edges"));
  const required = percent(library.threshold);
  const banded = library.report.cells.some(({ sizeInterval }) => sizeInterval);
  const band: readonly SpecialMark[] = banded ? [{ kind: "band", meaning: "95% interval" }] : [];
  return figure({
    id: "size",
    title: "How large the circuits are",
    lead: `At every checkpoint, the smallest circuit found to keep ${required} of the task metric, counted after pruning.`,
    controls: [segmented("Size", measures, "edges", (measure) => multiples.show(panels(measure)))],
    legend: legend(library, [
      ...band,
      { kind: "hollow", meaning: `${required} not reached: largest circuit tried` },
      { kind: "cross", meaning: "no task yet, no circuit" },
    ]),
    body: multiples.element,
    caption:
      `Lines join neighbouring checkpoints whose circuits reach ${required}.` +
      (banded
        ? `${ranked(library)} Where ${required} isn’t always reached there is no upper end and no band. ${undetermined(library)}`
        : ""),
    data: {
      columns: ["task", "model", "step", timeColumn(library.report), "edges", "share of all edges", "nodes", "n before pruning [95% interval]", "edges at its ends", "nodes at its ends", "n by normalised faithfulness [95% interval]", "status"],
      rows: () =>
        library.tasks.flatMap((task) =>
          library.models.flatMap(({ name }) =>
            library
              .line(name, task.name)
              .map((cell) => [task.name, name, count(cell.step), count(cell.tokens), count(cell.edges), percent(cell.edgeShare), count(cell.nodes), ...intervalTexts(cell.sizeInterval), intervalTexts(cell.normalizedSizeInterval)[0], cell.status]),
          ),
        ),
    },
  });
}

/** What the bands say. */
function ranked(library: Library): string {
  return library.report.cells.some(({ sizeInterval }) => sizeInterval?.includesRanking)
    ? " Bands are 95% intervals of n, the number of edges before pruning, drawn as the pruned circuits at their ends. They hold every size at which the faithfulness comes to the threshold, on resampled examples and for the rankings of two halves of them."
    : " Bands are 95% intervals of n, the number of edges before pruning at which a monotone fit reaches the threshold, drawn as the pruned circuits at their ends: how well the examples fix the size for the ranking as it is, not how others would rank.";
}

/** How many sizes the examples leave open. */
function undetermined(library: Library): string {
  const known = library.report.cells.flatMap(({ status, sizeInterval }) => (status === "reached" && sizeInterval ? [sizeInterval] : []));
  return `The size isn’t determined within a factor of 1.5 in ${count(known.filter(({ isDetermined }) => !isDetermined).length)} of ${plural(known.length, "circuit")}.`;
}

const none = "–";

/** The interval before pruning, and the edges and nodes of the circuits at its ends. */
function intervalTexts(sizeInterval: SizeInterval | null | undefined): [string, string, string] {
  if (!sizeInterval) {
    return [none, none, none];
  }
  const { budget, low, high, edgesLow, edgesHigh, nodesLow, nodesHigh } = sizeInterval;
  const ends = (least: string, most: string | null): string => (most === null ? `${least} and more` : `${least} to ${most}`);
  return [
    `${budget === null ? "∞" : decimals(budget)} [${decimals(low)}, ${high === null ? "∞" : decimals(high)}]`,
    ends(count(edgesLow), edgesHigh === null ? null : count(edgesHigh)),
    ends(count(nodesLow), nodesHigh === null ? null : count(nodesHigh)),
  ];
}

/** The ends of a cell's interval as the measure counts them. */
function bandOf({ sizeInterval }: Cell, measure: Measure, allEdges: number): { low: number; high: number } | { low: null; high: null } {
  if (!sizeInterval || sizeInterval.edgesHigh === null || sizeInterval.nodesHigh === null) {
    return { low: null, high: null };
  }
  const { edgesLow, edgesHigh, nodesLow, nodesHigh } = sizeInterval;
  switch (measure) {
    case "edges":
      return { low: edgesLow, high: edgesHigh };
    case "edgeShare":
      return { low: edgesLow / allEdges, high: edgesHigh / allEdges };
    case "nodes":
      return { low: nodesLow, high: nodesHigh };
  }
}

function panel(library: Library, task: Task, measure: Measure): CurvePanel {
  const format = measure === "edgeShare" ? percent : (value: number) => count(value);
  return {
    key: task.name,
    title: task.title,
    subtitle: measure === "edgeShare" ? "share of the model's edges" : `${measure} in the circuit`,
    format,
    curves: library.models.map(({ name, edges: allEdges }) => ({
      model: name,
      breakAtHollow: true,
      points: library.line(name, task.name).map((cell) => ({
        step: cell.step,
        tokens: cell.tokens,
        value: cell.status === "no-task" ? null : cell[measure],
        ...(cell.status === "reached" ? bandOf(cell, measure, allEdges) : {}),
        mark: cell.status === "no-task" ? "cross" : cell.status === "reached" ? "solid" : "hollow",
        text: sizeText(cell),
      })),
    })),
  };
}

function sizeText(cell: Cell): string {
  if (cell.status === "no-task") {
    return stateText(cell);
  }
  const [, ends] = intervalTexts(cell.sizeInterval);
  const interval = !cell.sizeInterval ? "" : cell.sizeInterval.isDetermined ? `, 95% interval ${ends} edges` : `, not determined: ${ends} edges`;
  const size = `${count(cell.edges)} edges (${percent(cell.edgeShare)}), ${count(cell.nodes)} nodes${interval}`;
  return cell.status === "reached" ? size : `${size}, not reached`;
}
