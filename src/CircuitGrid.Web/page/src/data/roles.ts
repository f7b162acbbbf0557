import type { Library } from "./library";
import type { Onset } from "./report";
import type { Order, Role } from "./role-report";

const titles: Readonly<Record<string, string>> = {
  induction: "Induction",
  successor: "Successor",
  copying: "Copying of names",
  "copy-suppression": "Copy suppression",
  "negative-copying": "Negative copying",
  "s-inhibition": "S-inhibition",
  "duplicate-token": "Duplicate token",
  "previous-token": "Previous token",
};

/** A role as people call it. */
export function roleTitle(role: string): string {
  return titles[role] ?? role;
}

/** Which of a role's two series is looked at. */
export type RoleSeries = "score" | "circuitSum";

/** How the moment of appearing is told. */
export type Moment = "seen" | "midpoint";

/** Tokens, or steps where nobody knows them, between which something appears; an end is null where there is none on that side. */
export interface Appearance {
  /** Where its mark is drawn. */
  readonly at: number;
  readonly low: number | null;
  readonly high: number | null;
  /** The low end is the last checkpoint without it, so that without one it may be there from the start. */
  readonly isCensored: boolean;
  readonly lostAt: number | null;
}

/** When a series appears; null where it isn't seen to, or the fit is no estimate. */
export function appearance(onset: Onset | undefined, moment: Moment): Appearance | null {
  if (!onset) {
    return null;
  }
  if (moment === "seen") {
    return onset.by && { at: onset.by.tokens, low: onset.after?.tokens ?? null, high: onset.by.tokens, isCensored: true, lostAt: onset.lostAt?.tokens ?? null };
  }
  return onset.midpoint === null ? null : { at: onset.midpoint, low: onset.midpointLow, high: onset.midpointHigh, isCensored: false, lostAt: null };
}

export function onsetOf(role: Role, series: RoleSeries): Onset {
  return series === "score" ? role.onset : role.circuitOnset;
}

/** The highest score that the first head ever has; 0 without one. */
export function highest({ score }: Role): number {
  return Math.max(0, ...score.map((value) => value ?? 0));
}

export const orderWords: Readonly<Record<Order, string>> = {
  before: "before the task",
  with: "with the task",
  after: "after the task",
  undetermined: "not determined",
  gone: "gone when the task appears",
  "not-seen": "not seen",
  "no-task": "task not seen",
};

/** A role against the task that it serves: as the report says it, or by the intervals of fitted midpoints. */
export function orderOf(library: Library, model: string, role: Role, series: RoleSeries, moment: Moment): Order {
  const seen = series === "score" ? role.order : role.circuitOrder;
  if (moment === "seen" || seen === "gone") {
    return seen;
  }
  const [own, task] = [appearance(onsetOf(role, series), moment), appearance(library.taskOnset(model, role.task), moment)];
  if (!own || !task) {
    return own ? "no-task" : "not-seen";
  }
  if (own.low === null || own.high === null || task.low === null || task.high === null) {
    return "undetermined";
  }
  return own.high < task.low ? "before" : own.low > task.high ? "after" : "undetermined";
}
