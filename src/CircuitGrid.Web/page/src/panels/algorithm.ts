import type { CurvePanel } from "../charts/curves";
import { legend } from "../charts/legend";
import type { Library } from "../data/library";
import type { Interval } from "../data/report";
import type { Algorithm, AlgorithmShares, EffectShare } from "../data/role-report";
import { count, list } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

type Part = "direct" | "queries" | "values";
type Form = "circuit" | "circuit-signed" | "all" | "all-signed";

const parts: readonly { readonly part: Part; readonly title: string; readonly subtitle: string }[] = [
  { part: "direct", title: "B · Direct effects", subtitle: "by name movers and copy suppression" },
  { part: "queries", title: "C · Name movers’ queries", subtitle: "by S-inhibition heads" },
  { part: "values", title: "D · S-inhibition heads’ values", subtitle: "by induction and duplicate-token heads" },
];

const inCircuit: readonly Choice<Form>[] = [
  { value: "circuit", label: "In the circuit" },
  { value: "circuit-signed", label: "Signed" },
];

const overAll: readonly Choice<Form>[] = [
  { value: "all", label: "All heads" },
  { value: "all-signed", label: "All heads, signed" },
];

const words: Readonly<Record<Form, string>> = {
  circuit: "Shown: the sums of absolute effects over the heads in the checkpoint’s circuit, as the paper’s figure has it, as far as its definition is known.",
  "circuit-signed": "Shown: the sums of effects with their signs over the heads in the checkpoint’s circuit; effects cancel, so a share may be any number.",
  all: "Shown: the sums of absolute effects over all heads, in the circuit or not.",
  "all-signed": "Shown: the sums of effects with their signs over all heads; effects cancel, so a share may be any number.",
};

/** How far each checkpoint does IOI by the known algorithm. */
export function algorithmPanel({ library }: PanelContext): HTMLElement {
  const known = library.report.roles.flatMap(({ algorithm }) => algorithm.filter((entry) => entry !== null));
  const choices = [...(known.some((entry) => entry.inCircuit) ? inCircuit : []), ...overAll];
  const panels = (form: Form): CurvePanel[] => parts.map(({ part, title, subtitle }) => panel(library, part, title, subtitle, form));
  const first = choices[0]!.value;
  const multiples = new Multiples(library, panels(first), 3);
  const shown = document.createElement("span");
  const say = (form: Form): void => {
    shown.textContent = words[form];
  };
  say(first);
  return figure({
    id: "algorithm",
    title: "Whether IOI is done by the known algorithm",
    lead: "Indirect object identification followed back from the logits by path patching: the percentage of each step’s effects that is carried by the heads which the known algorithm names.",
    controls: [
      segmented("Effects of heads", choices, first, (form) => {
        multiples.show(panels(form));
        say(form);
      }),
    ],
    legend: legend(library, known.some(({ allHeads }) => allHeads.direct.absoluteInterval) ? [{ kind: "band", meaning: "95% interval over prompts" }] : []),
    body: multiples.element,
    caption: [
      shown,
      " A checkpoint has a point where the model surely prefers the indirect object more on the prompt than on the corrupted one, by more than 0.1 logits; C needs name movers, D S-inhibition heads. Bands are over prompts; which heads carry a share is what all prompts together say.",
    ],
    data: {
      columns: ["model", "step", "B in circuit [95% interval]", "C", "D", "B all heads", "C", "D", "B signed, in circuit", "C", "D", "B signed, all heads", "C", "D", "name movers", "S-inhibition", "working against the task", "no share because"],
      rows: () =>
        library.report.roles.flatMap(({ model, steps, algorithm }) =>
          steps.flatMap((step, t) => {
            const entry = algorithm[t];
            return entry ? [[model, count(step), ...numbers(entry), list(entry.nameMovers), list(entry.allHeads.sInhibition), list(against(entry.allHeads)), entry.noSharesBecause ?? "–"]] : [];
          }),
        ),
    },
  });
}

