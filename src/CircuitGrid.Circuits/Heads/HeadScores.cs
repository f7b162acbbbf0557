using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>What every head of a checkpoint scores in every role (docs/method.md, head scores).</summary>
public sealed record HeadScores
{
    /// <summary>
    /// [layers × heads] of every role that could be measured: those that need IOI prompts are missing without names, successors without series, copy
    /// suppression without text, and all that reads heads' outputs off their weights in a model in which they aren't linear.
    /// </summary>
    public required ImmutableSortedDictionary<HeadRole, HeadTable> Roles { get; init; }

    /// <summary>
    /// How far the checkpoint does IOI by the known algorithm, over all heads and, where it has an IOI circuit, over those in it; <see langword="null"/>
    /// without IOI prompts or while the clean logit difference isn't above the corrupted one.
    /// </summary>
    public required IoiAlgorithmResult? Ioi { get; init; }

    /// <summary>e of every head's direct path to the logits on IOI (<see cref="PathPatchResult.Effects"/>); <see langword="null"/> where <see cref="Ioi"/> is.</summary>
    public HeadTable? DirectEffects => Ioi?.DirectEffects;

    /// <summary>What effects and their shares are measured in; <see langword="null"/> where <see cref="Ioi"/> is.</summary>
    public IoiContrast? Contrast => IoiContrast.Of(this);

    /// <summary>What the tokenizer or lexicon left out, in sentences without their full stop.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>Measures a checkpoint's heads; the same bits for any number of threads.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="checkpoint">Its weights.</param>
    /// <param name="inputs">Tokens made for its model.</param>
    /// <param name="circuit">The checkpoint's IOI circuit, if there is one.</param>
    /// <param name="memoryBudget">Bytes that path patching may take beside the weights.</param>
    /// <param name="cancellation">Checked now and then.</param>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable, the inputs don't fit the model, or a score isn't finite.</exception>
    public static HeadScores Measure(
        IDevice device, ITensorSource checkpoint, HeadScoreInputs inputs, Circuit? circuit = null, long? memoryBudget = null, CancellationToken cancellation = default)
    {
        using var model = Transformer.LoadProcessed(device, checkpoint);
        return Measure(model, checkpoint, inputs, circuit, memoryBudget, cancellation);
    }

    /// <summary>Measures the heads of a model that is loaded already.</summary>
    /// <param name="processed">The checkpoint's model with processed weights.</param>
    /// <param name="checkpoint">The checkpoint's weights as they are stored.</param>
    /// <param name="inputs">Tokens made for the model.</param>
    /// <param name="circuit">The checkpoint's IOI circuit, if there is one.</param>
    /// <param name="memoryBudget">Bytes that path patching may take beside the weights.</param>
    /// <param name="cancellation">Checked now and then.</param>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable, the inputs don't fit the model, or a score isn't finite.</exception>
    public static HeadScores Measure(
        Transformer processed, ITensorSource checkpoint, HeadScoreInputs inputs, Circuit? circuit = null, long? memoryBudget = null, CancellationToken cancellation = default)
    {
        var (config, options) = (processed.Config, inputs.Options);
        var roles = ImmutableSortedDictionary.CreateBuilder<HeadRole, HeadTable>();
        (roles[HeadRole.Induction], roles[HeadRole.PreviousToken], roles[HeadRole.DuplicateToken]) = RepetitionScores.Tables(processed, inputs.RepeatedHalves);
        cancellation.ThrowIfCancellationRequested();
        var indirect = WhyIndirect(config);
        if (indirect is null && SuccessorScores.Measure(processed.Device, checkpoint, inputs.SuccessorLists) is { } successor)
        {
            roles[HeadRole.Successor] = successor;
        }

        if (indirect is null && CopySuppressionScores.Measure(processed, inputs, cancellation) is { } suppression)
        {
            roles[HeadRole.CopySuppression] = suppression;
        }

        var scores = new HeadScores { Roles = roles.ToImmutable(), Ioi = null, Notes = indirect is null ? inputs.Notes : inputs.Notes.Add(indirect) };
        if (inputs.Ioi.IsEmpty)
        {
            return Finite(scores);
        }

        if (indirect is null)
        {
            (roles[HeadRole.Copying], roles[HeadRole.NegativeCopying]) = CopyScores.Measure(processed, inputs.Ioi, options.TopTokens);
        }

        scores = scores with { Roles = roles.ToImmutable() };
        var algorithm = new IoiAlgorithmOptions { CopyThreshold = options.CopyThreshold, Seed = options.Seed };
        scores = scores with { Ioi = IoiAlgorithm.Run(processed, inputs.Ioi, scores, circuit, algorithm, memoryBudget, cancellation) };
        var inhibition = SInhibitionTest.Table(config.Layers, config.Heads, inputs.Ioi.Length, scores.Ioi?.SInhibitionEffects ?? []);
        return Finite(scores with { Roles = scores.Roles.Add(HeadRole.SInhibition, inhibition) });
    }

    /// <summary>
    /// The scores with their samples in independent units, as intervals need them: lists of successors that are the same are one. Every score stays as it is, and so does what
    /// is stored.
    /// </summary>
    /// <param name="inputs">What the scores were measured on.</param>
    public HeadScores InSamplingUnits(HeadScoreInputs inputs)
    {
        var unitOf = inputs.SuccessorUnits;
        return Roles.TryGetValue(HeadRole.Successor, out var table) && table.Samples is { } samples && samples.Units == unitOf.Length
            ? this with { Roles = Roles.SetItem(HeadRole.Successor, new(table.Heads, table.Values) { Samples = samples.Merge(unitOf.AsSpan()) }) }
            : this;
    }

    /// <summary>Why what a head writes can't be read off its weights, as a sentence without its full stop; <see langword="null"/> where it can.</summary>
    private static string? WhyIndirect(ModelConfig config) =>
        config.Norms.IsAfter ? "no scores for successors, copying and copy suppression: a norm behind attention mixes what the heads of a layer write"
        : config.QueryKeyValueLimit > 0 ? "no scores for successors, copying and copy suppression: values are kept within bounds, so heads aren't linear in what they read"
        : config.LogitCap > 0 ? "no scores for successors, copying and copy suppression: logits are capped, so heads' parts in them don't add up"
        : null;

    /// <exception cref="InvalidInputException">A score isn't finite.</exception>
    private static HeadScores Finite(HeadScores scores) =>
        scores.Roles.FirstOrDefault(r => !r.Value.Values.All(double.IsFinite)) is { Value: not null } role
            ? throw new InvalidInputException("head scores", $"the scores for {role.Key} aren't finite; have the weights diverged?")
            : scores;
}
