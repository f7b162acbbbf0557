namespace CircuitGrid.Models.Suites.Names;

/// <summary>What the name of a checkpoint says.</summary>
public sealed record CheckpointName
{
    /// <summary>The name.</summary>
    public required string Text { get; init; }

    /// <summary>The training step, or the epoch where <see cref="IsEpoch"/>.</summary>
    public int? Step { get; init; }

    /// <summary>Whether <see cref="Step"/> counts epochs, which say nothing of tokens.</summary>
    public bool IsEpoch { get; init; }

    /// <summary>Tokens seen, rounded as names have them.</summary>
    public long? Tokens { get; init; }

    /// <summary>The stage of training, as it is written in a model's name: <c>stage2</c>, <c>longctx</c>.</summary>
    public string? Stage { get; init; }

    /// <summary>The branch of a stage: <c>ingredient1</c>.</summary>
    public string? Branch { get; init; }

    /// <summary>The seed: <c>seed1</c>, <c>seed-default</c>.</summary>
    public string? Seed { get; init; }

    /// <summary>The model, where the name is that of a repository of one checkpoint.</summary>
    public string? Model { get; init; }

    /// <summary>What is said of the model by a name with stage, branch and seed: <c>.stage2.ingredient1</c>, empty without any.</summary>
    public string Suffix => string.Concat(new[] { Stage, Branch, Seed }.OfType<string>().Select(part => "." + part));
}
