import { count, short } from "../format";
import type { Report } from "./report";

/** What a report says of its clock. */
export type Clock = Pick<Report, "tokensKnown" | "tokensPerStepAssumed">;

/** Whether time is counted in tokens; it is in steps where nobody knows them. */
function hasTokens({ tokensKnown }: Clock): boolean {
  return tokensKnown !== "unknown";
}

/** What isn't sure of tokens, behind the first word that says them; nothing where they are counted. */
function doubt({ tokensKnown, tokensPerStepAssumed }: Clock): string {
  return tokensKnown === "assumed" ? ` (assumed: ${count(tokensPerStepAssumed)} a step)` : tokensKnown === "rounded" ? " (rounded)" : "";
}

/** What an axis over training counts. */
export function axisTitle(clock: Clock): string {
  return hasTokens(clock) ? `training tokens${doubt(clock)}` : "training step";
}

/** What a column of times holds. */
export function timeColumn(clock: Clock): string {
  return hasTokens(clock) ? `tokens${doubt(clock)}` : "step, earlier stages included";
}

/** A number on the axis: 2.05M, or the step. */
export function timeText(clock: Clock, time: number | null | undefined): string {
  return hasTokens(clock) ? short(time) : count(time);
}

/** "2.05M tokens"; "step 1,100". */
export function momentText(clock: Clock, time: number | null | undefined): string {
  return hasTokens(clock) ? `${short(time)} tokens` : `step ${count(time)}`;
}

/** What is to be said of a checkpoint beside its step: its tokens, or its step with earlier stages where that is another number; nothing where it isn't. */
export function besideStep(clock: Clock, step: number, time: number): string {
  return hasTokens(clock) ? `${short(time)} tokens` : time === step ? "" : `step ${count(time)} with earlier stages`;
}

/** "over 300B training tokens (rounded)"; "over 1,100 training steps". */
export function spanText(clock: Clock, time: number): string {
  return hasTokens(clock) ? `${short(time)} training tokens${doubt(clock)}` : `${count(time)} training ${time === 1 ? "step" : "steps"}`;
}
