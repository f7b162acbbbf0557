using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>A checkpoint of which a part is another checkpoint's: a shard that wasn't replaced, or the wrong one.</summary>
/// <param name="Index">Which, counted from 0 in the order given.</param>
/// <param name="Other">The checkpoint whose the part is.</param>
/// <param name="Tensors">Canonical names of the matrices that are equal in both, in ordinal order.</param>
/// <param name="File">The file of <paramref name="Index"/> that holds these matrices and no others that training changes; <see langword="null"/> where there is none, or it is the only one.</param>
/// <param name="IsByTrend">Whether the part follows the same part of other checkpoints worse here than there; otherwise it is said of the later checkpoint because nothing tells.</param>
public sealed record StaleTensors(int Index, int Other, ImmutableArray<string> Tensors, string? File, bool IsByTrend)
{
    private const int WindowReach = 2;

    /// <summary>
    /// Finds checkpoints of which some of the matrices, not all, are another's. A matrix counts where others change it: it differs in most pairs of consecutive
    /// checkpoints around the two (two to each side of each, the two left out), and besides between them, or on both sides of them where they are neighbours.
    /// So frozen matrices don't count, nor do those of zeros. Of the first two checkpoints, between which steps may be too small for the type that is stored, only a
    /// whole file is told.
    /// </summary>
    /// <param name="run">A model's checkpoints in the order of their training.</param>
    /// <returns>In the order given, one a checkpoint at most: the largest part.</returns>
    public static ImmutableArray<StaleTensors> Find(IReadOnlyList<PlacedPrint> run)
    {
        var matrices = run.Select(placed => placed.Print.Tensors.Where(tensor => tensor is { IsMatrix: true, IsZero: false }).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal)).ToList();
        var moving = matrices.SelectMany(tensors => tensors.Values).GroupBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Where(tensors => tensors.Select(tensor => tensor.Digest).Distinct(StringComparer.Ordinal).Skip(1).Any())
            .Select(tensors => tensors.Key).Order(StringComparer.Ordinal).ToList();
        var found = new SortedDictionary<int, StaleTensors>();
        var continuities = new Dictionary<string, Continuity>(StringComparer.Ordinal);
        for (var j = 1; j < run.Count; j++)
        {
            for (var i = 0; i < j; i++)
            {
                var equal = moving.FindAll(name => matrices[i].ContainsKey(name) && matrices[j].ContainsKey(name) && !Differ(i, j, name));
                if (equal.Count > 0 && equal.Count < moving.Count(matrices[j].ContainsKey))
                {
                    Judge(i, j, equal);
                }
            }
        }

        return [.. found.Values.Select(stale => stale with { Other = SourceOf(stale) })];

        bool Differ(int a, int b, string name) =>
            a >= 0 && b < run.Count && matrices[a].TryGetValue(name, out var x) && matrices[b].TryGetValue(name, out var y) && x.Digest != y.Digest;

        void Judge(int i, int j, List<string> equal)
        {
            var isStart = i == 0 && j == 1;
            var suspect = equal.FindAll(name => IsChangedAround(i, j, name) && (isStart || IsChangedBetween(i, j, name)));
            if (suspect.Count == 0 || (isStart && FileOf(j, suspect) is null))
            {
                return;
            }

            var off = ContinuityOf(suspect).FindOff(i, j);
            var stale = off ?? j;
            if (!found.TryGetValue(stale, out var known) || known.Tensors.Length < suspect.Count)
            {
                found[stale] = new(stale, stale == i ? j : i, [.. suspect], FileOf(stale, suspect), off is not null);
            }
        }

        // The same part is often another's in many checkpoints, and all distances are measured anew for each.
        Continuity ContinuityOf(List<string> part)
        {
            var key = string.Join('\n', part);
            if (!continuities.TryGetValue(key, out var made))
            {
                var names = part.ToHashSet(StringComparer.Ordinal);
                continuities.Add(key, made = new(run, tensor => names.Contains(tensor.Name)));
            }

            return made;
        }

        bool IsChangedAround(int i, int j, string name)
        {
            var others = Enumerable.Range(0, run.Count).Where(index => index != i && index != j).ToList();
            var pairs = others.Zip(others.Skip(1)).Where(pair => IsNear(pair, i) || IsNear(pair, j)).ToList();
            return 2 * pairs.Count(pair => Differ(pair.First, pair.Second, name)) > pairs.Count;
        }

        bool IsChangedBetween(int i, int j, string name) => j - i > 1
            ? Enumerable.Range(i + 1, j - i - 1).Any(between => Differ(i, between, name))
            : Differ(i - 1, i, name) && (j + 1 == run.Count || Differ(j, j + 1, name));

        // Around a place whose own and whose partner's checkpoint are left out, so that the reach is one more.
        bool IsNear((int First, int Second) pair, int place) => pair.First >= place - WindowReach - 1 && pair.Second <= place + WindowReach + 1;

        // Where several have the part of one that is in its place, it is that one's.
        int SourceOf(StaleTensors stale)
        {
            var source = stale.Other;
            for (var steps = 0; steps < run.Count && found.TryGetValue(source, out var next) && next.Tensors.SequenceEqual(stale.Tensors) && next.Other != stale.Index; steps++)
            {
                source = next.Other;
            }

            return source;
        }

        string? FileOf(int index, List<string> names)
        {
            var files = matrices[index].Values.Where(tensor => moving.Contains(tensor.Name)).GroupBy(tensor => tensor.File, StringComparer.Ordinal).ToList();
            return files.Count < 2 ? null : files.Find(file => file.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal).SetEquals(names))?.Key;
        }
    }
}
