using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>What the heads of a model are for along its training.</summary>
/// <param name="Suite">The model's suite.</param>
/// <param name="Model">The model.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Checkpoints">Its head scores, by step.</param>
public sealed record ModelRoles(string Suite, string Model, ImmutableArray<RoleTrajectory> Roles, ImmutableArray<ScoredHeads> Checkpoints)
{
    /// <summary>The scores of the last checkpoint.</summary>
    public HeadScores Last => Checkpoints[^1].Scores;

    /// <summary>How the tokens of its checkpoints and onsets are known; they are steps where nobody knows them.</summary>
    public TokensKnown TokensKnown => Checkpoints.Max(c => c.Cell.TokensKnown);

    /// <summary>Where a role lies relative to the task it serves, by the runs of all heads that are in its circuit at some checkpoint.</summary>
    /// <param name="role">A role of this model.</param>
    /// <param name="tasks">When models learn tasks.</param>
    public OnsetOrder OrderOf(RoleTrajectory role, IEnumerable<TaskOnset> tasks) => OnsetOrders.Of([.. role.Runs.Where(r => r.IsInCircuit).Select(r => r.Run)], TaskRun(role, tasks));

    /// <summary>Where the circuit's sum of a role lies relative to the task.</summary>
    /// <param name="role">A role of this model.</param>
    /// <param name="tasks">When models learn tasks.</param>
    public OnsetOrder CircuitOrderOf(RoleTrajectory role, IEnumerable<TaskOnset> tasks) => OnsetOrders.Of(role.CircuitOnset.Runs, TaskRun(role, tasks));

    /// <summary>All models' roles from stored cells, model by model.</summary>
    /// <param name="cells">The results.</param>
    /// <param name="cancellation">Checked between cells.</param>
    public static async Task<ImmutableArray<ModelRoles>> OfAsync(StoredCells cells, CancellationToken cancellation = default)
    {
        var scored = await cells.ReadHeadsAsync(cancellation).ToListAsync(cancellation);
        var tasks = Enum.GetValues<HeadRole>().Select(RoleTrajectory.TaskOf).ToHashSet(StringComparer.Ordinal);
        var circuits = new Dictionary<(string Model, int Step, string Task), BitMask>();
        if (scored.Count > 0)
        {
            await foreach (var cell in cells.ReadAllAsync(cancellation))
            {
                if (tasks.Contains(cell.Cell.Id.Task))
                {
                    circuits[(cell.Cell.Id.Model, cell.Cell.Id.Step, cell.Cell.Id.Task)] = HeadsOf(cell.Evidence.Graph, cell.Evidence.Result.Edges);
                }
            }
        }

        return
        [
            .. scored.GroupBy(s => (s.Cell.Id.Suite, s.Cell.Id.Model)).Select(model =>
            {
                ImmutableArray<ScoredHeads> byStep = [.. model.OrderBy(s => s.Cell.Id.Step)];
                return new ModelRoles(model.Key.Suite, model.Key.Model, [.. byStep.SelectMany(s => s.Scores.Roles.Keys).Distinct().Order().Select(r => Trajectory(r, [.. byStep.Where(s => s.Cell.LeftOut is null)]))], byStep);
            }),
        ];

        RoleTrajectory Trajectory(HeadRole role, ImmutableArray<ScoredHeads> byStep) => RoleTrajectory.Of(
            role,
            [
                .. byStep.Where(s => s.Scores.Roles.ContainsKey(role)).Select(s => new RoleCheckpoint(
                    s.Cell.Id.Step, s.Cell.Tokens, s.Scores.Roles[role], circuits.GetValueOrDefault((s.Cell.Id.Model, s.Cell.Id.Step, RoleTrajectory.TaskOf(role))))),
            ],
            cells.Options);
    }

    /// <summary>Heads that some edges lead to and some lead from, [L·H].</summary>
    public static BitMask HeadsOf(CircuitGraph graph, BitMask edges)
    {
        var (from, to) = (new HashSet<int>(), new HashSet<int>());
        foreach (var edge in edges.Indices())
        {
            from.Add(graph.EdgeSources[edge]);
            to.Add(graph.NodeOfSlot(graph.EdgeSlots[edge]));
        }

        from.IntersectWith(to);
        var heads = graph.Shape.Heads;
        return BitMask.FromIndices(
            graph.Shape.Layers * heads,
            Enumerable.Range(0, graph.Shape.Layers * heads).Where(h => from.Contains(graph.HeadNode(h / heads, h % heads))));
    }

    private TrainingRun? TaskRun(RoleTrajectory role, IEnumerable<TaskOnset> tasks) => tasks.FirstOrDefault(t =>
        string.Equals(t.Model, Model, StringComparison.Ordinal)
        && string.Equals(t.Suite, Suite, StringComparison.Ordinal)
        && string.Equals(t.Task, RoleTrajectory.TaskOf(role.Role), StringComparison.Ordinal))?.Onset.First;
}
