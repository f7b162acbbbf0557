import type { Interval, Onset } from "./report";

// What the report says of heads and their roles, as the experiments room writes it.

/** A role's onset against its task's. */
export type Order = "before" | "with" | "after" | "undetermined" | "gone" | "not-seen" | "no-task";

/** How the heads that have a role differ from the checkpoint's before. */
export interface Turnover {
  readonly jaccard: number;
  readonly entering: number;
  readonly leaving: number;
  readonly everSeen: number;
}

/** A role along a model's training; entry t of every array is checkpoint t. */
export interface Role {
  readonly role: string;
  /** The task whose circuit it is looked for in. */
  readonly task: string;
  readonly firstHead: string | null;
  readonly score: readonly (number | null)[];
  /** 95% intervals of that over what it was measured on. */
  readonly scoreInterval?: readonly (Interval | null)[];
  readonly circuitSum: readonly (number | null)[];
  readonly circuitSumInterval?: readonly (Interval | null)[];
  /** How many heads have the role by the whole of their own interval, and how many by some of it. */
  readonly headsBetween?: readonly (Interval | null)[];
  /** Heads that have the role, h of layer l as l·H + h. */
  readonly heads: readonly (readonly number[])[];
  readonly turnover: readonly (Turnover | null)[];
  readonly onset: Onset;
  readonly circuitOnset: Onset;
  /** The two against the task's onset. */
  readonly order: Order;
  readonly circuitOrder: Order;
  /** All heads' scores; no checkpoint where they were left out. */
  readonly scores: readonly (readonly number[])[];
  /** Every layer's share of the scores at the last checkpoint. */
  readonly profile: readonly number[];
  /** 95% intervals of these; empty where there are none. */
  readonly profileInterval?: readonly Interval[];
  readonly meanDepth: number | null;
}

/** Percent that the algorithm's heads carry of the sum of |effect|, and of the sum of effects. */
export interface EffectShare {
  readonly absolute: number | null;
  readonly signed: number | null;
  /** 95% intervals over prompts. */
  readonly absoluteInterval?: Interval | null;
  readonly signedInterval?: Interval | null;
  /** What of the absolute share works for the task, and against it. */
  readonly helping?: number | null;
  readonly hindering?: number | null;
}

/** The heads of one kind that work for the task and against it. */
export interface Carrier {
  readonly role: string;
  readonly helping: readonly string[];
  readonly hindering: readonly string[];
  readonly helpingShare: number | null;
  readonly hinderingShare: number | null;
}

export interface AlgorithmShares {
  readonly direct: EffectShare;
  readonly queries: EffectShare | null;
  readonly values: EffectShare | null;
  readonly sInhibition: readonly string[];
  readonly induction: readonly string[];
  readonly duplicateToken: readonly string[];
  readonly carriers?: readonly Carrier[];
}

/** How far a checkpoint does IOI by the known algorithm. */
export interface Algorithm {
  readonly inCircuit: AlgorithmShares | null;
  readonly allHeads: AlgorithmShares;
  readonly nameMovers: readonly string[];
  readonly negativeNameMovers: readonly string[];
  readonly copySuppression: readonly string[];
  readonly negativeCopySuppression: readonly string[];
  /** Why no share is given. */
  readonly noSharesBecause?: string | null;
}

export interface ModelRoles {
  readonly model: string;
  readonly steps: readonly number[];
  readonly tokens: readonly number[];
  readonly roles: readonly Role[];
  readonly algorithm: readonly (Algorithm | null)[];
  readonly scoresLeftOut: boolean;
}

export interface HeadMatch {
  readonly first: string;
  readonly second: string;
  readonly distance: number;
}

/** Two models' roles at their last checkpoints; heads are matched between neighbours in size only. */
export interface RolePair {
  readonly first: string;
  readonly second: string;
  readonly distances: readonly { readonly role: string; readonly distance: number | null }[];
  readonly matches: readonly HeadMatch[];
}
