using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>Which blocks of a data set's examples are one sampling unit (docs/method.md, sampling units).</summary>
public static class SamplingUnits
{
    /// <summary>Templates from which on a task is sampled by them: of fewer, no draw of other templates could ever be told from these at 2.5 %.</summary>
    public const int FewestTemplates = 6;

    /// <summary>What a data set can be sampled by: <paramref name="wanted"/>, but by examples where it has fewer than <see cref="FewestTemplates"/> templates.</summary>
    public static SamplingRule RuleOf(TaskDataset dataset, SamplingRule wanted) =>
        wanted == SamplingRule.Templates && dataset.TemplateCount >= FewestTemplates ? SamplingRule.Templates : SamplingRule.Examples;

    /// <summary>
    /// The units of blocks: all blocks of a template where templates are sampled, otherwise each block; and blocks that share a prompt, because what comes twice says
    /// nothing new.
    /// </summary>
    /// <param name="dataset">The examples, those of a template side by side where templates are sampled.</param>
    /// <param name="blockSizes">Examples of every block, [blocks]; no block holds two templates where templates are sampled.</param>
    /// <param name="rule">What is sampled.</param>
    public static BlockUnits Of(TaskDataset dataset, ImmutableArray<int> blockSizes, SamplingRule rule)
    {
        var parents = Enumerable.Range(0, blockSizes.Length).ToArray();
        var prompts = new Dictionary<Prompt, int>();
        var templates = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (example, block) in BlockScores.BlocksOf(blockSizes).Index())
        {
            Join(prompts, new(dataset.Examples[example]), block);
            if (rule == SamplingRule.Templates)
            {
                Join(templates, dataset.Templates[example], block);
            }
        }

        var numbers = new Dictionary<int, int>();
        return new([.. parents.Select((_, block) => numbers.TryGetValue(Root(block), out var number) ? number : numbers[Root(block)] = numbers.Count)]);

        void Join<T>(Dictionary<T, int> seen, T what, int block)
            where T : notnull
        {
            if (!seen.TryAdd(what, block))
            {
                // the lower root stays, so that units are numbered by their first blocks
                var (low, high) = (Math.Min(Root(seen[what]), Root(block)), Math.Max(Root(seen[what]), Root(block)));
                parents[high] = low;
            }
        }

        int Root(int block)
        {
            while (parents[block] != block)
            {
                block = parents[block];
            }

            return block;
        }
    }

    /// <summary>The units of single examples: those with the same prompt are one, [examples], numbered in order of first appearance.</summary>
    public static ImmutableArray<int> OfExamples(IReadOnlyList<Example> examples)
    {
        var seen = new Dictionary<Prompt, int>();
        return [.. examples.Select(e => new Prompt(e)).Select(p => seen.TryGetValue(p, out var unit) ? unit : seen[p] = seen.Count)];
    }

    /// <summary>A clean prompt and its corrupted partner, compared token by token.</summary>
    private readonly struct Prompt(Example example) : IEquatable<Prompt>
    {
        private readonly Example example = example;

        public bool Equals(Prompt other) => example.Clean.SequenceEqual(other.example.Clean) && example.Corrupted.SequenceEqual(other.example.Corrupted);

        public override bool Equals(object? obj) => obj is Prompt other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var token in example.Clean)
            {
                hash.Add(token);
            }

            foreach (var token in example.Corrupted)
            {
                hash.Add(token);
            }

            return hash.ToHashCode();
        }
    }
}
