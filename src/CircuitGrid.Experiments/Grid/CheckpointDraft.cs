using System.Collections.Immutable;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>A checkpoint whose cells aren't held against the store yet.</summary>
internal sealed record CheckpointDraft(
    SuiteModel Model, int Step, CheckpointFiles Files, TrainingTime Time, CheckpointInfo? Info, KnownWeights? Weights, List<PlannedCell> Cells, ImmutableArray<string> PassedOver,
    bool IsUnwritten)
{
    /// <summary>What is known of it on the hub.</summary>
    public HubCheckpoint? Hub { get; init; }

    /// <summary>Bytes of weights that aren't on this machine.</summary>
    public long Missing { get; init; }

    public SuiteCheckpoint Checkpoint => Model.At(Step);

    /// <summary>A cell by its steps, where tokens aren't known of all: one axis can't have both.</summary>
    public PlannedCell ByStep(PlannedCell cell) => cell with { Tokens = Time.Steps, TokensKnown = TokensKnown.Unknown };

    public PlannedCheckpoint With(ImmutableArray<PlannedCell> cells) => new(Model, Step, Info, cells) { PassedOver = PassedOver, Weights = Files.Kind, Content = Files.Content, Hub = Hub, Missing = Missing, Known = Weights, IsUnwritten = IsUnwritten };
}
