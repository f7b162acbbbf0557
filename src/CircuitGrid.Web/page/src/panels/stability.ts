import type { CurvePanel, CurvePoint } from "../charts/curves";
import { legend, type SpecialMark } from "../charts/legend";
import type { Library } from "../data/library";
import type { Difference, Task, Trajectory, Verdict } from "../data/report";
import { count, interval, measure, percent, plural } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Kind = "edge" | "node" | "noise";

const kinds: readonly Choice<Kind>[] = [
  { value: "edge", label: "Edges" },
  { value: "node", label: "Nodes" },
];

const againstNoise: Choice<Kind> = { value: "noise", label: "Edges against noise" };

const subtitles: Readonly<Record<Kind, string>> = {
  edge: "Jaccard similarity of edges",
  node: "Jaccard similarity of nodes",
  noise: "similarity less its noise ceiling",
};

const verdictWords: Readonly<Record<Verdict, string>> = {
  different: "different",
  same: "same within 0.1",
  undecided: "undecided",
  "no-circuit": "no circuit",
  "too-few-blocks": "too few examples to judge",
};

const scopeWords: Readonly<Record<Difference["scope"], string>> = { templates: "templates", examples: "prompts of these templates" };

/** Similarity of consecutive circuits over training. */
export function stabilityPanel({ library }: PanelContext): HTMLElement {
  const panels = (kind: Kind): CurvePanel[] => library.tasks.map((task) => panel(library, task, kind));
  const multiples = new Multiples(library, panels("edge"));
  const compared = library.report.trajectories.flatMap(({ differences }) => differences ?? []).filter((difference) => difference !== null);
  const judged = compared.filter((difference) => isJudged(difference));
  return figure({
    id: "stability",
    title: "How steady the circuits are",
    lead: "Jaccard similarity of each circuit to that of the next checkpoint, smoothed: 1 means the same circuit, 0 means nothing in common.",
    controls: [segmented("Compare", judged.length > 0 ? [...kinds, againstNoise] : kinds, "edge", (kind) => multiples.show(panels(kind)))],
    legend: legend(library, [...(banded(library) ? [band] : []), ...(compared.length > 0 ? marks : []), ...(judged.length > 0 ? [ceilingMark] : [])]),
    body: multiples.element,
    caption: caption(library, judged),
    data: {
      columns: [
        "task",
        "model",
        "step",
        "compared with",
        "edges",
        "edges, smoothed [95% interval]",
        "edges, corrected for chance",
        "edges, corrected for degrees",
        "nodes",
        "nodes, smoothed [95% interval]",
        "all edges, weighted",
        "edges in the circuits, weighted",
        "between halves",
        "noise ceiling",
        "less the ceiling [95% interval]",
        "least that would have been shown",
        "p",
        "adjusted (BH)",
        "adjusted (BY)",
        "verdict",
        "holds over",
        "sizes",
        "passes at 5%",
        "kept on the later model",
        "kept on the earlier model",
      ],
      rows: () => library.report.trajectories.flatMap(rows),
    },
  });
}

const band: SpecialMark = { kind: "band", meaning: "95% interval" };

function banded({ report }: Library): boolean {
  return report.trajectories.some(({ edgeEwmaInterval }) => edgeEwmaInterval?.some((interval) => interval));
}

const marks: readonly SpecialMark[] = [
  { kind: "solid", meaning: "different from the next" },
  { kind: "hollow", meaning: "the same, undecided or not judged" },
];

const ceilingMark: SpecialMark = { kind: "reference", meaning: "noise ceiling" };

function caption(library: Library, judged: readonly Difference[]): string {
  const bands = banded(library)
    ? " Bands are 95% intervals over the choice of examples, from the same average over circuits found on halves of them, both checkpoints’ on the same ones."
    : "";
  const drawn = `Exponentially weighted mean (α = 0.5) over pairs of consecutive checkpoints, drawn at the earlier one. Checkpoints whose circuits don’t reach ${percent(library.threshold)} are left out unless the experiment includes them.${bands}`;
  if (judged.length === 0) {
    return library.report.uncertaintyLeftOut ? `${drawn} Whether circuits differ wasn’t computed for an experiment of this size; circuitgrid export does.` : drawn;
  }
  const different = judged.filter(({ verdict }) => verdict === "different");
  const passing = different.filter(({ discovered }) => discovered).length;
  return (
    `${drawn} The noise ceiling is the similarity that circuits of disjoint halves of the examples would have if nothing but the choice of examples told the two checkpoints apart; whether they differ is judged by such halves too (“Edges against noise”), ` +
    `not by the curve: circuits of all examples share their noise and may lie above the ceiling. Both circuits are compared at the sizes of both. ${counts(judged)}; ${count(passing)} of the different ones pass at a false-discovery rate of 5%.${inPlace(different, library.threshold)}`
  );
}

/** How many pairs are different, the same and undecided. */
function counts(judged: readonly Difference[]): string {
  const number = (verdict: Verdict): string => count(judged.filter((difference) => difference.verdict === verdict).length);
  return `Of ${plural(judged.length, "pair")}, ${number("different")} differ, ${number("same")} are the same within 0.1 of similarity, ${number("undecided")} are undecided`;
}

