using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api;
using Spectre.Console;

namespace CircuitGrid.Client.Remote;

/// <summary>An experiment that a server carries out, shown as one of this process is.</summary>
/// <param name="client">The server.</param>
/// <param name="yaml">The experiment's text.</param>
internal sealed class RemoteExperiment(GridClient client, string yaml)
{
    private const int MostBytes = 1 << 20;
    private const string Page = "/experiments/";

    /// <summary>The text of an experiment file, pipe or device, as a server takes it; it is read once.</summary>
    /// <param name="path">The file, or the folder it is in.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">It isn't a file, or can't be read.</exception>
    public static string ReadText(string path, CancellationToken cancellation)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, ExperimentArgument.FileName) : path;
        return FileStatus.Of(file) is null
            ? throw new InvalidInputException(path, "is no experiment file; a server takes an experiment (YAML) whose paths are relative to its own suites")
            : Utf8Text.Decode(file, InputBytes.Read(file, MostBytes, cancellation));
    }

    /// <summary>The id that an experiment of a server is named by, alone or in the address of its page; <see langword="null"/> where a file is named.</summary>
    /// <param name="named">What the command line names.</param>
    /// <param name="client">The server.</param>
    public static string? IdIn(string named, GridClient client)
    {
        var place = $"{client.Address}{Page}";
        var id = named.StartsWith(place, StringComparison.OrdinalIgnoreCase) ? named[place.Length..] : named;
        return ExperimentTexts.IsId(id) ? id : null;
    }

    /// <summary>Starts the experiment, or joins it where it runs, and shows it until it ends.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="watch">Whether it goes on with new checkpoints.</param>
    /// <param name="heard">Hears of every event too.</param>
    public async Task<(RunOutcome Outcome, ExperimentResource Ended)> FollowAsync(CommandContext context, bool watch, Action<HostedEvent>? heard = null)
    {
        var plan = await client.PlanAsync(yaml, context.Cancellation);
        var (started, ran) = await client.StartAsync(yaml, watch, context.Cancellation);
        context.WhenStopped = $"the experiment goes on; {CommandHint.Of("cancel", started.Id, "--server", client.Address)} ends it, and the same command shows it again";
        var map = new GridMap(plan.CellsPerCheckpoint);
        foreach (var checkpoint in (ran ? await client.PlanAsync(yaml, context.Cancellation) : plan).Checkpoints)
        {
            map.Keep(checkpoint.Model, checkpoint.Step, checkpoint.Tasks);
        }

        var failures = new List<CellFault>();
        var progress = started.Progress.ToProgress();
        await GridDisplay.RunAsync(context, map, async display =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
            var turn = new Lock();
            var notices = new NoticePoll(client, started.Id, context.Environment.Time, (notice, now) => Tell(new(0, GridEventKind.Noticed, Cell: null, notice, now.Progress.ToProgress(), Outcome: null)))
                .RunAsync(stop.Token);
            try
            {
                await foreach (var happened in client.FollowAsync(started.Id, yaml, watch, reason => Say(context, reason), context.Cancellation))
                {
                    progress = happened.Progress;
                    if (happened.Cell is { } cell && map.IsKept(cell))
                    {
                        continue;
                    }

                    if (happened is { Kind: GridEventKind.Failed, Cell: { } failed })
                    {
                        failures.Add(new(failed.ToString(), happened.Message ?? ""));
                    }

                    Tell(happened);
                    if (!watch && IsDone(progress) && await client.FindAsync(started.Id, context.Cancellation) is { Phase: HostedPhase.Running, Watching: true } now && IsDone(now.Progress.ToProgress()))
                    {
                        progress = now.Progress.ToProgress();
                        break;
                    }
                }
            }
            finally
            {
                await stop.CancelAsync();
                await notices;
            }

            return true;

            void Tell(HostedEvent happened)
            {
                lock (turn)
                {
                    ((IProgress<HostedEvent>)display).Report(happened);
                    heard?.Invoke(happened);
                }
            }
        });
        var ended = await client.FindAsync(started.Id, context.Cancellation);
        if (!watch && ended is { Phase: HostedPhase.Running, Watching: true })
        {
            context.Environment.Diagnostics.WriteLine(
                $"{VisibleText.OnOneLine(ended.Name)} is watched: it goes on with new checkpoints; {CommandHint.Of("cancel", started.Id, "--server", client.Address)} ends that.");
        }

        return (RunOutcome.Of(progress, $"{client.Address}{Page}{started.Id}", failures, plan), ended);
    }

    /// <summary>Says what ended an experiment that didn't come to its end, and a watch, which has none.</summary>
    /// <param name="ended">The experiment.</param>
    /// <param name="watch">Whether it was to be watched.</param>
    /// <exception cref="InvalidInputException">It failed, or somebody cancelled it.</exception>
    public static void RequireCompleted(ExperimentResource ended, bool watch = false)
    {
        if (ended.Phase == HostedPhase.Failed)
        {
            throw new InvalidInputException(ended.Name, ended.Fault ?? "failed on the server");
        }

        if (ended is { Phase: HostedPhase.Completed, Watching: false } && watch)
        {
            throw new InvalidInputException(ended.Name, "isn't watched any more: the server ended it when nothing was left to do; the same command watches it again");
        }

        if (ended.Phase == HostedPhase.Cancelled)
        {
            throw new InvalidInputException(ended.Name, "was cancelled on the server; the same command goes on from there");
        }
    }

    private static bool IsDone(GridProgress progress) => progress.Total > 0 && progress.Kept + progress.Finished + progress.Failed == progress.Total;

    private void Say(CommandContext context, string reason) =>
        context.Environment.Error.WriteLine($"{client.Address} can't be reached ({reason.TrimEnd('.')}); trying again until it can, Ctrl-C ends that");
}
