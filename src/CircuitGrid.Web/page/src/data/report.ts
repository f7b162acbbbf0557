import type { ModelRoles, RolePair } from "./role-report";
import { parseVisibly } from "./visible";

// The report as the experiments room writes it. A number that couldn't be measured is null, never NaN.

/** What the search for a circuit came to. */
export type CellStatus = "reached" | "not-reached" | "no-task";

/** What a model makes of a task; against, where its metric is significantly below zero; one-example, which can't tell. */
export type TaskState = "task" | "no-task" | "against" | "one-example";

/** One size of a suite. */
export interface Model {
  readonly name: string;
  readonly parameters: number;
  readonly nonEmbeddingParameters?: number | null;
  readonly layers: number;
  readonly heads: number;
  /** Attention and MLP of a layer read the same residual stream. */
  readonly parallel: boolean;
  readonly width: number;
  /** Edges of the full graph. */
  readonly edges: number;
  /** What tells it apart from others of its name: the stage of training, its branch, the seed. */
  readonly stage?: string | null;
  readonly branch?: string | null;
  readonly seed?: string | null;
  /** The model whose training this one's goes on from, which need not be of the report. */
  readonly parent?: string | null;
}

/** How tokens are known; where nobody knows them, steps stand in their place. */
export type TokensKnown = "counted" | "rounded" | "assumed" | "unknown";

/** What looks like a checkpoint of the suite and isn't analysed. */
export interface LeftOut {
  /** Empty for the suite itself. */
  readonly model: string;
  readonly name: string;
  readonly reason: string;
}

export interface Task {
  readonly name: string;
  readonly title: string;
  readonly metric: string;
  readonly unit: string;
  readonly examples: number;
}

/** One circuit size that the search evaluated. */
export interface Candidate {
  /** Edges asked of the selection, before pruning. */
  readonly budget: number;
  readonly edges: number;
  readonly nodes: number;
  /** Faithfulness on the half of the examples that the circuit was found on. */
  readonly found: number | null;
  /** Faithfulness on the other half. */
  readonly judged: number | null;
}

/** How well the examples fix the smallest budget that keeps the threshold, with the pruned circuits at the ends of its interval; an end is null where there is none. */
export interface SizeInterval {
  readonly budget: number | null;
  readonly low: number;
  readonly high: number | null;
  readonly edgesLow: number;
  readonly edgesHigh: number | null;
  readonly nodesLow: number;
  readonly nodesHigh: number | null;
  /** Whether it is no wider than neighbouring sizes of the grid are apart. */
  readonly isDetermined: boolean;
  /** Whether it says how another ranking's size would differ. */
  readonly includesRanking: boolean;
}

/** The result of one (model, checkpoint, task). */
export interface Cell {
  readonly model: string;
  readonly step: number;
  readonly tokens: number;
  readonly task: string;
  readonly status: CellStatus;
  readonly state: TaskState;
  readonly metric: number | null;
  readonly metricLow: number | null;
  readonly metricHigh: number | null;
  readonly corruptedMetric: number | null;
  readonly accuracy: number | null;
  readonly faithfulnessFound: number | null;
  readonly faithfulnessJudged: number | null;
  readonly normalizedFound: number | null;
  readonly normalizedJudged: number | null;
  readonly edges: number | null;
  readonly nodes: number | null;
  readonly edgeShare: number | null;
  readonly budget: number | null;
  readonly sizeInterval?: SizeInterval | null;
  /** The same for normalised faithfulness. */
  readonly normalizedSizeInterval?: SizeInterval | null;
  readonly search: readonly Candidate[];
  readonly seconds: number | null;
}

/** An edge of a circuit: forward index of its source, backward index of its slot, score, share of resamples whose circuit has it. */
export type CircuitEdge = readonly [source: number, slot: number, score: number, inclusion?: number];

export interface Circuit {
  readonly model: string;
  readonly task: string;
  readonly step: number;
  readonly edges: readonly CircuitEdge[];
}

export type Verdict = "different" | "same" | "undecided" | "no-circuit" | "too-few-blocks";

export type SizeVerdict = "different" | "same" | "undecided" | "unknown";

