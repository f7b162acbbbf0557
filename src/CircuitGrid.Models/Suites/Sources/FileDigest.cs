namespace CircuitGrid.Models.Suites.Sources;

/// <summary>What is known of a file's bytes without reading them.</summary>
/// <param name="Name">The file's name in the checkpoint.</param>
/// <param name="Digest">As the hub has it, in lower-case hex: the SHA-256 of a large file (64 digits), Git's SHA-1 of another one (40 digits).</param>
public sealed record FileDigest(string Name, string Digest);
