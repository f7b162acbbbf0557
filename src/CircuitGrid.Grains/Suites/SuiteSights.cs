using System.Globalization;

namespace CircuitGrid.Grains.Suites;

/// <summary>What the cluster's silos see of an experiment's suite, held against each other.</summary>
/// <param name="seen">What each sees; silos that haven't said are none of them.</param>
internal sealed class SuiteSights(IReadOnlyDictionary<SiloAddress, SuiteSight> seen)
{
    /// <summary>Checkpoints that are named where many are missing.</summary>
    private const int MostNames = 3;

    /// <summary>How long a silo is waited for: one that is frozen must not keep others from their work.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Every checkpoint that some silo sees.</summary>
    private readonly Dictionary<string, SortedSet<int>> all = seen.Values.SelectMany(s => s.Models).GroupBy(m => m.Name, StringComparer.Ordinal)
        .ToDictionary(m => m.Key, m => new SortedSet<int>(m.SelectMany(s => s.Steps)), StringComparer.Ordinal);

    /// <summary>What each sees.</summary>
    public IReadOnlyDictionary<SiloAddress, SuiteSight> Seen => seen;

    /// <summary>A silo that sees everything that any sees; <see langword="null"/> where none does.</summary>
    public SiloAddress? Whole => seen.Where(s => IsWhole(s.Value)).Select(s => s.Key).Order().FirstOrDefault();

    /// <summary>What the silos lack that others see, in a sentence for each; none where all see the same.</summary>
    public IReadOnlyList<string> Differences =>
        [.. seen.Where(s => !IsWhole(s.Value)).OrderBy(s => s.Key).Select(s => $"silo {NameOf(s.Key)} lacks {MissingOf(s.Value)}")];

    /// <summary>Whether a silo is known to see less than others.</summary>
    public bool IsShort(SiloAddress silo) => seen.TryGetValue(silo, out var sight) && !IsWhole(sight);

    /// <summary>What a silo is called in messages.</summary>
    public static string NameOf(SiloAddress silo) => silo.Endpoint.ToString();

    /// <summary>Asks silos, all at once.</summary>
    /// <param name="grains">The cluster's grains.</param>
    /// <param name="silos">The silos.</param>
    /// <param name="yaml">The experiment's text.</param>
    /// <param name="time">The clock.</param>
    public static async Task<SuiteSights> AskAsync(IGrainFactory grains, IReadOnlyList<SiloAddress> silos, string yaml, TimeProvider time)
    {
        var answers = await Task.WhenAll(silos.Select(AskAsync));
        return new(answers.Where(a => a.Sight is not null).ToDictionary(a => a.Silo, a => a.Sight!));

        async Task<(SiloAddress Silo, SuiteSight? Sight)> AskAsync(SiloAddress silo)
        {
            try
            {
                return (silo, await grains.GetGrain<ISuiteSightGrain>(silo.ToParsableString()).SeeAsync(yaml).WaitAsync(Patience, time));
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                return (silo, null);
            }
        }
    }

    private bool IsWhole(SuiteSight sight) => all.All(m => Array.Find(sight.Models, s => string.Equals(s.Name, m.Key, StringComparison.Ordinal)) is { } found && m.Value.IsSubsetOf(found.Steps));

    private string MissingOf(SuiteSight sight)
    {
        if (sight.Fault is { } fault)
        {
            return $"the suite, which {fault}";
        }

        var names = new List<string>();
        foreach (var (model, steps) in all.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var here = Array.Find(sight.Models, s => string.Equals(s.Name, model, StringComparison.Ordinal))?.Steps;
            names.AddRange(here is null ? [model] : steps.Except(here).Select(step => string.Create(CultureInfo.InvariantCulture, $"{model}@{step}")));
        }

        return names.Count <= MostNames + 1
            ? string.Join(", ", names)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more");
    }
}
