import type { Circuit, CircuitEdge, Model } from "../data/report";
import { nodeName, slot, slotName, sourceNode, type Slot } from "./names";

/** What became of an edge since the previous checkpoint's circuit. */
export type Change = "kept" | "gained" | "lost";

export interface DrawnEdge {
  readonly name: string;
  /** Name of the node it leaves. */
  readonly source: string;
  readonly slot: Slot;
  /** Name of the node it enters. */
  readonly target: string;
  readonly score: number;
  readonly change: Change;
}

/** The circuit's edges, then those that only the previous circuit had; without a previous one everything is kept. */
export function compare(model: Model, circuit: Circuit, previous: Circuit | undefined): DrawnEdge[] {
  const identity = ([source, target]: CircuitEdge): string => `${source}>${target}`;
  const before = new Set(previous?.edges.map(identity));
  const now = new Set(circuit.edges.map(identity));
  const edge = (entry: CircuitEdge, change: Change): DrawnEdge => {
    const [source, target, score] = entry;
    const from = nodeName(sourceNode(model, source));
    const to = slot(model, target);
    return { name: `${from}->${slotName(to)}`, source: from, slot: to, target: nodeName(to.node), score, change };
  };
  return [
    ...circuit.edges.map((entry) => edge(entry, !previous || before.has(identity(entry)) ? "kept" : "gained")),
    ...(previous?.edges ?? []).filter((entry) => !now.has(identity(entry))).map((entry) => edge(entry, "lost")),
  ];
}