type Sign = "absolute" | "signed";

function numbers(entry: Algorithm): string[] {
  const of = (shares: AlgorithmShares | null, sign: Sign): string[] => parts.map(({ part }) => between(shares?.[part], sign));
  return [...of(entry.inCircuit, "absolute"), ...of(entry.allHeads, "absolute"), ...of(entry.inCircuit, "signed"), ...of(entry.allHeads, "signed")];
}

function between(of: EffectShare | null | undefined, sign: Sign): string {
  const around = intervalOf(of, sign);
  return around ? `${share(of?.[sign])} [${share(around.low)}, ${share(around.high)}]` : share(of?.[sign]);
}

function intervalOf(of: EffectShare | null | undefined, sign: Sign): Interval | null {
  return (sign === "absolute" ? of?.absoluteInterval : of?.signedInterval) ?? null;
}

function share(value: number | null | undefined): string {
  return typeof value === "number" ? `${value.toFixed(1).replace("-", "−")}%` : "–";
}

function panel(library: Library, part: Part, title: string, subtitle: string, form: Form): CurvePanel {
  const sign: Sign = form === "circuit-signed" || form === "all-signed" ? "signed" : "absolute";
  const domain = sign === "absolute" ? ([0, 100] as [number, number]) : domainOf(library, part, form);
  return {
    key: part,
    title,
    subtitle,
    domain,
    format: (value) => `${String(value).replace("-", "−")}%`,
    curves: library.models.flatMap(({ name }) => {
      const roles = library.modelRoles(name);
      return roles
        ? [
            {
              model: name,
              breakAtHollow: false,
              points: roles.steps.map((step, t) => {
                const entry = roles.algorithm[t];
                const shares = sharesOf(entry, form);
                const around = intervalOf(shares?.[part], sign);
                return {
                  step,
                  tokens: roles.tokens[t]!,
                  value: shares?.[part]?.[sign] ?? null,
                  // where effects cancel, a share of their sum may be anything: the band ends with the panel
                  low: around ? Math.max(domain[0], around.low) : null,
                  high: around ? Math.min(domain[1], around.high) : null,
                  mark: "solid" as const,
                  text: entry?.noSharesBecause ?? (entry && shares ? `${between(shares[part], sign)}${carriers(entry, shares, part)}` : "–"),
                };
              }),
            },
          ]
        : [];
    }),
  };
}

function sharesOf(entry: Algorithm | null | undefined, form: Form): AlgorithmShares | null | undefined {
  return form === "circuit" || form === "circuit-signed" ? entry?.inCircuit : entry?.allHeads;
}

/** The signed shares and a little more; not their intervals, which have no bounds. */
function domainOf(library: Library, part: Part, form: Form): [number, number] {
  const values = library.report.roles.flatMap(({ algorithm }) => algorithm.flatMap((entry) => sharesOf(entry, form)?.[part]?.signed ?? []));
  const [low, high] = [Math.min(0, ...values), Math.max(100, ...values)];
  return [low < 0 ? 1.1 * low : 0, high > 100 ? 1.1 * high : 100];
}

/** Carrying heads without which the metric would be higher. */
function against(shares: AlgorithmShares): string[] {
  return [...new Set((shares.carriers ?? []).flatMap(({ hindering }) => hindering))];
}

/** The heads that carry a share. */
function carriers(entry: Algorithm, shares: AlgorithmShares, part: Part): string {
  const heads = {
    direct: [...new Set([...entry.nameMovers, ...entry.negativeNameMovers, ...entry.copySuppression, ...entry.negativeCopySuppression])],
    queries: shares.sInhibition,
    values: [...new Set([...shares.induction, ...shares.duplicateToken])],
  }[part];
  const hinders = new Set(against(shares));
  const named = heads.map((head) => (part === "direct" && hinders.has(head) ? `${head} against` : head));
  return named.length === 0 ? " (no such head)" : ` (${named.length > 6 ? `${named.slice(0, 6).join(", ")}, …` : list(named)})`;
}
