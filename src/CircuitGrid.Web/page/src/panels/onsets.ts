import * as Plot from "@observablehq/plot";
import { legend } from "../charts/legend";
import { onsetRows, onsetText, type OnsetRow } from "../charts/onsets";
import type { Library } from "../data/library";
import type { Fit, Onset } from "../data/report";
import { appearance, highest, orderOf, orderWords, roleTitle, type Moment, type RoleSeries } from "../data/roles";
import { axisTitle, timeText, type Clock } from "../data/time";
import { measure, plural, shortName } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { drawToWidth, html } from "../ui/dom";
import { figure } from "../ui/figure";
import { reportAxis } from "./multiples";
import type { PanelContext } from "./panels";
import { onsetRow } from "./roles";

const seriesChoices: readonly Choice<RoleSeries>[] = [
  { value: "score", label: "First head" },
  { value: "circuitSum", label: "Circuit’s sum" },
];

const moments: readonly Choice<Moment>[] = [
  { value: "seen", label: "Seen to last" },
  { value: "midpoint", label: "Midpoint of a fitted rise" },
];

const rowHeight = 14;
const groupGap = 1;
const wide = 700;
/** Characters that there is room for beside the rows. */
const longestTitle = 32;

interface Line extends OnsetRow {
  readonly role: string;
  readonly row: number;
  readonly relation: string;
}

/** What stands beside the rows of a role. */
interface Title {
  readonly row: number;
  readonly role: string;
  readonly task: string;
}

/** When each role appears relative to the task it serves: a row a role and model, on one token axis. */
export function onsetsPanel({ library }: PanelContext): HTMLElement {
  const body = html("div");
  const shown: { series: RoleSeries; moment: Moment } = { series: "score", moment: "seen" };
  let width = 0;
  const draw = (): void => {
    if (width > 0) {
      body.replaceChildren(chart(library, shown.series, shown.moment, width));
    }
  };
  drawToWidth(body, (next) => {
    width = next;
    draw();
  });
  return figure({
    id: "onsets",
    title: "When each role appears, and its task",
    lead: "One row a role and model: filled, when the role appears; hollow, when the model learns the task that the role serves. On the right, which comes first as far as the checkpoints tell them apart, and the highest score of the first head.",
    controls: [
      segmented("Role by", seriesChoices, shown.series, (series) => {
        shown.series = series;
        draw();
      }),
      segmented("Moment", moments, shown.moment, (moment) => {
        shown.moment = moment;
        draw();
      }),
    ],
    legend: legend(library, [
      { kind: "solid", meaning: "role" },
      { kind: "hollow", meaning: "task; lines begin at the last checkpoint without" },
    ]),
    body,
    caption:
      `Something appears with the first of ${plural(library.report.onsetRun, "checkpoint")} whose 95% lower bound lies above the threshold: ${measure(library.report.roleThreshold)} for a role’s score, the smallest effect of interest for a task’s metric. Two are enough where the series ends. A dip inside noise changes nothing, a significant fall loses it. ` +
      "A role is before the task if some head of the circuit has it by the last checkpoint without the task, and still has it when the task appears. The order of several heads is that of the earliest that lasts. Midpoints of fitted rises have intervals from resampling; a fit whose solution lies at the end of the range searched is no estimate.",
    data: {
      columns: ["role", "model", "task", "role appears, first head", "midpoint", "role appears, circuit’s sum", "midpoint", "task is learned", "midpoint [95% interval]", "third of the maximum (depends on where the series ends)", "highest score", "role against task", "circuit’s sum against task"],
      rows: () => library.roles.flatMap((role) => library.models.flatMap(({ name }) => rows(library, role, name))),
    },
  });
}

