using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>Whatever the hub answers: what is wrong is a clear error, what is right is right, and nothing is written but into the cache.</summary>
public sealed class MalformedAnswerTests
{
    private const int Errors = 10_000;
    private const int Workers = 4;
    private const int MostTriesAnError = 4;

    private static readonly RequestKind[][] s_kinds =
        [[RequestKind.References], [RequestKind.Model], [RequestKind.Tree], [RequestKind.Tree], [RequestKind.Resolve, RequestKind.ResolveCache, RequestKind.Large], [RequestKind.Resolve, RequestKind.Large]];

    [Fact]
    public async Task TenThousandMalformedAnswers_AreErrorsOfInputs()
    {
        var errors = await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => RunAsync(worker))));
        Assert.Equal(Errors, errors.Sum());
    }

    private static async Task<int> RunAsync(int worker)
    {
        await using var hub = await TestHub.StartAsync(new() { TreePageSize = 3 }, inMemory: true);
        hub.Repository().Commit("step1", hub.Repository().Head("step1").Tree.With("model.safetensors", [16, 0, 0, 0, 0, 0, 0, 0, .. TestHub.Bytes(3000, seed: 3)]));
        var random = new Random(1000 + worker);
        var malformed = new Malformation(random, Path.Combine(hub.Root, "outside"));
        var options = hub.Options with
        {
            // deep enough that whatever climbs out of it is still seen
            CacheFolder = Path.Combine(hub.Root, "1", "2", "3", "4", "5", "cache"),
            MostRetries = 0,
            ListingTimeout = TimeSpan.FromSeconds(20),
            DownloadTimeout = TimeSpan.FromSeconds(20),
        };
        using var store = hub.Store(_ => options);
        var errors = 0;
        for (var tries = 0; errors < Errors / Workers; tries++)
        {
            Assert.InRange(tries, 0, Errors / Workers * MostTriesAnError);
            var operation = random.Next(s_kinds.Length);
            var kind = s_kinds[operation][random.Next(s_kinds[operation].Length)];
            var fault = malformed.Next(out var what);
            if (operation >= 4)
            {
                // the tree is the true one
                var snapshot = hub.Snapshot(store);
                await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None);
            }

            var rule = hub.Server.Faults.Always(fault, kind);
            var error = await Record.ExceptionAsync(() => TryAsync(hub, store, operation).WaitAsync(TimeSpan.FromMinutes(2)));
            hub.Server.Faults.Remove(rule);
            if (error is not null)
            {
                Assert.True(error is InvalidInputException, $"worker {worker}, try {tries}, {kind}, {what}: {error}");
                Assert.InRange(error.Message.Length, 10, 4000);
                Assert.DoesNotContain(error.Message, char.IsControl);
                errors++;
            }

            Assert.Equal(["1", "1/2", "1/2/3", "1/2/3/4", "1/2/3/4/5", "1/2/3/4/5/cache"], Outside(hub.Root, options.CacheFolder));
            if (Directory.Exists(options.CacheFolder))
            {
                Assert.DoesNotContain(Directory.EnumerateFiles(options.CacheFolder, "*", SearchOption.AllDirectories), f => f.EndsWith(".incomplete", StringComparison.Ordinal) || f.EndsWith(".tmp", StringComparison.Ordinal));
                Directory.Delete(options.CacheFolder, recursive: true);
            }
        }

        return errors;
    }

    private static async Task TryAsync(TestHub hub, HubStore store, int operation)
    {
        var snapshot = hub.Snapshot(store);
        var folder = snapshot.Repository;
        switch (operation)
        {
            case 0:
                await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
                break;
            case 1:
                Assert.True(HubNames.IsCommit(await store.FindCommitAsync(TestHub.Tiny, "step1", CancellationToken.None)));
                break;
            case 2:
                await store.ReadTreeAsync(folder, snapshot.Commit, CancellationToken.None);
                break;
            case 3 or 4:
                foreach (var file in (await store.ReadTreeAsync(folder, snapshot.Commit, CancellationToken.None)).Files)
                {
                    await store.FetchAsync(snapshot, file, null, CancellationToken.None);
                    Assert.Equal(file.Digest, DigestOf(await File.ReadAllBytesAsync(snapshot.PathOf(file)), file.Sha256 is null));
                }

                break;
            default:
                var weights = (await store.ReadTreeAsync(folder, snapshot.Commit, CancellationToken.None)).Find("model.safetensors")!;
                await store.FetchHeaderAsync(snapshot, weights, CancellationToken.None);
                break;
        }
    }

    private static string DigestOf(byte[] bytes, bool isGits) =>
#pragma warning disable CA5350 // Git's names of files are SHA-1.
        Convert.ToHexStringLower(isGits ? SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]) : SHA256.HashData(bytes));
#pragma warning restore CA5350

    private static IEnumerable<string> Outside(string root, string cache)
    {
        Directory.CreateDirectory(cache);
        return Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Where(path => !path.StartsWith(cache + "/", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(root, path))
            .Order(StringComparer.Ordinal);
    }
}
