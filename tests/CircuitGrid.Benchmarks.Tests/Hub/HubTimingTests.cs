using CircuitGrid.Benchmarks.Hub;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Benchmarks.Tests.Hub;

/// <summary>The three times of the benchmark are those of what they are called.</summary>
public sealed class HubTimingTests
{
    private const int Checkpoints = 2;

    [Fact]
    public async Task Runs_FetchWhereTheirCacheIsEmptyAndNowhereElse()
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-").FullName;
        try
        {
            await using var server = await HubStandInServer.StartAsync();
            var suite = new GeneratedSuite(folder);
            suite.Publish(server, Checkpoints);
            var timing = new HubTiming(server, suite, folder);
            await timing.DownloadAsync("alone");
            Assert.Equal(Checkpoints, Whole(server));
            await timing.AnalyseAsync("alone", examples: 8);
            Assert.Equal(Checkpoints, Whole(server));
            await timing.AnalyseAsync("both", examples: 8);
            Assert.Equal(2 * Checkpoints, Whole(server));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Whole(HubStandInServer server) => server.Requests.Of(RequestKind.Large).Count(r => r.Range is null && r.BytesSent > GeneratedSuite.CheckpointBytes);
}
