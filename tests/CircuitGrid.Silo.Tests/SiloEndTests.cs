using System.Net;
using CircuitGrid.Grains.Tests.Cluster;

namespace CircuitGrid.Silo.Tests;

/// <summary>How silos end: asked to, asked twice, and when others have given them up.</summary>
public sealed class SiloEndTests : IDisposable
{
    /// <summary>Cells that take many seconds.</summary>
    private const string Long = """
        name: long
        suite: nano
        models: [nano-3l]
        checkpoints: [1500, 3000]
        analysis: {steps: 1500}
        tasks: [ioi]
        """;

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(4);

    private readonly RunningSilos silos = new();

    public void Dispose() => silos.Dispose();

    [Fact]
    public async Task Silo_ToldToEnd_FinishesItsCell_AnswersMeanwhile_AndEndsWell()
    {
        var silo = silos.Start();
        await silos.ActiveAsync(silo, 1);
        await silos.BeginAsync(silo, Long);
        await RunningSilos.UntilAsync(silo, () => Task.FromResult(silo.Begun > 0));
        var ending = silo.Process.EndAsync(Grace, TestContext.Current.CancellationToken);
        await RunningSilos.UntilAsync(silo, async () => await silos.CodeOfAsync(silo, "/health/ready") == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await silos.CodeOfAsync(silo, "/health/live"));
        Assert.Equal(HttpStatusCode.OK, await silos.CodeOfAsync(silo, "/api/v1/experiments"));
        Assert.Equal(0, silo.Ended);

        Assert.True(await ending, "it had to be killed");
        Assert.Equal(0, silo.Process.ExitCode);
        Assert.Equal((1, 1), (silo.Begun, silo.Ended));
        Assert.EndsWith("Drained.", silo.Process.Lines[^1], StringComparison.Ordinal);
        Assert.Single(StoredBytes.Of(silos.StorePath));
    }

    [Fact]
    public async Task Silo_ToldToEndTwice_EndsAtOnce()
    {
        var silo = silos.Start();
        await silos.ActiveAsync(silo, 1);
        await silos.BeginAsync(silo, Long);
        await RunningSilos.UntilAsync(silo, () => Task.FromResult(silo.Begun > 0));
        silo.Process.Drain();
        await RunningSilos.UntilAsync(silo, () => Task.FromResult(silo.Log.Contains("Draining: ", StringComparison.Ordinal)));
        silo.Process.Drain();
        await silo.Process.ExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(143, silo.Process.ExitCode);
        Assert.StartsWith("circuitgrid-silo: ended by a second signal", silo.LastWord, StringComparison.Ordinal);
        Assert.Equal((1, 0), (silo.Begun, silo.Ended));
    }

    [Fact]
    public async Task Silo_DeclaredDeadWhileItStoodStill_EndsWithOneLine_AndTheOtherGoesOn()
    {
        var (still, other) = (silos.Start(), silos.Start());
        await silos.ActiveAsync(still, 2);
        await silos.ActiveAsync(other, 2);
        still.Process.Freeze();
        await silos.ActiveAsync(other, 1);
        Assert.Contains("was declared dead; its jobs go to others", other.Log, StringComparison.Ordinal);
        var before = still.Process.Lines.Count;
        still.Process.Thaw();
        await still.Process.ExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, still.Process.ExitCode);
        Assert.Equal("circuitgrid-silo: was declared dead by the others while it stood still, so it ends; start it again", Assert.Single(still.Process.Lines.Skip(before)));
        Assert.Equal("completed", (await silos.RunAsync(other, NanoExperiment.Yaml)).GetProperty("phase").GetString());
    }
}
