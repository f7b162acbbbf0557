using System.Collections.Concurrent;
using CircuitGrid.Hub;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo.Tests;

/// <summary>Whatever a silo's log lets through: no token and no signed address is in it.</summary>
public sealed class HubLogTests : IDisposable
{
    private const string Token = "hf_aSecretThatNobodyElseKnows";

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-hub-log-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Log_OfEveryLevel_HoldsNoSecret()
    {
        await using var server = await HubStandInServer.StartAsync(new() { Tokens = [Token] });
        var repository = NanoHub.OfWorkingTree().Add(server, "nano-2l", steps: [512]).Gate(Token);
        using var log = new Recorder();
        var options = new HubOptions { Endpoint = server.Endpoint, CacheFolder = folder, Token = HubToken.Parse(Token, "test"), FirstPause = TimeSpan.FromMilliseconds(5) };
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log))
            .AddHubStore(options)
            .BuildServiceProvider();
        server.Faults.Next(2, Fault.Answer(503), RequestKind.Large);
        server.Faults.Next(1, Fault.Truncate(1000), RequestKind.Large);
        var store = services.GetRequiredService<HubStore>();
        var snapshot = new HubSnapshot(store.FolderOf(repository.Name), repository.Head("step512").Id);
        var tree = await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None);
        await store.FetchAsync(snapshot, tree.Find("model.safetensors")!, received: null, CancellationToken.None);

        Assert.Contains(server.Requests.All, r => r.HadAuthorization);
        Assert.Contains(server.Requests.All, r => r.Target.Contains("Signature=", StringComparison.Ordinal));
        Assert.NotEmpty(log.Lines);
        Assert.All(log.Lines, line => Assert.DoesNotMatch($"{Token}|Signature=|Bearer", line));
    }

    private sealed class Recorder : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
