using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// The suite of an experiment that is watched. It may have no checkpoints yet, and its folder may be away for a while, as when a file system is mounted anew:
/// both are said once and waited for. Used by one thread at a time.
/// </summary>
/// <param name="experiment">The experiment.</param>
/// <param name="source">Opens it.</param>
/// <param name="say">Hears what people should know.</param>
public sealed class WatchedSuite(ExperimentSpec experiment, IExperimentSource source, Action<string> say)
{
    /// <summary>Folders below a suite's in which checkpoints are looked for.</summary>
    private const int Depth = 5;

    private bool wasThere;
    private bool isMissed;

    /// <summary>Whether a folder is there and holds nothing that a checkpoint begins with, so that one can only be waited for.</summary>
    public static bool HasNothingYet(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                && !File.Exists(Path.Combine(folder, SuiteFolder.SuiteName))
                && !Directory.EnumerateFiles(folder, CheckpointFolder.ConfigName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Depth, AttributesToSkip = FileAttributes.None }).Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The suite as it is now; <see langword="null"/> where it has to be waited for.</summary>
    /// <exception cref="InvalidInputException">It was never there, and what is in its place isn't a suite.</exception>
    public async Task<SuiteFolder?> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            var suite = await source.OpenSuiteAsync(experiment, cancellation);
            if (suite.Models.All(m => m.Steps.IsEmpty))
            {
                Miss($"{experiment.Suite} has no checkpoints {(wasThere ? "any more" : "yet")}; waiting for them");
                return null;
            }

            if (isMissed && wasThere)
            {
                say($"{experiment.Suite} is there again");
            }

            (wasThere, isMissed) = (true, false);
            return suite;
        }
        catch (InvalidInputException) when (!wasThere && HasNothingYet(experiment.Suite))
        {
            Miss($"{experiment.Suite} has no checkpoints yet; waiting for them");
            return null;
        }
        catch (InvalidInputException e) when (wasThere)
        {
            Miss(e);
            return null;
        }
    }

    /// <summary>Takes note of an error that came while the suite was being read: where it is the suite's own, it is waited for.</summary>
    /// <returns>Whether it is.</returns>
    public bool Misses(InvalidInputException error)
    {
        var isOurs = wasThere && error.Input.StartsWith(experiment.Suite, StringComparison.Ordinal);
        if (isOurs)
        {
            Miss(error);
        }

        return isOurs;
    }

    private void Miss(InvalidInputException error) => Miss($"{error.Message}; waiting until that is mended");

    private void Miss(string what)
    {
        if (!isMissed)
        {
            isMissed = true;
            say(what);
        }
    }
}