/** How two consecutive circuits differ, judged by circuits of disjoint halves of the examples. */
export interface Difference {
  readonly verdict: Verdict;
  /** What the verdict holds over: other templates of the task, or other prompts of these. */
  readonly scope: "templates" | "examples";
  readonly sizeVerdict: SizeVerdict;
  /** Jaccard similarity of the edges, corrected for chance. */
  readonly corrected: number | null;
  /** The same for random circuits that keep degrees. */
  readonly degreeCorrected?: number | null;
  /** Similarity of one checkpoint's half to the other's other half. */
  readonly across: number | null;
  /** What that would be if nothing but noise told the two apart. */
  readonly ceiling: number | null;
  /** The first less the second, with its 95% interval. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The shortfall that so many examples would have shown in 80% of the cases. */
  readonly smallestShown?: number | null;
  readonly p: number | null;
  /** Adjusted over all pairs of the report. */
  readonly hochberg: number | null;
  readonly yekutieli: number | null;
  /** Whether it passes at a false-discovery rate of 5%. */
  readonly discovered: boolean | null;
  /** Faithfulness of each circuit on the other checkpoint's model, where the two differ. */
  readonly earlierOnLater?: number | null;
  readonly laterOnEarlier?: number | null;
  /** Why that isn't known. */
  readonly unjudged?: string | null;
  readonly judgedLater?: boolean | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

type Matrix = readonly (readonly (number | null)[])[];

/**
 * Similarity of one model's circuits for one task along training. Entry i of the n−1 compares checkpoint i with the next included
 * one; those of checkpoints that aren't included are null, and so are overlaps where there is no circuit.
 */
export interface Trajectory {
  readonly model: string;
  readonly task: string;
  readonly steps: readonly number[];
  readonly tokens: readonly number[];
  readonly included: readonly boolean[];
  /** Step of the later checkpoint of each pair. */
  readonly pairTo: readonly (number | null)[];
  readonly edgeJaccard: readonly (number | null)[];
  readonly nodeJaccard: readonly (number | null)[];
  readonly weightedJaccard: readonly (number | null)[];
  readonly weightedJaccardInCircuits: readonly (number | null)[];
  readonly edgeEwma: readonly (number | null)[];
  readonly nodeEwma: readonly (number | null)[];
  /** 95% intervals of the smoothed similarities over the choice of examples. */
  readonly edgeEwmaInterval?: readonly (Interval | null)[];
  readonly nodeEwmaInterval?: readonly (Interval | null)[];
  readonly differences?: readonly (Difference | null)[];
  readonly edgeOverlap: Matrix;
  readonly nodeOverlap: Matrix;
}

export interface ScalePoint {
  readonly model: string;
  readonly parameters: number;
  readonly heads: number;
  readonly meanEdges: number | null;
  readonly meanNodes: number | null;
  readonly checkpoints: number;
  /** Mean Jaccard similarity of the edges of consecutive circuits. */
  readonly meanJaccard?: number | null;
}

/** All models of one number of parameters, replicates of one size: means over them, with intervals where there are several. */
export interface ScaleSize {
  readonly parameters: number;
  readonly models: readonly string[];
  readonly meanEdges: number | null;
  readonly meanNodes: number | null;
  readonly meanNodesInterval: Interval | null;
  readonly meanJaccard?: number | null;
  readonly meanJaccardInterval?: Interval | null;
}

/** Circuit size against model size for one task; correlations are of mean nodes over sizes, with their intervals. */
export interface Scale {
  readonly task: string;
  readonly points: readonly ScalePoint[];
  readonly sizes: readonly ScaleSize[];
  /** Why there are no correlations. */
  readonly noCorrelation: string | null;
  readonly pearsonParameters?: number | null;
  readonly spearmanParameters?: number | null;
  readonly pearsonHeads?: number | null;
  readonly spearmanHeads?: number | null;
  readonly pearsonParametersInterval?: Interval | null;
  readonly spearmanParametersInterval?: Interval | null;
  readonly pearsonHeadsInterval?: Interval | null;
  readonly spearmanHeadsInterval?: Interval | null;
  /** Of the mean similarity with parameters. */
  readonly spearmanStability?: number | null;
  readonly spearmanStabilityInterval?: Interval | null;
}

/** From the smallest size to the largest: means over tasks, with intervals over tasks. */
export interface Growth {
  readonly smallest: readonly string[];
  readonly largest: readonly string[];
  readonly tasks: number;
  readonly nodeRatio: number;
  readonly nodeRatioInterval: Interval | null;
  readonly jaccardDifference: number | null;
  readonly jaccardDifferenceInterval: Interval | null;
}

/** A checkpoint's place in training. */
export interface TrainingMoment {
  readonly step: number;
  readonly tokens: number;
}

/** How the fit of a rise ended; all but "converged" are no estimate. */
export type Fit = "converged" | "too-few-points" | "no-rise" | "not-converged" | "middle-at-start" | "middle-at-end" | "too-flat" | "too-steep";

/** When a series appears: after the last checkpoint without it, by the first of a run of checkpoints with it. */
export interface Onset {
  /** Null without such a checkpoint: it appears at or before the other. */
  readonly after: TrainingMoment | null;
  /** Null where it isn't seen to last. */
  readonly by: TrainingMoment | null;
  /** How many checkpoints show it. */
  readonly shown: number;
  /** Where it is significantly gone again, and by when it is back. */
  readonly lostAt: TrainingMoment | null;
  readonly backBy: TrainingMoment | null;
  /** Whether intervals say so, or values alone. */
  readonly hasIntervals: boolean;
  /** Tokens of the first checkpoint at a third of the series' maximum, which depends on where the series ends. */
  readonly thirdOfMaximum: number | null;
  /** Half the height of a fitted rise. */
  readonly midpoint: number | null;
  readonly midpointLow: number | null;
  readonly midpointHigh: number | null;
  readonly fit: Fit;
}

export interface TaskOnset {
  readonly model: string;
  readonly task: string;
  /** What the metric's lower bound has to exceed. */
  readonly threshold: number;
  readonly onset: Onset;
}

export interface Report {
  /** What came out, in sentences. */
  readonly findings: readonly string[];
  readonly version: number;
  readonly title: string;
  readonly suite: string;
  readonly tokensPerStep: number | null;
  /** How all tokens of the report are known; where nobody knows them, they are steps, earlier stages included. */
  readonly tokensKnown: TokensKnown;
  /** Tokens of a step as they are assumed. */
  readonly tokensPerStepAssumed: number | null;
  readonly created: string | null;
  readonly program: string | null;
  readonly analysis: Readonly<Record<string, unknown>>;
  readonly models: readonly Model[];
  readonly tasks: readonly Task[];
  readonly cells: readonly Cell[];
  readonly circuits: readonly Circuit[];
  readonly trajectories: readonly Trajectory[];
  readonly scale: readonly Scale[];
  readonly growth?: Growth | null;
  /** Circuits left out to keep the file small; their cells are still there. */
  readonly circuitsLeftOut?: number;
  /** The experiment is too large for a report to resample its examples. */
  readonly uncertaintyLeftOut?: boolean;
  /** Checkpoints that must show something before it counts as there. */
  readonly onsetRun: number;
  /** What a head must score for a role to count as there. */
  readonly roleThreshold: number;
  readonly taskOnsets: readonly TaskOnset[];
  /** By parameters; empty without head scores. */
  readonly roles: readonly ModelRoles[];
  readonly rolePairs: readonly RolePair[];
  readonly leftOut: readonly LeftOut[];
  /** How much else in the suite's folder isn't analysed. */
  readonly othersLeftOut: number;
}

const supportedVersion = 1;

/**
 * The report inlined in the page, or null where the page carries none.
 * @throws Error when the data is of a version that this page doesn't know.
 */
export function inlinedReport(root: Document): Report | null {
  const text = root.getElementById("circuitgrid-data")?.textContent?.trim() ?? "";
  if (text === "" || text === "null") {
    return null;
  }
  const data = parseVisibly(text) as Partial<Report>;
  if (data.version !== supportedVersion) {
    throw new Error(`This page shows reports of version ${supportedVersion}; the data is of version ${data.version}.`);
  }
  return {
    version: data.version,
    title: data.title ?? "Circuits along training and scale",
    suite: data.suite ?? "",
    tokensPerStep: data.tokensPerStep ?? null,
    tokensKnown: data.tokensKnown ?? "counted",
    tokensPerStepAssumed: data.tokensPerStepAssumed ?? null,
    created: data.created ?? null,
    program: data.program ?? null,
    analysis: data.analysis ?? {},
    models: data.models ?? [],
    tasks: data.tasks ?? [],
    cells: data.cells ?? [],
    circuits: data.circuits ?? [],
    trajectories: data.trajectories ?? [],
    scale: data.scale ?? [],
    growth: data.growth ?? null,
    findings: data.findings ?? [],
    circuitsLeftOut: data.circuitsLeftOut ?? 0,
    uncertaintyLeftOut: data.uncertaintyLeftOut ?? false,
    onsetRun: data.onsetRun ?? 3,
    roleThreshold: data.roleThreshold ?? 0.1,
    taskOnsets: data.taskOnsets ?? [],
    roles: data.roles ?? [],
    rolePairs: data.rolePairs ?? [],
    leftOut: data.leftOut ?? [],
    othersLeftOut: data.othersLeftOut ?? 0,
  };
}
