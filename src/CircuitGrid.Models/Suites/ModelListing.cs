using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites.Known;
using CircuitGrid.Models.Suites.Names;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// The checkpoints of one source under the names that they are analysed by: one model, or one for each stage, branch and seed that the names tell apart.
/// </summary>
internal sealed class ModelListing
{
    private readonly ICheckpointSource _source;
    private readonly ListingRules _rules;
    private readonly KnownSuite? _known;
    private readonly List<LeftOut> _leftOut = [];
    private readonly List<string> _notes = [];
    private readonly List<(FoundCheckpoint Found, CheckpointName Name, long? Tokens)> _taken = [];

    private ModelListing(ICheckpointSource source, ListingRules rules)
    {
        _source = source;
        _rules = rules;
        _known = KnownSuites.Find(source.Model);
    }

    /// <summary>The models, in the order of their training; none where there is no checkpoint.</summary>
    public ImmutableArray<SuiteModel> Models { get; private set; } = [];

    /// <summary>What isn't taken, and why.</summary>
    public ImmutableArray<LeftOut> LeftOut => [.. _leftOut];

    /// <summary>What people should know of how the names were read.</summary>
    public ImmutableArray<string> Notes => [.. _notes.Distinct(StringComparer.Ordinal)];

    /// <summary>Lists a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="folder">The folder that has what all of its checkpoints share.</param>
    /// <param name="parameters">Parameters of the model as the suite states them.</param>
    /// <param name="rules">How names are read.</param>
    /// <param name="isStated">Whether the suite states the model, which then is one even while it has no checkpoints.</param>
    /// <exception cref="InvalidInputException">The source can't be listed.</exception>
    public static ModelListing Of(ICheckpointSource source, string folder, long? parameters, ListingRules rules, bool isStated = false)
    {
        var listing = new ModelListing(source, rules);
        var all = source.List();
        foreach (var found in all)
        {
            listing.Take(found);
        }

        listing.TakeTops(all.Where(f => f is { IsTop: true, Fault: null }));
        listing.Models = listing.ToModels(folder, parameters, isStated);
        return listing;
    }

    /// <summary>Whether a name is one of the model's checkpoints as far as it goes: it names no model, and a number alone is the name of a checkpoint's folder only.</summary>
    public static bool IsCheckpointName(string name, string folder, ListingRules rules) =>
        rules.Read(name) is { Name: not { Model: not null } } && (!IsBare(name) || Folders.IsCheckpoint(folder));

    /// <summary>Whether a folder is a checkpoint, or has some in it; one that can't be listed is neither.</summary>
    public static bool HoldsCheckpoints(string folder, ListingRules rules)
    {
        try
        {
            return Folders.IsCheckpoint(folder) || Folders.In(folder).Any(name => IsCheckpointName(name, Path.Combine(folder, name), rules));
        }
        catch (InvalidInputException)
        {
            return false;
        }
    }

    private static bool IsBare(string name) => !name.Skip(1).Any(char.IsAsciiLetterLower);

    private void Take(FoundCheckpoint found)
    {
        if (!found.IsFolder && _rules.Read(found.Name) is null)
        {
            // files of the model's own
        }
        else if (found.Fault is { } fault)
        {
            Leave(found, fault);
        }
        else if (found.IsTop)
        {
            // after all that have a name
        }
        else if (_rules.Read(found.Name) is not { } reading)
        {
            LeaveUnread(found);
        }
        else if (reading.Name is not { } name)
        {
            Leave(found, reading.Fault!);
        }
        else if (_rules.Pattern is null && IsBare(found.Name) && !found.IsCheckpoint)
        {
            Leave(found, "is a number alone, and the folder has neither a configuration nor weights");
        }
        else
        {
            Take(found, name, StateOf(found));
        }
    }

