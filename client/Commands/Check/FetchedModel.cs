using System.Collections.Immutable;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>One checkpoint of the hub, whole on this machine.</summary>
/// <param name="Folder">Its folder in the cache.</param>
/// <param name="Kind">Which of its weights were fetched.</param>
/// <param name="TokenizerPath">Its tokenizer; <see langword="null"/> where it has none.</param>
internal sealed record FetchedModel(string Folder, WeightKind Kind, string? TokenizerPath)
{
    /// <summary>Fetches a checkpoint into the cache, where it stays.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="address">Its address: a repository and one revision.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <exception cref="InvalidInputException">There is no such checkpoint, or it can't be fetched.</exception>
    public static async Task<FetchedModel> GetAsync(CommandContext context, string address, ImmutableSortedSet<string> ignored)
    {
        var source = context.Environment.Source;
        var suite = await source.OpenSuiteAsync(CheckpointExperiment.OnHub(address) with { Ignore = [.. ignored] }, context.Cancellation);
        foreach (var note in suite.Notes)
        {
            context.Environment.Diagnostics.WriteLine(note);
        }

        if (suite.Models.FirstOrDefault(m => m.Checkpoints.Length > 0) is not { Checkpoints: [var checkpoint, ..] } model)
        {
            throw new InvalidInputException(address, suite.LeftOut is [var left, ..] ? left.Reason : "holds no checkpoint");
        }

        var found = await source.Hub.LookAsync(model, checkpoint, context.Cancellation);
        var missing = found.FilesOf(found.Kind).Where(f => !source.Hub.IsHere(found.Snapshot, f)).ToArray();
        if (missing.Length > 0)
        {
            context.Environment.Diagnostics.WriteLine(VisibleText.OnOneLine($"{found.Snapshot.Address}: fetching {ByteCount.Of(missing.Sum(f => f.Size))}, which stay in the cache"));
            foreach (var file in missing)
            {
                await source.Hub.FetchAsync(found.Snapshot, file, received: null, context.Cancellation);
            }
        }

        return new(found.Snapshot.Folder, found.Kind, model.FindTokenizer(checkpoint.Step));
    }
}
