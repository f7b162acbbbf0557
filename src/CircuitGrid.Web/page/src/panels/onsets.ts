import * as Plot from "@observablehq/plot";
import { legend } from "../charts/legend";
import { onsetRows, onsetText, type OnsetRow } from "../charts/onsets";
import type { Library } from "../data/library";
import { appearance, highest, relation, relationWords, roleTitle, type Moment, type RoleSeries } from "../data/roles";
import { measure, shortName } from "../format";
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
  { value: "first", label: "A third of the maximum" },
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
  const shown: { series: RoleSeries; moment: Moment } = { series: "score", moment: "first" };
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
    lead: "One row a role and model: filled, the tokens at which the role appears; hollow, those at which the model learns the task that the role serves. On the right, which comes first as far as the intervals tell them apart, and the highest score of the first head.",
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
      { kind: "hollow", meaning: "task; whiskers are 95% intervals" },
    ]),
    body,
    caption:
      "Intervals resample the task’s examples, and what the heads’ scores were measured on where results keep that apart; an interval on a grid of checkpoints may be a single one. “No rise seen” is said of a role whose series stands at a third of its maximum at the first checkpoint already: mostly one that no head ever plays strongly.",
    data: {
      columns: ["role", "model", "task", "role appears, first head", "midpoint", "role appears, circuit’s sum", "midpoint", "task is learned [95% interval]", "midpoint [95% interval]", "highest score", "first head against task", "circuit’s sum against task"],
      rows: () => library.roles.flatMap((role) => library.models.flatMap(({ name }) => rows(library, role, name))),
    },
  });
}

function rows(library: Library, name: string, model: string): string[][] {
  const role = library.role(model, name);
  if (!role) {
    return [];
  }
  const told = (onset: Parameters<typeof appearance>[0], moment: Moment): string => {
    const found = appearance(onset, moment);
    return found ? onsetText(found) : "–";
  };
  const task = library.taskOnset(model, role.task);
  return [
    [
      name,
      model,
      role.task,
      told(role.onset, "first"),
      told(role.onset, "midpoint"),
      told(role.circuitOnset, "first"),
      told(role.circuitOnset, "midpoint"),
      told(task, "first"),
      told(task, "midpoint"),
      measure(highest(role)),
      relationWords[relation(library, model, role, "score", "first")],
      relationWords[relation(library, model, role, "circuitSum", "first")],
    ],
  ];
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
        const told = relation(library, model, role, series, moment);
        lines.push({ ...onsetRow(library, model, role, series, moment), role: name, row: lines.length, relation: `${relationWords[told]}${series === "score" && role.firstHead ? `, up to ${measure(highest(role))}` : ""}` });
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
  return html("div", { class: "chart" }, element, html("p", { class: "axis" }, "training tokens"));
}

function taskOf(library: Library, name: string): string {
  const task = library.report.roles.flatMap(({ roles }) => roles).find(({ role }) => role === name)?.task ?? "";
  return library.task(task)?.title ?? task;
}
