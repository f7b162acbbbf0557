import type { Library } from "../data/library";
import type { Interval, Order, Verdict } from "../data/report";
import { appearance, roleTitle, type Appearance } from "../data/roles";
import { count, interval, list, measure, percent, plural, range, short } from "../format";
import { isJudged } from "./stability";

/** When each task is learned, over the models that are seen to. */
export function learned(library: Library): string | null {
  const parts = library.tasks.flatMap((task) => {
    const found = library.models.flatMap(({ name }) => appearance(library.taskOnset(name, task.name), "seen") ?? []);
    return found.length === 0 ? [] : [`${between(found)} for ${task.title} (${count(found.length)} of ${plural(library.models.length, "model")})`];
  });
  return parts.length === 0 ? null : `The tasks are learned ${list(parts)}: training tokens of the last checkpoint without and the first with the task, over these models.`;
}

/** "after 524k–655k, by 1.02M–1.28M". */
function between(found: readonly Appearance[]): string {
  const after = found.flatMap(({ low }) => low ?? []);
  const start = after.length < found.length ? "from the start or after" : "after";
  const by = `by ${range(found.map(({ at }) => at), short)}`;
  return after.length === 0 ? `at the first checkpoints already, ${by}` : `${start} ${range(after, short)}, ${by}`;
}

const orderSentences = [
  ["before", "Before the task they serve appear"],
  ["with", "Between the same two checkpoints as the task appear"],
  ["after", "After the task appear"],
  ["gone", "Gone again when the task appears are"],
] as const satisfies readonly (readonly [Order, string])[];

/** When roles appear relative to the task they serve, role by role in the models where it holds, which are named where they aren't all. */
export function roleOrder(library: Library): string[] {
  return orderSentences.flatMap(([order, words]) => {
    const roles = library.roles.flatMap((name) => {
      const models = library.models.flatMap(({ name: model }) => library.role(model, name) ? [{ model, order: library.role(model, name)!.order }] : []);
      const own = models.filter((entry) => entry.order === order);
      const title = roleTitle(name).replace(/^[A-Z](?!-)/, (letter) => letter.toLowerCase());
      return own.length === 0 ? [] : [`${title} (${own.length === models.length ? `all of ${plural(models.length, "model")}` : list(own.map(({ model }) => model))})`];
    });
    return roles.length === 0 ? [] : [`${words} ${list(roles)}.`];
  });
}

/** How many consecutive circuits differ by more than noise, in all and by model. */
export function beyondNoise(library: Library): string | null {
  const pairs = library.report.trajectories.flatMap(({ model, differences }) => (differences ?? []).filter(isJudged).map((difference) => ({ model, difference })));
  if (pairs.length === 0) {
    return null;
  }
  const differ = (some: typeof pairs): number => some.filter(({ difference }) => difference.verdict !== "within-noise").length;
  const passing = pairs.filter(({ difference }) => difference.discovered).length;
  const models = library.models.flatMap(({ name }) => {
    const own = pairs.filter(({ model }) => model === name);
    return own.length === 0 ? [] : [`${count(differ(own))} of ${count(own.length)} in ${name}`];
  });
  const verdicts = (verdict: Verdict): number => pairs.filter(({ difference }) => difference.verdict === verdict).length;
  const [real, structural] = [verdicts("real"), verdicts("structural-only")];
  const kinds =
    real + structural === 0
      ? ""
      : ` On the other checkpoint’s model at least one circuit of ${count(real)} of these pairs keeps less than ${percent(library.threshold)} of the task, a real difference; both circuits of ${count(structural)} keep it and differ in structure only.`;
  return (
    `Of ${plural(pairs.length, "pair")} of consecutive circuits ${count(differ(pairs))} (${percent(differ(pairs) / pairs.length)}) ${differ(pairs) === 1 ? "differs" : "differ"} by more than noise, the 95% interval of their difference lying below 0` +
    `${models.length > 1 ? `: ${list(models)}` : ""}; ${count(passing)} of all at a false-discovery rate of 5%.${kinds}`
  );
}

/** Whether larger models' circuits are larger and steadier, as far as tasks and models can tell. */
export function growth(library: Library): string[] {
  const { growth: change, scale } = library.report;
  if (!change) {
    return [];
  }
  const { smallest, largest, tasks, nodeRatio, nodeRatioInterval, jaccardDifference, jaccardDifferenceInterval } = change;
  const size = direction(nodeRatioInterval, 1, ["larger circuits", "smaller circuits", "circuits that can’t be told to be larger"]);
  const sizes = `by nodes, the larger size’s are ${interval(nodeRatio, nodeRatioInterval?.low, nodeRatioInterval?.high)} times those of the smaller`;
  const steady = direction(jaccardDifferenceInterval, 0, ["its circuits are steadier", "its circuits are less steady", "its circuits can’t be told to be steadier"]);
  const steadiness =
    jaccardDifference === null
      ? ""
      : `; from checkpoint to checkpoint ${steady}: the similarity of its consecutive circuits exceeds the smaller size’s by ${signed(jaccardDifference)}${jaccardDifferenceInterval ? ` [${signed(jaccardDifferenceInterval.low)}, ${signed(jaccardDifferenceInterval.high)}]` : ""}`;
  const sentences = [`Of ${list(smallest)} and ${list(largest)}, the larger size has ${size}: ${sizes}${steadiness} (means over ${plural(tasks, "task")}, 95% intervals over tasks).`];
  const known = scale.flatMap((entry) => (typeof entry.pearsonParameters === "number" ? [{ ...entry, pearson: entry.pearsonParameters }] : []));
  if (known.length === 0) {
    const most = Math.max(...scale.map((entry) => entry.sizes.length));
    sentences.push(`No correlation with size is given: ${scale.find((entry) => entry.sizes.length === most)?.noCorrelation ?? "the circuits’ sizes don’t vary"}.`);
  } else {
    const rising = known.filter(({ pearsonParametersInterval }) => isAboveZero(pearsonParametersInterval)).length;
    const steadier = known.filter(({ spearmanStabilityInterval }) => isAboveZero(spearmanStabilityInterval)).length;
    sentences.push(
      `Over sizes, the number of nodes correlates with that of parameters by r = ${range(known.map(({ pearson }) => pearson), measure)}, with an interval above 0 in ${count(rising)} of ${plural(known.length, "task")}; the interval of steadiness with parameters lies above 0 in ${count(steadier)}.`,
    );
  }
  return sentences;
}

/** Whether an interval with some width lies above 0: one without is no finding. */
function isAboveZero(around: Interval | null | undefined): boolean {
  return around !== null && around !== undefined && around.low > 0 && around.high > around.low;
}

function direction(around: Interval | null, nothing: number, [above, below, unknown]: readonly [string, string, string]): string {
  if (!around) {
    return unknown;
  }
  return around.low > nothing ? above : around.high < nothing ? below : unknown;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${measure(value)}`;
}
