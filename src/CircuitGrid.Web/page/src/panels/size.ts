import type { CurvePanel } from "../charts/curves";
import { legend } from "../charts/legend";
import type { Library } from "../data/library";
import type { Cell, Task } from "../data/report";
import { count, percent } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Measure = "edges" | "edgeShare" | "nodes";

const measures: readonly Choice<Measure>[] = [
  { value: "edges", label: "Edges" },
  { value: "edgeShare", label: "Share of all edges" },
  { value: "nodes", label: "Nodes" },
];

/** Circuit size over training tokens. */
export function sizePanel({ library }: PanelContext): HTMLElement {
  const panels = (measure: Measure): CurvePanel[] => library.tasks.map((task) => panel(library, task, measure));
  const multiples = new Multiples(library, panels("edges"));
  const required = percent(library.threshold);
  return figure({
    id: "size",
    title: "How large the circuits are",
    lead: `At every checkpoint, the smallest circuit found to keep ${required} of the task metric, counted after pruning.`,
    controls: [segmented("Size", measures, "edges", (measure) => multiples.show(panels(measure)))],
    legend: legend(library, [
      { kind: "hollow", meaning: `${required} not reached: largest circuit tried` },
      { kind: "cross", meaning: "no task yet, no circuit" },
    ]),
    body: multiples.element,
    caption: `Lines join neighbouring checkpoints whose circuits reach ${required}.`,
    data: {
      columns: ["task", "model", "step", "tokens", "edges", "share of all edges", "nodes", "status"],
      rows: () =>
        library.tasks.flatMap((task) =>
          library.models.flatMap(({ name }) =>
            library
              .line(name, task.name)
              .map((cell) => [task.name, name, count(cell.step), count(cell.tokens), count(cell.edges), percent(cell.edgeShare), count(cell.nodes), cell.status]),
          ),
        ),
    },
  });
}

function panel(library: Library, task: Task, measure: Measure): CurvePanel {
  const format = measure === "edgeShare" ? percent : (value: number) => count(value);
  return {
    key: task.name,
    title: task.title,
    subtitle: measure === "edgeShare" ? "share of the model's edges" : `${measure} in the circuit`,
    format,
    curves: library.models.map(({ name }) => ({
      model: name,
      breakAtHollow: true,
      points: library.line(name, task.name).map((cell) => ({
        step: cell.step,
        tokens: cell.tokens,
        value: cell.status === "no-task" ? null : cell[measure],
        mark: cell.status === "no-task" ? "cross" : cell.status === "reached" ? "solid" : "hollow",
        text: sizeText(cell),
      })),
    })),
  };
}

function sizeText(cell: Cell): string {
  if (cell.status === "no-task") {
    return "no task yet";
  }
  const size = `${count(cell.edges)} edges (${percent(cell.edgeShare)}), ${count(cell.nodes)} nodes`;
  return cell.status === "reached" ? size : `${size}, not reached`;
}
