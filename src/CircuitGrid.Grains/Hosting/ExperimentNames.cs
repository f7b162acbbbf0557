using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Grains.Experiments;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// Under which id the cluster has an experiment that is asked for by any of its ids. Former versions made ids of the place of a silo's suites: such an experiment goes
/// on under the id that it was started with, and is found by the others, as is one of now by its former id on this machine.
/// </summary>
/// <param name="read">Reads an experiment's text as this machine does.</param>
/// <param name="list">The ids that the cluster's directory has, the latest first.</param>
/// <param name="view">An experiment of the cluster by the id that it has there.</param>
internal sealed class ExperimentNames(
    Func<string, ExperimentSpec> read,
    Func<CancellationToken, Task<string[]>> list,
    Func<string, CancellationToken, Task<ExperimentView?>> view)
{
    /// <summary>What the experiments of the directory are called here, by the id that the cluster has them under: texts of an id never come to mean another.</summary>
    private readonly ConcurrentDictionary<string, (string Id, string Former)> known = new(StringComparer.Ordinal);

    /// <summary>The id of an experiment that is to be started, or goes on.</summary>
    public async Task<string> OfAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        var id = ExperimentTexts.IdOf(experiment);
        if (await FindAsync(id, cancellation) is var (found, _))
        {
            return found;
        }

        // the directory lists the latest alone
        var former = ExperimentTexts.FormerIdOf(experiment);
        return await view(former, cancellation) is null ? id : former;
    }

    /// <summary>The id under which there is an experiment, and how far it is; <see langword="null"/> where there is none.</summary>
    public async Task<(string Id, ExperimentView View)?> FindAsync(string id, CancellationToken cancellation)
    {
        // a grain of any other name would only be made to say that it is nothing
        if (!ExperimentTexts.IsId(id))
        {
            return null;
        }

        if (await view(id, cancellation) is { } itself)
        {
            return (id, itself);
        }

        foreach (var listed in await list(cancellation))
        {
            if (await AliasesAsync(listed, cancellation) is var (now, former)
                && (string.Equals(now, id, StringComparison.Ordinal) || string.Equals(former, id, StringComparison.Ordinal))
                && await view(listed, cancellation) is { } found)
            {
                return (listed, found);
            }
        }

        return null;
    }

    private async Task<(string Id, string Former)?> AliasesAsync(string listed, CancellationToken cancellation)
    {
        if (known.TryGetValue(listed, out var aliases))
        {
            return aliases;
        }

        if (await view(listed, cancellation) is not { } found)
        {
            return null;
        }

        try
        {
            var spec = read(found.Yaml);
            return known[listed] = (ExperimentTexts.IdOf(spec), ExperimentTexts.FormerIdOf(spec));
        }
        catch (InvalidInputException)
        {
            // of another version, or of links that this machine doesn't have: nobody can ask for it here by what its text says
            return null;
        }
    }
}