/** What came of running circuits that differ on the other checkpoint's model. */
function inPlace(different: readonly Difference[], threshold: number): string {
  const tried = different.flatMap(({ earlierOnLater, laterOnEarlier }) => (typeof earlierOnLater === "number" && typeof laterOnEarlier === "number" ? [Math.min(earlierOnLater, laterOnEarlier)] : []));
  const reasons = [...new Set(different.flatMap(({ unjudged }) => unjudged ?? []))];
  const open = reasons.map((why) => {
    const pairs = different.filter(({ unjudged }) => unjudged === why).length;
    return ` ${plural(pairs, "pair")} ${pairs === 1 ? "wasn’t" : "weren’t"} run on each other’s model: ${why}.`;
  });
  const kept = tried.length === 0 ? "" : ` Run on the other checkpoint’s model, both circuits of ${count(tried.filter((least) => least >= threshold).length)} of ${plural(tried.length, "different pair")} keep ${percent(threshold)}.`;
  return [kept, ...open].join("");
}

/** Whether there are two circuits with enough examples to tell them apart. */
export function isJudged(difference: Difference | null | undefined): difference is Difference {
  return !!difference && difference.verdict !== "no-circuit" && difference.verdict !== "too-few-blocks";
}

function rows(trajectory: Trajectory): string[][] {
  return pairs(trajectory).map(({ from, to, i }) => {
    const difference = trajectory.differences?.[i];
    return [
      trajectory.task,
      trajectory.model,
      count(from),
      count(to),
      measure(trajectory.edgeJaccard[i]),
      interval(trajectory.edgeEwma[i], trajectory.edgeEwmaInterval?.[i]?.low, trajectory.edgeEwmaInterval?.[i]?.high),
      measure(difference?.corrected),
      measure(difference?.degreeCorrected),
      measure(trajectory.nodeJaccard[i]),
      interval(trajectory.nodeEwma[i], trajectory.nodeEwmaInterval?.[i]?.low, trajectory.nodeEwmaInterval?.[i]?.high),
      measure(trajectory.weightedJaccard[i]),
      measure(trajectory.weightedJaccardInCircuits[i]),
      measure(difference?.across),
      measure(difference?.ceiling),
      interval(difference?.difference, difference?.low, difference?.high),
      measure(difference?.smallestShown),
      measure(difference?.p),
      measure(difference?.hochberg),
      measure(difference?.yekutieli),
      difference ? verdictWords[difference.verdict] : "–",
      isJudged(difference) ? scopeWords[difference.scope] : "–",
      difference ? difference.sizeVerdict : "–",
      isJudged(difference) ? (difference.discovered ? "yes" : "no") : "–",
      measure(difference?.earlierOnLater),
      measure(difference?.laterOnEarlier),
    ];
  });
}

function panel(library: Library, task: Task, kind: Kind): CurvePanel {
  return {
    key: task.name,
    title: task.title,
    subtitle: subtitles[kind],
    ...(kind === "noise" ? {} : { domain: [0, 1] }),
    format: measureTick,
    curves: library.models.map(({ name }) => {
      const trajectory = library.trajectory(name, task.name);
      return { model: name, breakAtHollow: false, points: trajectory ? points(trajectory, kind) : [] };
    }),
  };
}

/** Consecutive included checkpoints. */
function pairs({ steps, pairTo }: Trajectory): { i: number; from: number; to: number }[] {
  return pairTo.flatMap((to, i) => (to === null ? [] : [{ i, from: steps[i]!, to }]));
}

function points(trajectory: Trajectory, kind: Kind): CurvePoint[] {
  const smooth = kind === "edge" ? trajectory.edgeEwma : trajectory.nodeEwma;
  const around = kind === "edge" ? trajectory.edgeEwmaInterval : trajectory.nodeEwmaInterval;
  const raw = kind === "edge" ? trajectory.edgeJaccard : trajectory.nodeJaccard;
  return pairs(trajectory).map(({ i, from, to }) => {
    const difference = trajectory.differences?.[i];
    const judged = isJudged(difference) ? difference : undefined;
    const verdict = judged ? ` · ${verdictText(judged)}` : "";
    const point = { step: from, tokens: trajectory.tokens[i]!, mark: difference && difference.verdict !== "different" ? "hollow" : "solid" } as const;
    if (kind === "noise") {
      return {
        ...point,
        value: judged?.difference ?? null,
        low: judged?.low ?? null,
        high: judged?.high ?? null,
        text: judged ? `${interval(judged.difference, judged.low, judged.high)} to step ${count(to)}: ${measure(judged.across)} between halves, ceiling ${measure(judged.ceiling)}${verdict}` : `not judged, to step ${count(to)}`,
      };
    }
    const ceiling = kind === "edge" && judged ? `, ceiling ${measure(judged.ceiling)}` : "";
    return {
      ...point,
      value: smooth[i] ?? null,
      low: around?.[i]?.low ?? null,
      high: around?.[i]?.high ?? null,
      reference: kind === "edge" ? (judged?.ceiling ?? null) : null,
      text: `${interval(smooth[i], around?.[i]?.low, around?.[i]?.high)} (this pair ${measure(raw[i])}${ceiling}), to step ${count(to)}${verdict}`,
    };
  });
}

/** A difference that doesn't survive the many comparisons is said to be one of which some are chance. */
function verdictText({ verdict, discovered, scope, smallestShown }: Difference): string {
  const shown = typeof smallestShown === "number" ? `; ${measure(smallestShown)} would have been shown` : "";
  const chance = verdict === "different" && !discovered ? ", but not at a false-discovery rate of 5%" : "";
  return `${verdictWords[verdict]} over ${scopeWords[scope]}${chance}${verdict === "different" ? "" : shown}`;
}

function measureTick(value: number): string {
  return value === 0 || Math.abs(value) === 1 ? count(value) : value.toFixed(1).replace("-", "−");
}
