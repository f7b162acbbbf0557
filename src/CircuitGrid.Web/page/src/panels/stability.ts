import type { CurvePanel, CurvePoint } from "../charts/curves";
import { legend } from "../charts/legend";
import type { Library } from "../data/library";
import type { Task, Trajectory } from "../data/report";
import { count, measure, percent } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Kind = "edge" | "node";

const kinds: readonly Choice<Kind>[] = [
  { value: "edge", label: "Edges" },
  { value: "node", label: "Nodes" },
];

/** Similarity of consecutive circuits over training tokens. */
export function stabilityPanel({ library }: PanelContext): HTMLElement {
  const panels = (kind: Kind): CurvePanel[] => library.tasks.map((task) => panel(library, task, kind));
  const multiples = new Multiples(library, panels("edge"));
  return figure({
    id: "stability",
    title: "How steady the circuits are",
    lead: "Jaccard similarity of each circuit to that of the next checkpoint, smoothed: 1 means the same circuit, 0 means nothing in common.",
    controls: [segmented("Compare", kinds, "edge", (kind) => multiples.show(panels(kind)))],
    legend: legend(library),
    body: multiples.element,
    caption: `Exponentially weighted mean (α = 0.5) over pairs of consecutive checkpoints, drawn at the earlier one. Checkpoints whose circuits don’t reach ${percent(library.threshold)} are left out unless the experiment includes them.`,
    data: {
      columns: ["task", "model", "step", "compared with", "edges", "edges, smoothed", "nodes", "nodes, smoothed", "edges, weighted"],
      rows: () => library.report.trajectories.flatMap(rows),
    },
  });
}

function rows(trajectory: Trajectory): string[][] {
  return pairs(trajectory).map(({ from, to, i }) => [
      trajectory.task,
      trajectory.model,
      count(from),
      count(to),
      measure(trajectory.edgeJaccard[i]),
      measure(trajectory.edgeEwma[i]),
      measure(trajectory.nodeJaccard[i]),
      measure(trajectory.nodeEwma[i]),
      measure(trajectory.weightedJaccard[i]),
    ]);
}

function panel(library: Library, task: Task, kind: Kind): CurvePanel {
  return {
    key: task.name,
    title: task.title,
    subtitle: `Jaccard similarity of ${kind}s`,
    domain: [0, 1],
    format: measureTick,
    curves: library.models.map(({ name }) => {
      const trajectory = library.trajectory(name, task.name);
      return { model: name, breakAtHollow: true, points: trajectory ? points(trajectory, kind) : [] };
    }),
  };
}

/** Consecutive included checkpoints. */
function pairs({ steps, pairTo }: Trajectory): { i: number; from: number; to: number }[] {
  return pairTo.flatMap((to, i) => (to === null ? [] : [{ i, from: steps[i]!, to }]));
}

function points(trajectory: Trajectory, kind: Kind): CurvePoint[] {
  const smooth = kind === "edge" ? trajectory.edgeEwma : trajectory.nodeEwma;
  const raw = kind === "edge" ? trajectory.edgeJaccard : trajectory.nodeJaccard;
  return pairs(trajectory).map(({ i, from, to }) => ({
    step: from,
    tokens: trajectory.tokens[i]!,
    value: smooth[i] ?? null,
    mark: "solid",
    text: `${measure(smooth[i])} (this pair ${measure(raw[i])}), to step ${count(to)}`,
  }));
}

function measureTick(value: number): string {
  return value === 0 || value === 1 ? count(value) : value.toFixed(1);
}
