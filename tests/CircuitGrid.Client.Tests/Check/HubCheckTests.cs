using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Client.Tests.Hub;

namespace CircuitGrid.Client.Tests.Check;

/// <summary>Checks of models on the stand-in for the hub.</summary>
public sealed class HubCheckTests
{
    [Fact]
    public async Task Check_ModelOnTheHub_IsMainFetchedOnce()
    {
        await using var hub = await HubClient.StartAsync([64, 4000]);
        using var nano = new PublishedNano();
        nano.AddDifference(await PublishedNano.DifferenceAsync());
        var run = await RunAsync(hub, nano, HubClient.Address);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("taken for nano-lab/nano-2l, by its name on the hub, revision main.", run.Output, StringComparison.Ordinal);
        Assert.Matches("^hf:nano-lab/nano-2l@[0-9a-f]{40}: fetching 395 kB, which stay in the cache$", Assert.Single(run.ErrorLines));
        Assert.Contains(" within ", run.Output, StringComparison.Ordinal);

        (await RunAsync(hub, nano, HubClient.Address)).Succeeded();

        // another step has other numbers, and is compared where somebody says so
        run = await RunAsync(hub, nano, $"{HubClient.Address}@step64", "--as", HubClient.Repository);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(" OUTSIDE ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhatIsNotThere_SaysWhy()
    {
        await using var hub = await HubClient.StartAsync([64]);
        using var nano = new PublishedNano();
        var run = await RunAsync(hub, nano, "hf:nano-lab/nano-other");
        Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
        Assert.Equal("error: hf:nano-lab/nano-other: there is no such repository, or it is private; set HF_TOKEN if it is yours", Assert.Single(run.ErrorLines));
        run = await RunAsync(hub, nano, $"{HubClient.Address}@step7", "--as", HubClient.Repository);
        Assert.Equal("error: hf:nano-lab/nano-2l: has no revision step7", Assert.Single(run.ErrorLines));
    }

    private static Task<ClientRun> RunAsync(HubClient hub, PublishedNano nano, params string[] args) =>
        ClientRun.OfAsync(["check", .. args], width: 300, change: environment => nano.Change(hub.Change(environment)));
}
