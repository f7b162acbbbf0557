using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Experiments;

/// <summary>What a question to a finished run is asked of: the run's folder, its experiment file, or its store.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Store">Its store, which need not be there.</param>
internal sealed record RunArgument(ExperimentSpec Experiment, string Store)
{
    private static readonly string[] extensions = [".yaml", ".yml"];

    /// <summary>Finds out what a path is and reads the experiment.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="path">The path.</param>
    /// <param name="reading">How its suite is to be read.</param>
    /// <exception cref="InvalidInputException">It is none of these, the store's experiment can't be found, or the experiment can't be used.</exception>
    public static RunArgument Read(CommandContext context, string path, SuiteReading reading)
    {
        if (SqliteCellStore.IsDatabase(path))
        {
            return new(reading.ApplyTo(ExperimentOf(path, reading.Pattern, context.Cancellation)), path);
        }

        var argument = ExperimentArgument.Read(context, path, reading);
        return new(argument.Experiment, argument.StoreOf(context, named: null));
    }

    /// <summary>The experiment that lies beside a store and has its name.</summary>
    private static ExperimentSpec ExperimentOf(string store, NamePattern? pattern, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(store))!;
        string[] wanted = [.. NamesFor(Path.GetFileName(store)).Select(name => Path.Combine(folder, name))];
        string[] there = [.. wanted.Where(File.Exists)];
        return there switch
        {
            [var one] => ExperimentSpec.Load(one, cancellation),
            [] when IsStandard(Path.GetFileName(store)) && IsSuite(folder, pattern) => CheckpointExperiment.Read(folder, folder, cancellation),
            [] => throw new InvalidInputException(store, $"is a store of results whose experiment isn't beside it: there is no {string.Join(" and no ", wanted)}; name the experiment file, or the folder of the run"),
            _ => throw new InvalidInputException(store, $"is a store of results that may be of {string.Join(" or ", there)}; name one of them"),
        };
    }

    private static IEnumerable<string> NamesFor(string store)
    {
        if (IsStandard(store))
        {
            return [ExperimentArgument.FileName];
        }

        var suffix = $".{ExperimentArgument.StoreName}";
        var stem = store.EndsWith(suffix, StringComparison.Ordinal) ? store[..^suffix.Length] : Path.GetFileNameWithoutExtension(store);
        return extensions.Select(extension => stem + extension);
    }

    private static bool IsStandard(string name) => string.Equals(name, ExperimentArgument.StoreName, StringComparison.Ordinal);

    private static bool IsSuite(string folder, NamePattern? pattern)
    {
        try
        {
            SuiteFolder.Open(folder, pattern: pattern);
            return true;
        }
        catch (InvalidInputException)
        {
            return false;
        }
    }
}
