using CircuitGrid.Grains.Tests.Cluster;
using CircuitGrid.Torch;

namespace CircuitGrid.Silo.Tests;

/// <summary>Silos as programs: TLS between them, and devices of different kinds in one cluster.</summary>
public sealed class SiloProgramTests
{
    private const string Small = """
        name: two kinds of device
        suite: nano
        models: [nano-2l]
        checkpoints: [0, 3000]
        tasks:
          - {name: ioi, count: 12}
          - {name: sva, count: 12}
        """;

    [Fact]
    public async Task Silos_WithTheClustersCertificates_ComputeAndLetNobodyElseIn()
    {
        using var files = new CertificateFiles();
        using var silos = new RunningSilos();
        var authority = files.SelfSigned("authority", isAuthority: true);
        var (one, other, stranger) = (files.Issued("silo-1", authority), files.Issued("silo-2", authority), files.SelfSigned("stranger", isAuthority: true));
        var members = new[] { silos.Start(Tls(one, authority.Certificate)), silos.Start(Tls(other, authority.Certificate)) };
        await silos.ActiveAsync(members[0], 2);
        await silos.ActiveAsync(members[1], 2);

        var outsiders = new[] { silos.Start(Tls(files.Issued("silo-3", stranger), stranger.Certificate)), silos.Start() };
        var ended = await silos.RunAsync(members[0], NanoExperiment.Yaml);
        Assert.Equal("completed", ended.GetProperty("phase").GetString());
        Assert.Equal(await NanoExperiment.RunLocallyAsync(files.Folder), StoredBytes.Of(silos.StorePath));
        Assert.Equal(36, members.Sum(m => m.Begun));
        Assert.All(members, m => Assert.NotEqual(0, m.Begun));

        foreach (var outsider in outsiders)
        {
            await RunningSilos.UntilAsync(members[0], () => Task.FromResult(outsider.Process.HasExited));
            Assert.Equal(1, outsider.Process.ExitCode);
            Assert.StartsWith("circuitgrid-silo: can't join the cluster: silo 127.0.0.1:", outsider.LastWord, StringComparison.Ordinal);
            Assert.Null(await silos.SilosAsync(outsider));
            Assert.Equal(0, outsider.Begun);
        }

        Assert.Contains("shows a certificate (CN=silo-", outsiders[0].LastWord, StringComparison.Ordinal);
        Assert.Contains("give this one its own with --silo-certificate", outsiders[1].LastWord, StringComparison.Ordinal);

        // once a minute a peer, and nothing of what lies below
        Assert.All(members, m => Assert.InRange(m.Process.Lines.Count(l => l.Contains("No connection with 127.0.0.1", StringComparison.Ordinal)), 1, 3));
        Assert.All([.. members, .. outsiders], s => Assert.DoesNotContain("   at ", s.Log, StringComparison.Ordinal));
        Assert.Equal(2, await silos.SilosAsync(members[0]));
        var secrets = Directory.EnumerateFiles(files.Folder, "*.key").SelectMany(File.ReadLines).Where(l => !l.StartsWith('-')).ToList();
        Assert.NotEmpty(secrets);
        Assert.All([.. members, .. outsiders], s => Assert.DoesNotContain(secrets, secret => s.Log.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Silos_OfDifferentDevices_ComputeWhatIsAskedOfTheirs()
    {
        Assert.SkipWhen(Libtorch.Complaint is not null, Libtorch.Complaint ?? "");
        using var silos = new RunningSilos();
        var cpu = silos.Start();
        await silos.ActiveAsync(cpu, 1);
        var refused = await silos.RunAsync(cpu, Small + "\nnumerics: torch-cpu-f32");
        Assert.Equal("failed", refused.GetProperty("phase").GetString());

        var torch = silos.Start("--device", "torch-cpu");
        await silos.ActiveAsync(cpu, 2);
        var ended = await silos.RunAsync(cpu, Small + "\nnumerics: torch-cpu-f32");
        Assert.Equal("completed", ended.GetProperty("phase").GetString());
        Assert.Equal((0, 4), (cpu.Begun, torch.Begun));
        var id = ended.GetProperty("id").GetString();
        var cells = (await silos.GetAsync(cpu, $"/api/v1/experiments/{id}/cells")).GetProperty("items");
        Assert.Equal(4, cells.GetArrayLength());
        foreach (var cell in cells.EnumerateArray())
        {
            var provenance = await silos.GetAsync(cpu, $"/api/v1/results/{cell.GetProperty("key").GetString()}/provenance");
            Assert.StartsWith("libtorch ", provenance.GetProperty("device").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal("completed", (await silos.RunAsync(torch, Small)).GetProperty("phase").GetString());
        Assert.Equal((4, 4), (cpu.Begun, torch.Begun));
    }

    private static string[] Tls((string Certificate, string Key) own, string authority) =>
        ["--silo-certificate", own.Certificate, "--silo-certificate-key", own.Key, "--silo-authority", authority];
}