    private void Take(FoundCheckpoint found, CheckpointName name, TrainerState? state)
    {
        if (name is { Step: { } named, IsEpoch: false } && state?.Step is { } step && step != named)
        {
            Leave(found, string.Create(CultureInfo.InvariantCulture, $"its {TrainerState.FileName} says that it is step {step}; give it that name, or take the file away"));
        }
        else
        {
            _taken.Add((found, name, state?.Tokens));
        }
    }

    /// <summary>What a training saves at its end has no step in its name: its own record tells, or what is known of the suite.</summary>
    private void TakeTops(IEnumerable<FoundCheckpoint> tops)
    {
        foreach (var top in tops)
        {
            var state = StateOf(top);
            var step = state?.Step ?? (top.Name == "main" ? _known?.Main : null);
            if (!top.IsCheckpoint)
            {
                Leave(top, "holds no checkpoint: neither a configuration nor weights");
            }
            else if (step is null && _taken.Count > 0)
            {
                Leave(top, File.Exists(Path.Combine(top.Folder, TrainerState.FileName))
                    ? $"which step it is isn't known: its {TrainerState.FileName} doesn't say it, or can't be read"
                    : $"which step it is isn't known: it has no {TrainerState.FileName}");
            }
            else if (step is not null && _taken.Find(t => t.Name.Suffix.Length == 0 && t.Name.Step == step) is { Found: { } same })
            {
                Leave(top, string.Create(CultureInfo.InvariantCulture, $"is step {step} again, which {same.Name} is"));
            }
            else
            {
                // on the hub it stands beside a step 0 that it isn't
                _taken.Add((top, new CheckpointName { Text = top.Name, Step = step, Branch = top.Hub is not null && step is null ? top.Name : null }, state?.Tokens));
            }
        }
    }

