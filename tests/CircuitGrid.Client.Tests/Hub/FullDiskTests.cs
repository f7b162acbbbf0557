using CircuitGrid.Client.Hosting;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A cache on a disk that is too small.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task Run_OnAFullDisk_NamesTheBytesLeavesNoHalfFileAndGoesOnWhenThereIsRoom()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 128]);
        using (var disk = SmallDisk.Mount(1_200_000))
        {
            hub.Variables["HF_HOME"] = disk.Path;
            var cache = new HubRepositoryFolder(Path.Combine(disk.Path, "hub"), HubClient.Repository);
            var run = await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "all", "--fetch", "1");
            Assert.Equal((int)ExitCode.WorkFailed, run.ExitCode);
            Assert.Matches($"^error: {cache.Folder}.*: needs 394648 bytes, where its disk has room for [0-9]+; free some space and run again$", Assert.Single(run.ErrorLines));
            Assert.DoesNotContain("failed", run.Output, StringComparison.Ordinal);
            CacheFolder.AssertSound(cache);
            Assert.Empty(Directory.EnumerateFiles(cache.Blobs, "*.incomplete"));
            Assert.Equal(0L, StoreRows.Count(hub.Store, "failures"));

            // with a limit that fits the disk the same run goes on
            var again = (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "400kB", "--fetch", "1")).Succeeded();
            Assert.DoesNotContain("failed", again.Output, StringComparison.Ordinal);
            CacheFolder.AssertSound(cache);
        }

        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0, 64, 128), StoreRows.Of(hub.Store));
    }
}
