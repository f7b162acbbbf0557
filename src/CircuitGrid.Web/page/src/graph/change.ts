import type { Circuit, CircuitEdge, Model } from "../data/report";
import { nodeName, slot, slotName, sourceNode, type Slot } from "./names";

/** What became of an edge since the previous checkpoint's circuit. */
export type Change = "kept" | "gained" | "lost";

/** How sure the examples are of an edge. */
export type Certainty = "certified" | "uncertain" | "rejected";

const certifiedFrom = 0.95;
const rejectedTo = 0.05;

/** The verdict on an edge that is in a share of the resamples' circuits; null where that isn't known. */
export function certaintyOf(inclusion: number | undefined): Certainty | null {
  if (inclusion === undefined) {
    return null;
  }
  return inclusion >= certifiedFrom ? "certified" : inclusion <= rejectedTo ? "rejected" : "uncertain";
}

export interface DrawnEdge {
  readonly name: string;
  /** Name of the node it leaves. */
  readonly source: string;
  readonly slot: Slot;
  /** Name of the node it enters. */
  readonly target: string;
  readonly score: number;
  readonly change: Change;
  /** Share of the resamples whose circuit has it; of a lost edge, at the previous checkpoint. */
  readonly inclusion: number | undefined;
  readonly certainty: Certainty | null;
}

/** The circuit's edges, then those that only the previous circuit had; without a previous one everything is kept. */
export function compare(model: Model, circuit: Circuit, previous: Circuit | undefined): DrawnEdge[] {
  const identity = ([source, target]: CircuitEdge): string => `${source}>${target}`;
  const before = new Set(previous?.edges.map(identity));
  const now = new Set(circuit.edges.map(identity));
  const edge = (entry: CircuitEdge, change: Change): DrawnEdge => {
    const [source, target, score, inclusion] = entry;
    const from = nodeName(sourceNode(model, source));
    const to = slot(model, target);
    return { name: `${from}->${slotName(to)}`, source: from, slot: to, target: nodeName(to.node), score, change, inclusion, certainty: certaintyOf(inclusion) };
  };
  return [
    ...circuit.edges.map((entry) => edge(entry, !previous || before.has(identity(entry)) ? "kept" : "gained")),
    ...(previous?.edges ?? []).filter((entry) => !now.has(identity(entry))).map((entry) => edge(entry, "lost")),
  ];
}