    private ImmutableArray<SuiteModel> ToModels(string folder, long? parameters, bool isStated)
    {
        var parts = _taken
            .Select(t => t.Name.Stage is null && _known?.Unstaged is { } stage ? t with { Name = t.Name with { Stage = stage } } : t)
            .GroupBy(t => (t.Name.Stage, t.Name.Branch, t.Name.Seed))
            .Select(g => new ModelPart(g.Key.Stage, g.Key.Branch, g.Key.Seed, [.. Number([.. g])]))
            .ToList();
        if (parts.Count == 0 && isStated)
        {
            parts.Add(new(Stage: null, Branch: null, Seed: null, []));
        }

        var ordered = TrainingTree.Order(parts, _known, _rules, _source.Model, _notes).ToArray();
        var parents = ordered.Select(part => part.Parent?.NameOf(_source.Model)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return
        [
            .. ordered.Select(part => new SuiteModel
            {
                SuitePath = _rules.SuiteFolder,
                BaseName = PartName.Escape(_source.Model),
                Name = part.NameOf(_source.Model),
                Folder = folder,
                Parameters = parameters,
                Ignored = _rules.Ignored,
                Checkpoints = part.Checkpoints,
                Stage = part.Stage,
                Branch = part.Branch,
                Seed = part.Seed,
                Parent = part.Parent?.NameOf(_source.Model),
                GoesOn = parents.Contains(part.NameOf(_source.Model)),
                Known = _known,
                Source = _source,
            }),
        ];
    }

    /// <summary>A part's checkpoints by step. Those that know only tokens count in their order; of two of one step the plainer name is taken.</summary>
    private IEnumerable<SuiteCheckpoint> Number((FoundCheckpoint Found, CheckpointName Name, long? Tokens)[] part)
    {
        if (part.Any(t => t.Name is { IsEpoch: false, Step: not null }))
        {
            foreach (var epoch in part.Where(t => t.Name.IsEpoch))
            {
                Leave(epoch.Found, "counts epochs, and others of the model have steps");
            }

            part = [.. part.Where(t => !t.Name.IsEpoch)];
        }

        var isByTokens = part.All(t => t.Name.Step is null);
        var ordered = isByTokens
            ? part.OrderBy(t => t.Name.Tokens ?? 0).ThenBy(t => t.Found.Name, StringComparer.Ordinal).Select((t, i) => (t.Found, t.Name, t.Tokens, Step: i))
            : part.Where(t => t.Name.Step is not null)
                .OrderBy(t => t.Name.Step)
                .ThenBy(t => t.Found.Name.Length)
                .ThenBy(t => t.Found.Name, StringComparer.Ordinal)
                .Select(t => (t.Found, t.Name, t.Tokens, Step: t.Name.Step!.Value));
        foreach (var nameless in isByTokens ? [] : part.Where(t => t.Name.Step is null))
        {
            Leave(nameless.Found, "has tokens and no step in its name, and others of the model have steps");
        }

        SuiteCheckpoint? last = null;
        foreach (var (found, name, tokens, step) in ordered)
        {
            if (last is not null && !isByTokens && last.Step == step)
            {
                Leave(found, string.Create(CultureInfo.InvariantCulture, $"is step {step} again, which {last.Name} is"));
                continue;
            }

            last = new(step, found.Folder, found.Name, TimeOf(name, step, tokens)) { IsStepKnown = name.Step is not null, Hub = found.Hub };
            yield return last;
        }
    }

    private TrainingTime TimeOf(CheckpointName name, int step, long? counted)
    {
        var stage = _known?.Stages.FirstOrDefault(s => s.Stage == name.Stage);
        return (name, _rules.TokensPerStep ?? stage?.TokensPerStep ?? _known?.TokensPerStep) switch
        {
            ({ IsEpoch: false, Step: not null }, { } each) when _rules.TokensPerStep is null && _known is { IsRounded: true } => new(step, step * each, TokensKnown.Rounded),
            ({ IsEpoch: false, Step: not null }, { } each) => new(step, step * each, TokensKnown.Counted),
            _ when counted is not null => new(step, counted, TokensKnown.Counted),
            ({ Tokens: { } tokens }, _) => new(step, tokens, TokensKnown.Rounded),
            ({ Step: not null, IsEpoch: false }, _) when IsPlain(name.Text) => new(step, step * SuiteFolder.PythiaTokensPerStep, TokensKnown.Assumed),
            _ => new(step, Tokens: null, TokensKnown.Unknown),
        };
    }

    /// <summary>Names of just this form are Pythia's, and their steps are taken for Pythia's too.</summary>
    private static bool IsPlain(string name) => name.StartsWith("step", StringComparison.Ordinal) && name.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0;

    private TrainerState? StateOf(FoundCheckpoint found)
    {
        try
        {
            return TrainerState.Find(found.Folder);
        }
        catch (InvalidInputException e)
        {
            _notes.Add($"{e.Message}; whether the name says the right step wasn't checked");
            return null;
        }
    }

    /// <summary>What has no checkpoint's name; what it is is seen from its files' names alone.</summary>
    private void LeaveUnread(FoundCheckpoint found)
    {
        var isCheckpoint = Folders.IsCheckpoint(found.Folder);
        var holds = !isCheckpoint && HoldsCheckpoints(found.Folder, _rules);
        string reason;
        try
        {
            reason = ForeignWeights.Recognise(found.Folder) is { } foreign ? foreign.Text
                : holds ? "holds checkpoints of its own, and stands beside checkpoints: only those of one of the two can be taken; move it"
                : $"its name fits no pattern: {_rules.Expected}";
        }
        catch (InvalidInputException e)
        {
            reason = e.Reason;
        }

        Leave(found, reason, isCheckpoint || holds);
    }

    private void Leave(FoundCheckpoint found, string reason, bool? isCheckpoint = null) => _leftOut.Add(new(
        PartName.Escape(_source.Model),
        found.IsTop && found.Name == _source.Model ? "the folder itself" : found.Name,
        reason,
        isCheckpoint ?? (found.Fault is not null || Folders.IsCheckpoint(found.Folder))));
}
