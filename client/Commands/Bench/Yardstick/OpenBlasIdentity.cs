using System.Collections.Immutable;

namespace CircuitGrid.Client.Commands.Bench.Yardstick;

/// <summary>Which OpenBLAS is the yardstick, and whether it runs as this machine would let it.</summary>
/// <param name="Library">Its file; <see langword="null"/> where the system doesn't say.</param>
/// <param name="Version">Its version, <c>0.3.21</c>; <see langword="null"/> where it doesn't say.</param>
/// <param name="Kernel">The processor family whose kernels it runs, <c>SkylakeX</c>; <see langword="null"/> where it doesn't say.</param>
/// <param name="Removed">Variables that would have chosen its kernels, and were removed before it was loaded.</param>
/// <param name="Heeded">Such variables that it has read.</param>
internal sealed record OpenBlasIdentity(string? Library, string? Version, string? Kernel, ImmutableArray<string> Removed, ImmutableArray<string> Heeded)
{
    /// <summary>What OpenBLAS is told by, when it is loaded, instead of looking at the processor; on a Zen 5 they have been seen to slow it by a factor of 1.8.</summary>
    public static ImmutableArray<string> Variables { get; } = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];

    /// <summary>Whether it has been told what to run: its rate isn't what the machine allows.</summary>
    public bool IsSlowed => !Heeded.IsEmpty;

    /// <summary>Kernel, version and what was removed, in a few words.</summary>
    public string Description =>
        $"{(Kernel is null ? "an unnamed kernel" : $"its {Kernel} kernel")}{(Version is null ? "" : $", version {Version}")}{(Removed.IsEmpty ? "" : $"; {string.Join(" and ", Removed)} removed")}";

    /// <summary>What has to be said where it is slowed.</summary>
    public string? Warning => IsSlowed
        ? $"The yardstick is slowed: OpenBLAS was loaded with {string.Join(" and ", Heeded)} set, before this program could remove {(Heeded.Length == 1 ? "it" : "them")}. "
            + $"Its rate may be too low, and shares of it too high. Run this again without {(Heeded.Length == 1 ? "it" : "them")}."
        : null;

    /// <summary>The version in a configuration as <c>openblas_get_config</c> gives it: <c>OpenBLAS 0.3.21 NO_AFFINITY USE_OPENMP Haswell MAX_THREADS=64</c>.</summary>
    public static string? VersionIn(string? configuration) =>
        configuration?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["OpenBLAS", var version, ..] && char.IsAsciiDigit(version[0]) ? version : null;
}
