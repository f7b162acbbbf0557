using System.Net;
using System.Net.Sockets;
using CircuitGrid.Compute;

namespace CircuitGrid.Silo.Tests;

/// <summary>A silo that can't start says so in one line, and harms nobody.</summary>
public sealed class SiloStartTests : IDisposable
{
    private readonly RunningSilos silos = new();

    public void Dispose() => silos.Dispose();

    [Fact]
    public async Task Start_OfACommandThatRunsAlready_IsRefused_AndTheFirstGoesOn()
    {
        var first = silos.Start();
        var (another, more) = ($"{RunningSilos.FreePort()}", $"{RunningSilos.FreePort()}");
        await silos.ActiveAsync(first, 1);
        var second = silos.Again(first);
        var third = silos.Again(first, ("--silo-port", another));
        var fourth = silos.Again(first, ("--silo-port", another), ("--gateway-port", more));
        foreach (var (silo, option) in new[] { (second, "--silo-port"), (third, "--gateway-port"), (fourth, "--http-port") })
        {
            await silo.Process.ExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(2, silo.Process.ExitCode);
            Assert.Single(silo.Process.Lines);
            Assert.Matches($"^circuitgrid-silo: {option} [0-9]+: is taken at 127\\.0\\.0\\.1: ", silo.LastWord);
        }

        Assert.Equal(1, await silos.SilosAsync(first));
        Assert.Contains("HTTP at http://127.0.0.1:", first.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Orleans.", first.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TwiceAtOnce_LeavesOne()
    {
        var first = silos.Start();
        var second = silos.Again(first);
        await RunningSilos.UntilEitherAsync(() => Task.FromResult(first.Process.HasExited || second.Process.HasExited));
        var (refused, other) = first.Process.HasExited ? (first, second) : (second, first);
        await silos.ActiveAsync(other, 1);
        Assert.Equal(2, refused.Process.ExitCode);
        Assert.Single(refused.Process.Lines);
    }

    [Theory]
    [InlineData("--silo-port")]
    [InlineData("--gateway-port")]
    [InlineData("--http-port")]
    public void Claim_OfAPortOfAnotherProgram_IsRefused(string option)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        int PortOf(string name) => string.Equals(name, option, StringComparison.Ordinal) ? taken : RunningSilos.FreePort();
        var settings = new SiloSettings { Suites = ".", SiloPort = PortOf("--silo-port"), GatewayPort = PortOf("--gateway-port"), Server = new() { Port = PortOf("--http-port") } };
        Assert.StartsWith($"{option} {taken}: is taken at 127.0.0.1: ", Assert.Throws<InvalidInputException>(() => SiloPorts.Claim(settings)).Message, StringComparison.Ordinal);

        listener.Stop();
        using var claimed = SiloPorts.Claim(settings);
        Assert.Throws<InvalidInputException>(() => SiloPorts.Claim(settings));
    }

    [Fact]
    public void Claim_OfNoPort_OrOfOneTwice_IsRefused()
    {
        var settings = new SiloSettings { Suites = ".", SiloPort = 0, Server = new() };
        Assert.Contains("is no port", Assert.Throws<InvalidInputException>(() => SiloPorts.Claim(settings)).Message, StringComparison.Ordinal);
        var port = RunningSilos.FreePort();
        Assert.StartsWith("--gateway-port", Assert.Throws<InvalidInputException>(() => SiloPorts.Claim(settings with { SiloPort = port, GatewayPort = port })).Message, StringComparison.Ordinal);
    }

    /// <summary>Nothing of it may be shown: where a key was meant to be may be anywhere in it.</summary>
    [Theory]
    [InlineData("s3cretValue")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=s3cretName;AccountKey=s3cretValue")]
    [InlineData("AccountName=s3cretName;AccountKey")]
    [InlineData("BlobEndpoint=s3cretValue;TableEndpoint=s3cretValue")]
    [InlineData("TableEndpoint=https://s3cret.table.core.windows.net/;SharedAccessSignature=sig=s3cretValue")]
    public async Task Start_OnAMalformedConnectionString_ShowsNothingOfIt(string connection)
    {
        silos.Variables[SiloSettings.AzureVariable] = connection;
        var silo = silos.StartOnAzure();
        await silo.Process.ExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, silo.Process.ExitCode);
        Assert.StartsWith("circuitgrid-silo: CIRCUITGRID_AZURE_STORAGE: holds no connection string", Assert.Single(silo.Process.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AfterAllSilosOfTheMachineWereKilled_OnOtherPorts_StrikesThemOut()
    {
        var killed = new[] { silos.Start(), silos.Start() };
        await silos.ActiveAsync(killed[0], 2);
        Assert.All(killed, k => k.Process.Kill());
        var next = silos.Start();
        await RunningSilos.UntilAsync(next, async () => await silos.CodeOfAsync(next, "/health/live") == HttpStatusCode.OK);
        await silos.ActiveAsync(next, 1);
        Assert.Equal(2, next.Process.Lines.Count(l => l.EndsWith("of this machine isn't there any more.", StringComparison.Ordinal)));
    }
}
