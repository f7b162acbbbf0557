using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites;

/// <summary>One size of a suite: a folder of <c>step{N}</c> checkpoint folders.</summary>
public sealed class SuiteModel
{
    private const string StepPrefix = "step";
    private const string TokenizerName = "tokenizer.json";

    private readonly string _suiteFolder;

    internal SuiteModel(string suiteFolder, string name, long? parameters, ImmutableSortedSet<string> ignored)
    {
        _suiteFolder = suiteFolder;
        Name = name;
        Parameters = parameters;
        Ignored = ignored;
        Folder = Path.Combine(suiteFolder, name);
        Steps = FindSteps(Folder);
    }

    public string Name { get; }

    public string Folder { get; }

    /// <summary>Number of parameters as <c>suite.json</c> states it; without it, a checkpoint's configuration tells.</summary>
    public long? Parameters { get; }

    /// <summary>Keys of other tools' files that are ignored in all of its suite.</summary>
    public ImmutableSortedSet<string> Ignored { get; }

    /// <summary>Training steps for which there is a folder, ascending. Whether a folder is complete is another question.</summary>
    public ImmutableArray<int> Steps { get; }

    /// <summary>The checkpoint folder of a step, which need not exist.</summary>
    public string StepFolder(int step) => Path.Combine(Folder, StepPrefix + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// The nearest <c>tokenizer.json</c>: the step's own, else the model's, else the suite's; <see langword="null"/> if there is none.
    /// </summary>
    public string? FindTokenizer(int step) =>
        new[] { StepFolder(step), Folder, _suiteFolder }
            .Select(folder => Path.Combine(folder, TokenizerName))
            .FirstOrDefault(File.Exists);

    /// <summary>The steps a model's folder has checkpoints for; none if the folder isn't there yet.</summary>
    /// <exception cref="InvalidInputException">A folder is named like a step in a way that can't be told from another's, or can't be listed.</exception>
    internal static ImmutableArray<int> FindSteps(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateDirectories(folder).Select(ParseStep).OfType<int>().Order()];
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be listed: " + Text.OneLine(e.Message), e);
        }
    }

    private static int? ParseStep(string path)
    {
        var name = Path.GetFileName(path);
        var digits = name.StartsWith(StepPrefix, StringComparison.Ordinal) ? name[StepPrefix.Length..] : "";
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            throw new InvalidInputException(path, $"is named after a step beyond {int.MaxValue}");
        }

        return digits.Length == 1 || digits[0] != '0'
            ? step
            : throw new InvalidInputException(path, string.Create(CultureInfo.InvariantCulture, $"has leading zeros in its step; rename it {StepPrefix}{step}"));
    }
}
