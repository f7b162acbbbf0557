using System.CommandLine;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.HubStandIn;

/// <summary>The stand-in as a program: serves the nano suite until it is stopped.</summary>
internal static class StandInProgram
{
    public static RootCommand Command()
    {
        var suite = new Option<DirectoryInfo>("--suite") { Description = "The folder suites/nano.", Required = true };
        var port = new Option<int>("--port") { Description = "Port of the hub; any that is free if not given." };
        var rate = new Option<long?>("--rate") { Description = "Bytes a second, all answers together; no limit if not given." };
        var main = new Option<MainBranch>("--main") { Description = "What the branch main has.", DefaultValueFactory = _ => MainBranch.LastStep };
        var every = new Option<double?>("--publish-every") { Description = "Seconds between one step and the next of each model, as if it were in training; all steps at once if not given." };
        var command = new RootCommand("Serves the nano suite as the Hugging Face hub would, until Ctrl-C.") { suite, port, rate, main, every };
        command.SetAction((parsed, cancellation) => ServeAsync(
            new(parsed.GetValue(suite)!.FullName),
            new() { Port = parsed.GetValue(port), BytesPerSecond = parsed.GetValue(rate) },
            parsed.GetValue(main),
            parsed.GetValue(every) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    private static async Task<int> ServeAsync(NanoHub nano, HubStandInOptions options, MainBranch main, TimeSpan? publishEvery, TextWriter output, CancellationToken cancellation)
    {
        await using var server = await HubStandInServer.StartAsync(options);
        foreach (var model in nano.Models)
        {
            var repository = nano.Add(server, model, publishEvery is null ? main : MainBranch.Empty, publishEvery is null ? null : nano.Steps(model).Take(1));
            await output.WriteLineAsync($"hf:{repository.Name}");
        }

        await output.WriteLineAsync($"HF_ENDPOINT={server.Endpoint.OriginalString}");
        await output.FlushAsync(cancellation);
        try
        {
            if (publishEvery is { } pause)
            {
                await PublishAsync(server, nano, pause, output, cancellation);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }

        return 0;
    }

    private static async Task PublishAsync(HubStandInServer server, NanoHub nano, TimeSpan pause, TextWriter output, CancellationToken cancellation)
    {
        foreach (var step in nano.Models.SelectMany(nano.Steps).Distinct().Order().Skip(1))
        {
            await Task.Delay(pause, cancellation);
            foreach (var model in nano.Models.Where(m => nano.Steps(m).Contains(step)))
            {
                nano.AddStep(server.Repositories.All.Single(r => r.Name == $"{NanoHub.Organization}/{model}"), model, step);
            }

            await output.WriteLineAsync($"step{step}");
        }
    }
}
