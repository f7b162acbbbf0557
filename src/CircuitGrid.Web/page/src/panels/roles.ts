import type { CurvePanel, CurvePoint } from "../charts/curves";
import { legend } from "../charts/legend";
import type { OnsetRow } from "../charts/onsets";
import type { Library } from "../data/library";
import type { ModelRoles, Role } from "../data/role-report";
import { appearance, onsetOf, roleTitle, type Moment } from "../data/roles";
import { timeColumn } from "../data/time";
import { count, interval, measure, plural } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Series = "score" | "circuitSum" | "heads";

const choices: readonly Choice<Series>[] = [
  { value: "score", label: "First head’s score" },
  { value: "circuitSum", label: "Circuit’s sum" },
  { value: "heads", label: "Heads that have it" },
];

const subtitles: Readonly<Record<Series, string>> = {
  score: "first head",
  circuitSum: "sum over maximum",
  heads: "heads",
};

/** Roles over training: a panel a role, a line a model. */
export function rolesPanel({ library }: PanelContext): HTMLElement {
  const panels = (series: Series): CurvePanel[] => library.roles.map((role) => panel(library, role, series));
  const multiples = new Multiples(library, panels("score"), 4);
  return figure({
    id: "roles",
    title: "What the heads are for",
    lead: "Each role over training, in the head that is the first of its task’s circuit to have it, in the sum over all heads of the circuit, or as the number of heads that have it. Above each panel, a row a model: when the role appears (filled) and when the task it serves is learned (hollow).",
    controls: [segmented("Show", choices, "score", (series) => multiples.show(panels(series)))],
    legend: legend(library, [
      ...(library.report.roles.some(({ roles }) => roles.some(({ scoreInterval }) => scoreInterval?.some((entry) => entry))) ? ([{ kind: "band", meaning: "95% interval, of the number of heads from sure to possible" }] as const) : []),
      { kind: "solid", meaning: "role appears, and after which checkpoint" },
      { kind: "hollow", meaning: "its task is learned, likewise" },
    ]),
    body: multiples.element,
    caption: caption(library),
    data: {
      columns: ["role", "model", "step", timeColumn(library.report), "task", "first head", "its score [95% interval]", "circuit’s sum [95% interval]", "heads [surely, possibly]", "entering", "leaving", "Jaccard", "ever seen"],
      rows: () => library.roles.flatMap((role) => library.report.roles.flatMap((model) => rows(model, role))),
    },
  });
}

function caption(library: Library): string {
  const { onsetRun, roleThreshold, roles } = library.report;
  const intervals = roles.some((model) => model.roles.some(({ onset }) => onset.hasIntervals))
    ? "Bands are 95% intervals over what the scores were measured on. Around the number of heads the band is none of these: it goes from the heads that have the role by the whole of their own interval to those that have it by some of it."
    : "These results keep a single number a head, with nothing to resample: their roles are told by values alone.";
  return (
    `A role appears with the first of ${plural(onsetRun, "checkpoint")} whose 95% lower bound lies above ${measure(roleThreshold)}; a significant fall loses it. Its mark stands at that checkpoint, its line begins at the last one without. ` +
    `The number of heads counts those with a third (0.33) of the highest score of any head at any checkpoint. ${intervals} ` +
    "The circuit’s sum is zero while there is no circuit, so it can’t appear before the task; the first head’s score can."
  );
}

function rows(model: ModelRoles, name: string): string[][] {
  const role = model.roles.find((entry) => entry.role === name);
  return role
    ? model.steps.map((step, t) => {
        const turnover = role.turnover[t];
        return [
          name,
          model.model,
          count(step),
          count(model.tokens[t]),
          role.task,
          role.firstHead ?? "–",
          interval(role.score[t], role.scoreInterval?.[t]?.low, role.scoreInterval?.[t]?.high),
          interval(role.circuitSum[t], role.circuitSumInterval?.[t]?.low, role.circuitSumInterval?.[t]?.high),
          heads(role, t),
          count(turnover?.entering),
          count(turnover?.leaving),
          measure(turnover?.jaccard),
          count(turnover?.everSeen),
        ];
      })
    : [];
}

function panel(library: Library, name: string, series: Series): CurvePanel {
  const found = library.models.flatMap(({ name: model }) => {
    const roles = library.modelRoles(model);
    const role = library.role(model, name);
    return roles && role ? [{ roles, role }] : [];
  });
  const curves = found.map(({ roles, role }) => ({ model: roles.model, breakAtHollow: false, points: points(roles, role, series) }));
  const highest = Math.max(1, ...curves.flatMap((curve) => curve.points.flatMap(({ value, high }) => [value ?? 0, high ?? 0])));
  return {
    key: name,
    title: roleTitle(name),
    subtitle: subtitles[series],
    ...(series === "heads" ? {} : { domain: [0, highest] }),
    format: series === "heads" ? (value) => (Number.isInteger(value) ? count(value) : "") : (value) => String(value),
    curves,
    onsets: found.map(({ roles, role }) => onsetRow(library, roles.model, role, series === "circuitSum" ? "circuitSum" : "score")),
  };
}

/** When a role of a model appears, and its task. */
export function onsetRow(library: Library, model: string, role: Role, series: "score" | "circuitSum", moment: Moment = "seen"): OnsetRow {
  const own = appearance(onsetOf(role, series), moment);
  const task = appearance(library.taskOnset(model, role.task), moment);
  return {
    model,
    role: role.role,
    marks: [
      ...(task ? [{ ...task, kind: "task", name: `${library.task(role.task)?.title ?? role.task} is learned` } as const] : []),
      ...(own ? [{ ...own, kind: "role", name: `${roleTitle(role.role)} appears` } as const] : []),
    ],
  };
}

function points({ steps, tokens }: ModelRoles, role: Role, series: Series): CurvePoint[] {
  return steps.map((step, t) => {
    const value = series === "heads" ? role.heads[t]!.length : (role[series][t] ?? null);
    const around = { score: role.scoreInterval, circuitSum: role.circuitSumInterval, heads: role.headsBetween }[series]?.[t];
    return { step, tokens: tokens[t]!, value, low: around?.low ?? null, high: around?.high ?? null, mark: "solid", text: text(role, t, series, value) };
  });
}

function text(role: Role, t: number, series: Series, value: number | null): string {
  switch (series) {
    case "score":
      return role.firstHead ? `${interval(value, role.scoreInterval?.[t]?.low, role.scoreInterval?.[t]?.high)} (${role.firstHead})` : "no head of the circuit ever has it";
    case "circuitSum":
      return interval(value, role.circuitSumInterval?.[t]?.low, role.circuitSumInterval?.[t]?.high);
    case "heads": {
      const turnover = role.turnover[t];
      return turnover ? `${heads(role, t)} (${count(turnover.entering)} entering, ${count(turnover.leaving)} leaving)` : heads(role, t);
    }
  }
}

/** How many heads have a role, and how sure that is. */
function heads(role: Role, t: number): string {
  const between = role.headsBetween?.[t];
  const number = count(role.heads[t]!.length);
  return between ? `${number} [${count(between.low)}, ${count(between.high)}]` : number;
}
