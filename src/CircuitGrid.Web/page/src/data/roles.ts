import type { Library } from "./library";
import type { Onset, Role } from "./report";

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
export type Moment = "first" | "midpoint";

export interface Appearance {
  readonly at: number;
  /** An end is null where there is no interval, or none on that side. */
  readonly low: number | null;
  readonly high: number | null;
}

/** When a series appears; null where it never does. */
export function appearance(onset: Onset | undefined, moment: Moment): Appearance | null {
  if (!onset) {
    return null;
  }
  const [at, low, high] = moment === "first" ? [onset.first, onset.firstLow, onset.firstHigh] : [onset.midpoint, onset.midpointLow, onset.midpointHigh];
  return at === null ? null : { at, low, high };
}

export function onsetOf(role: Role, series: RoleSeries): Onset {
  return series === "score" ? role.onset : role.circuitOnset;
}

/** The highest score that the first head ever has; 0 without one. */
export function highest({ score }: Role): number {
  return Math.max(0, ...score.map((value) => value ?? 0));
}

/** When a role appears, as far as the intervals tell the two apart. */
export type Relation = "before" | "together" | "after" | "from-start" | "never" | "no-task";

export const relationWords: Readonly<Record<Relation, string>> = {
  before: "before the task",
  together: "with the task",
  after: "after the task",
  "from-start": "no rise seen",
  never: "never",
  "no-task": "task never learned",
};

/** A role against the task that it serves. */
export function relation(library: Library, model: string, role: Role, series: RoleSeries, moment: Moment): Relation {
  const own = onsetOf(role, series);
  const appears = appearance(own, moment);
  if (!appears) {
    return "never";
  }
  // What the first checkpoint has already, the untrained model's chance level mostly, wasn't seen to appear.
  if (own.first !== null && own.first <= (library.modelRoles(model)?.tokens[0] ?? 0)) {
    return "from-start";
  }
  const task = appearance(library.taskOnset(model, role.task), moment);
  if (!task) {
    return "no-task";
  }
  if ((appears.high ?? appears.at) < (task.low ?? task.at)) {
    return "before";
  }
  return (appears.low ?? appears.at) > (task.high ?? task.at) ? "after" : "together";
}
