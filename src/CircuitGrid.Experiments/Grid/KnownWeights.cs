namespace CircuitGrid.Experiments.Grid;

/// <summary>What is known of a checkpoint's weights without reading them.</summary>
/// <param name="Own">The digest of its tensors and configuration.</param>
/// <param name="Digest">The digest that results go by: its own, or that of an earlier checkpoint which is equal as numbers.</param>
public sealed record KnownWeights(string Own, string Digest)
{
    private const string Unread = "files ";

    /// <summary>Whether anybody has read them. Otherwise their files' digests stand for them, under which no result is.</summary>
    public bool IsRead => !Own.StartsWith(Unread, StringComparison.Ordinal);

    /// <summary>Weights of which only the files' digests are known (<see cref="Models.Checkpoints.CheckpointFiles.Content"/>).</summary>
    public static KnownWeights OfFiles(string content) => new(Unread + content, Unread + content);
}
