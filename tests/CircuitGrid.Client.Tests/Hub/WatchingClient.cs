using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary><c>watch</c> in this process, until it is disposed of. A minute between two looks at the hub is a fifth of a second.</summary>
internal sealed class WatchingClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new();
    private readonly StringWriter output = new();
    private readonly TextWriter guarded;
    private readonly Task<int> running;

    public WatchingClient(HubClient hub, params string[] args)
    {
        guarded = TextWriter.Synchronized(output);
        hub.Time = new HastyTime();
        var environment = hub.Change(new ClientEnvironment
        {
            Console = ClientRun.ConsoleOn(guarded, 300, terminal: false),
            Diagnostics = ClientRun.ConsoleOn(guarded, 300, terminal: false),
            Output = guarded,
            Error = guarded,
        });
        running = Task.Run(() => ClientApplication.RunAsync(["watch", .. args], environment, stop.Token));
    }

    public string Said
    {
        get
        {
            // what a synchronized writer locks itself
            lock (guarded)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Waits until a text was said so many times.</summary>
    public async Task UntilAsync(string text, int times = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (Said.Split(text).Length <= times)
        {
            Assert.False(running.IsCompleted || patience.IsCancellationRequested, $"'{text}' wasn't said {times} times: {Said}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Assert.Equal((int)ExitCode.Stopped, await running);
        stop.Dispose();
        await guarded.DisposeAsync();
    }
}
