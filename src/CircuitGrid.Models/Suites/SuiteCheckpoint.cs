using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Suites;

/// <summary>A checkpoint of a suite's model, under the name that it is analysed by.</summary>
/// <param name="Step">Its training step; of checkpoints that know only tokens, their number in order.</param>
/// <param name="Folder">Its folder, which may be incomplete.</param>
/// <param name="Name">What it is called where it was found.</param>
/// <param name="Time">How far its training has come.</param>
public sealed record SuiteCheckpoint(int Step, string Folder, string Name, TrainingTime Time)
{
    /// <summary>Whether <see cref="Step"/> is the training's own; otherwise it only counts.</summary>
    public bool IsStepKnown { get; init; } = true;

    /// <summary>What it is on the hub, where its files come from there; <see langword="null"/> for a folder of this machine.</summary>
    public HubSnapshot? Hub { get; init; }
}
