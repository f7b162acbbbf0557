using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Benchmarks.EqualWeights;

/// <summary>
/// Verdicts between circuits of the same weights, found by other prompts: how often they are called different, which they are not. All checkpoints of a suite that do a
/// task, every pair of draws; and for indirect object identification pairs of draws by the one and by the other half of its templates.
/// </summary>
internal static class VerdictTable
{
    public const string Command = "verdicts suites/nano";

    /// <summary>Random halvings of the templates for every checkpoint.</summary>
    private const int Halvings = 3;

    private static readonly (string Name, int Most)[] Classes = [("to 5 edges", 5), ("6 to 10", 10), ("11 to 20", 20), ("21 to 40", 40), ("41 to 80", 80), ("more", int.MaxValue)];

    private static readonly string[] Kinds = ["other prompts, sampled by examples", "other prompts, sampled by templates", "other half of the templates"];

    public static ImmutableArray<string> Columns { get; } = ["prompts, larger circuit", "pairs", "different", "same", "undecided"];

    public static ImmutableArray<string> Labels { get; } = [.. Kinds.SelectMany(kind => Classes.Select(c => $"{kind}: {c.Name}").Append($"{kind}: all"))];

    public static int Run(string folder)
    {
        var verdicts = new List<(string Kind, int Size, DifferenceVerdict Verdict)>();
        var random = new Random(1);
        var lexicon = TaskLexicon.Load(Path.Combine(folder, "lexicon.json"));
        foreach (var (name, task, _, draws, analyze) in CellDraws.Of(folder, new()))
        {
            foreach (var (i, first) in draws.Index())
            {
                foreach (var second in draws.Skip(i + 1))
                {
                    Add(CellComparison.ScopeOf(first, second) == SamplingRule.Templates ? Kinds[1] : Kinds[0], first, second);
                }
            }

            for (var h = 0; h < Halvings && task == TaskLibrary.Ioi; h++)
            {
                var templates = lexicon.Ioi!.Templates.ToArray();
                random.Shuffle(templates);
                var half = templates.Length / 2;
                var first = analyze(lexicon with { Ioi = lexicon.Ioi with { Templates = [.. templates[..half]] } }, CellDraws.Seeds[0]);
                var second = analyze(lexicon with { Ioi = lexicon.Ioi with { Templates = [.. templates[half..]] } }, CellDraws.Seeds[1]);
                Add(Kinds[2], first, second);
            }

            Console.Error.WriteLine($"{name} {task}: {verdicts.Count} pairs");
        }

        new MarkdownTable(Columns, [.. Kinds.SelectMany(Rows)]).Write(Console.Out);
        return 0;

        void Add(string kind, CellEvidence first, CellEvidence second)
        {
            if (first.HasCircuit && second.HasCircuit)
            {
                var noise = first.CompareNoise(second);
                var verdict = CircuitDifference.Judge(haveCircuits: true, noise);
                verdicts.Add((kind, Math.Max(first.Result.Chosen!.Edges, second.Result.Chosen!.Edges), verdict));
                if (verdict == DifferenceVerdict.Different)
                {
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  different: {kind}, budgets {first.Result.Budget} and {second.Result.Budget}, {noise!.Across:F3} of {noise.Ceiling:F3}, p {noise.PValue:G3}"));
                }
            }
        }

        IEnumerable<ImmutableArray<string>> Rows(string kind)
        {
            var own = verdicts.FindAll(v => v.Kind == kind);
            var least = 0;
            foreach (var (name, most) in Classes)
            {
                var from = least;
                yield return Row($"{kind}: {name}", own.FindAll(v => v.Size > from && v.Size <= most));
                least = most;
            }

            yield return Row($"{kind}: all", own);
        }

        static ImmutableArray<string> Row(string label, List<(string Kind, int Size, DifferenceVerdict Verdict)> pairs)
        {
            string Count(DifferenceVerdict verdict) => pairs.Count(p => p.Verdict == verdict).ToString(CultureInfo.InvariantCulture);
            return [label, pairs.Count.ToString(CultureInfo.InvariantCulture), Count(DifferenceVerdict.Different), Count(DifferenceVerdict.Same), Count(DifferenceVerdict.Undecided)];
        }
    }
}