function rows(library: Library, name: string, model: string): string[][] {
  const role = library.role(model, name);
  if (!role) {
    return [];
  }
  const task = library.taskOnset(model, role.task);
  const clock = library.report;
  return [
    [
      name,
      model,
      role.task,
      told(clock, role.onset, "seen"),
      told(clock, role.onset, "midpoint"),
      told(clock, role.circuitOnset, "seen"),
      told(clock, role.circuitOnset, "midpoint"),
      told(clock, task, "seen"),
      told(clock, task, "midpoint"),
      timeText(clock, role.onset.thirdOfMaximum),
      measure(highest(role)),
      orderWords[role.order],
      orderWords[role.circuitOrder],
    ],
  ];
}

const fitWords: Readonly<Record<Fit, string>> = {
  converged: "",
  "too-few-points": "too few checkpoints",
  "no-rise": "no rise",
  "not-converged": "the fit did not converge",
  "middle-at-start": "risen at the start",
  "middle-at-end": "still rising at the end",
  "too-flat": "too flat a rise",
  "too-steep": "between two checkpoints",
};

function told(clock: Clock, onset: Onset | undefined, moment: Moment): string {
  const found = appearance(onset, moment);
  return found ? onsetText(clock, found) : moment === "midpoint" && onset ? fitWords[onset.fit] : onset?.after ? `not seen by ${timeText(clock, onset.after.tokens)}` : "not seen";
}

function chart(library: Library, series: RoleSeries, moment: Moment, width: number): HTMLElement {
  const axis = reportAxis(library);
  const roomy = width >= wide;
  const margin = { left: roomy ? 190 : 104, right: roomy ? 176 : 14, top: 6, bottom: 26 };
  const lines: Line[] = [];
  const titles: Title[] = [];
  for (const name of library.roles) {
    const start = lines.length;
    for (const { name: model } of library.models) {
      const role = library.role(model, name);
      if (role) {
        const told = orderOf(library, model, role, series, moment);
        lines.push({ ...onsetRow(library, model, role, series, moment), role: name, row: lines.length, relation: `${orderWords[told]}${series === "score" && role.firstHead ? `, up to ${measure(highest(role))}` : ""}` });
      }
    }
    titles.push({ row: (start + lines.length - 1) / 2, role: roleTitle(name), task: lines.length > start ? taskOf(library, name) : "" });
    for (let i = 0; i < groupGap; i++) {
      lines.push({ model: "", marks: [], role: "", row: lines.length, relation: "" });
    }
  }
  lines.splice(-groupGap);
  const dividers = titles.slice(1).map(({ row }, index) => (row + titles[index]!.row) / 2);
  const element = onsetRows(library, lines, {
    axis,
    width,
    rowHeight,
    margin,
    around: [
      Plot.gridX(axis.ticks(width - margin.left - margin.right), { stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisX({ ticks: axis.ticks(width - margin.left - margin.right), text: axis.label, tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)" }),
      Plot.ruleY(dividers, { stroke: "var(--rule)" }),
      Plot.text(titles, { y: "row", text: ({ role }: Title) => shortName(role, longestTitle), frameAnchor: "left", textAnchor: "start", dx: -margin.left, dy: roomy ? -7 : 0, fill: "var(--ink)", fontWeight: 600 }),
      ...(roomy
        ? [
            Plot.text(titles, { y: "row", text: ({ task }: Title) => shortName(task, longestTitle), title: ({ task }: Title) => (task.length > longestTitle ? task : null), frameAnchor: "left", textAnchor: "start", dx: -margin.left, dy: 7, fill: "var(--muted)" }),
            Plot.text(lines, { y: "row", text: "relation", frameAnchor: "right", textAnchor: "start", dx: 14, fill: "var(--muted)", className: "relation" }),
          ]
        : []),
    ],
  });
  return html("div", { class: "chart" }, element, html("p", { class: "axis" }, axisTitle(library.report)));
}

function taskOf(library: Library, name: string): string {
  const task = library.report.roles.flatMap(({ roles }) => roles).find(({ role }) => role === name)?.task ?? "";
  return library.task(task)?.title ?? task;
}
