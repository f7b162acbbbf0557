using System.Diagnostics;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class BandwidthTests
{
    private const int Burst = 1 << 16;

    [Fact]
    public async Task Bytes_OfSeveralAnswers_NeverExceedTheBurstAndTheRateTimesTheTime()
    {
        const int Rate = 400_000;
        await using var client = await StandInClient.StartAsync();
        client.Server.Repositories.Add("lab/slow").Commit("main", StandInTree.Empty.With("model.safetensors", Hashes.Noise(150_000)));
        var address = await client.LocateAsync("/lab/slow/resolve/main/model.safetensors");

        var watch = Stopwatch.StartNew();
        client.Server.BytesPerSecond = Rate;
        var received = 0L;
        var looks = 0;
        async Task DownloadAsync()
        {
            using var response = await client.SendAsync(address);
            await using var body = await response.Content.ReadAsStreamAsync();
            var buffer = new byte[8192];
            for (var read = await body.ReadAsync(buffer); read > 0; read = await body.ReadAsync(buffer))
            {
                var all = Interlocked.Add(ref received, read);
                Assert.True(all <= Burst + (Rate * watch.Elapsed.TotalSeconds));
                Interlocked.Increment(ref looks);
            }
        }

        await Task.WhenAll(DownloadAsync(), DownloadAsync(), DownloadAsync());
        Assert.Equal(450_000, received);
        Assert.True(looks >= 3 * 150_000 / 8192);
    }

    [Fact]
    public async Task Bytes_OnAClockThatIsMoved_AreWhatItsTimeAllows()
    {
        var time = new ManualTime();
        await using var client = await StandInClient.StartAsync(new() { Time = time, BytesPerSecond = Burst });
        client.Server.Repositories.Add("lab/stopped").Commit("main", StandInTree.Empty.With("model.safetensors", Hashes.Noise(5 * Burst)));
        var address = await client.LocateAsync("/lab/stopped/resolve/main/model.safetensors");
        using var response = await client.SendAsync(address);
        await using var body = await response.Content.ReadAsStreamAsync();
        var got = new byte[5 * Burst];
        await body.ReadExactlyAsync(got.AsMemory(0, Burst));
        var rest = body.ReadExactlyAsync(got.AsMemory(Burst)).AsTask();
        await Task.Delay(50);
        Assert.Equal(Burst, client.Server.Requests.LargeBytes);

        var moved = await time.UntilAsync(rest, TimeSpan.FromSeconds(0.5), by => Assert.True(client.Server.Requests.LargeBytes <= Burst * (1 + by.TotalSeconds)));
        Assert.True(moved >= TimeSpan.FromSeconds(4));
        Assert.Equal(Hashes.Noise(5 * Burst), got);
    }

    [Fact]
    public async Task Bytes_OfAnswersOnASlowLine_ComeToEachAllTheTime()
    {
        const int Rate = 8192;
        var time = new ManualTime();
        await using var client = await StandInClient.StartAsync(new() { Time = time });
        client.Server.Repositories.Add("lab/slow").Commit("main", StandInTree.Empty.With("model.safetensors", Hashes.Noise(4 * Burst)));
        var address = await client.LocateAsync("/lab/slow/resolve/main/model.safetensors");
        client.Server.BytesPerSecond = Rate;
        var received = new int[4];
        var each = Enumerable.Range(0, received.Length).Select(async i =>
        {
            using var response = await client.SendAsync(address);
            await using var body = await response.Content.ReadAsStreamAsync();
            var got = new byte[1];
            await body.ReadExactlyAsync(got);
            received[i]++;
        });
        var all = Task.WhenAll(each);

        // the burst is spent by whoever asks first; a second more is enough for a piece of each
        var moved = await time.UntilAsync(all, TimeSpan.FromSeconds(0.25), _ => { });
        Assert.True(moved <= TimeSpan.FromSeconds(2), moved.ToString());
        Assert.All(received, r => Assert.Equal(1, r));
    }
}
