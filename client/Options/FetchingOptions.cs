using System.CommandLine;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Experiments.Grid.Fetching;

namespace CircuitGrid.Client.Options;

/// <summary>How weights on the hub are fetched and kept: <c>--fetch</c> and <c>--keep</c>.</summary>
internal sealed class FetchingOptions
{
    private const string KeepName = "--keep";

    private readonly Option<int?> fetch = NumberOption.Optional("--fetch", "N", "Checkpoints on the hub to fetch at a time, ahead of the analysis. Default: 2.", least: 1, most: 64);
    private readonly Option<long?> keep = new(KeepName)
    {
        Description = "Most bytes of fetched weights to keep, e.g. 40GB, or all. Default: a tenth of the free disk, and at least two checkpoints. What is done goes first, the oldest before others.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (FetchOptions.TryParseKeep(text, out var bytes))
            {
                return bytes;
            }

            result.AddError($"{KeepName} {text}: expected a size such as 40GB, or {FetchOptions.All}");
            return null;
        },
    };

    public void AddTo(Command command)
    {
        command.Add(fetch);
        command.Add(keep);
    }

    /// <summary>What is asked for.</summary>
    public FetchOptions Of(CommandContext context)
    {
        var usual = new FetchOptions();
        return new() { AtATime = context.Get(fetch) ?? usual.AtATime, Keep = context.Get(keep) };
    }
}
