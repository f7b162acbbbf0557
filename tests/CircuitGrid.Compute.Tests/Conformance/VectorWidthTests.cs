using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>All kernels' bits, in this process and in processes whose runtime pretends to be on lesser hardware.</summary>
public sealed class VectorWidthTests
{
    /// <summary>Where a child process writes its answer; not set in an ordinary run.</summary>
    private const string AnswerVariable = "CIRCUITGRID_TEST_KERNEL_BITS";

    [Fact]
    public void KernelBits_OneThreadOrThree_AreTheSame()
    {
        var bits = KernelBits(threads: 1);
        if (Environment.GetEnvironmentVariable(AnswerVariable) is { Length: > 0 } path)
        {
            File.WriteAllText(path, $"{Widths}\n{bits}");
        }

        Assert.Equal(bits, KernelBits(threads: 3));
    }

    [Theory]
    [InlineData("EnableAVX512", "0", 256)]
    [InlineData("EnableAVX2", "0", 128)]
    [InlineData("EnableHWIntrinsic", "0", 0)]
    [InlineData("MaxVectorTBitWidth", "512", 512)]
    public async Task KernelBits_OnOtherHardware_AreTheSame(string setting, string value, int widest)
    {
        var path = Path.GetTempFileName();
        try
        {
            await RunChild(setting, value, path);
            var answer = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Split('\n');
            Assert.Equal(2, answer.Length);

            // The setting has to have had its effect, or nothing would have been compared.
            Assert.InRange(int.Parse(answer[0].Split(' ')[0], CultureInfo.InvariantCulture), 0, widest);
            Assert.True(setting != "MaxVectorTBitWidth" || !Vector512.IsHardwareAccelerated || answer[0].EndsWith(" 512", StringComparison.Ordinal));
            Assert.Equal(KernelBits(threads: 2), answer[1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Widest accelerated vector (0 where there is none) and width of <see cref="Vector{T}"/>, in bits.</summary>
    private static string Widths => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0)} {8 * Vector<byte>.Count}");

    private static string KernelBits(int threads)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads, Grain = 1 });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var output in KernelCases.Names.SelectMany(name => KernelCases.Run(name, device)))
        {
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(output.Values.AsSpan()));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task RunChild(string setting, string value, string path)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, typeof(VectorWidthTests).Assembly.GetName().Name!);
        var native = OperatingSystem.IsWindows() ? assembly + ".exe" : assembly;
        var start = File.Exists(native) ? new ProcessStartInfo(native) : new ProcessStartInfo("dotnet", [assembly + ".dll"]);
        start.ArgumentList.Add("--filter-method");
        start.ArgumentList.Add($"{typeof(VectorWidthTests).FullName}.{nameof(KernelBits_OneThreadOrThree_AreTheSame)}");
        start.RedirectStandardOutput = true;
        start.Environment[AnswerVariable] = path;
        start.Environment["DOTNET_" + setting] = value;

        // A test run passes settings to the processes it starts; the child is a run of its own.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, output);
    }
}
