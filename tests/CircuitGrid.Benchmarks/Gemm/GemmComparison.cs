using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CircuitGrid.Client.Commands.Bench.Yardstick;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>
/// Matrix products of <see cref="CpuDevice"/> beside OpenBLAS's in one process. The two take turns in blocks long enough for the other's idle
/// threads to go to sleep, and the best call of each counts: on a shared machine everything else measures the neighbours. For the same reason
/// one thread's time is the time it was on a processor.
/// </summary>
internal static unsafe class GemmComparison
{
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(60);

    /// <summary>The shapes a comparison makes sense for: rows × inner × columns.</summary>
    private static readonly Case[] Cases =
    [
        new("linear", 1024, 1024, 1024),
        new("linear", 160, 768, 3072),
        new("linear", 160, 512, 2048),
        new("linear", 160, 2048, 512),
        new("linear", 320, 512, 1536),
        new("linear", 800, 768, 2304),
        new("linear", 16, 512, 50304),
        new("transposed", 1024, 1024, 1024),
        new("transposed", 160, 3072, 768),
        new("transposed", 160, 2048, 512),
        new("transposed", 160, 512, 2048),
        new("transposed", 320, 1536, 512),
        new("transposed", 800, 2304, 768),
        new("transposed", 80, 50304, 512),
        new("product a·bᵀ", 80, 512, 50304),
        new("product a·b", 80, 50304, 512),
        new("product aᵀ·b", 512, 2048, 128),
        new("product aᵀ·b", 512, 2048, 512),
    ];

    /// <param name="options"><c>[threads,threads…] [rounds] [part of a case's name or shape]</c>.</param>
    public static int Run(string[] options)
    {
        var threads = options.Length > 0 ? options[0].Split(',').Select(t => int.Parse(t, CultureInfo.InvariantCulture)) : [1, Environment.ProcessorCount];
        var rounds = options.Length > 1 ? int.Parse(options[1], CultureInfo.InvariantCulture) : 8;
        var wanted = options.Length > 2 ? options[2] : "";
        using var openBlas = OpenBlas.TryLoad();
        if (openBlas is null)
        {
            Console.Error.WriteLine("libopenblas.so.0 isn't installed (Debian: libopenblas0-pthread); only the program's own products are measured");
        }
        else if (openBlas.Identity.Warning is { } warning)
        {
            Console.Error.WriteLine(warning);
        }

        foreach (var count in threads.Distinct())
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = count });
            Console.WriteLine(openBlas is null ? device.Description : $"{device.Description}; OpenBLAS ({openBlas.Identity.Library}): {openBlas.Identity.Description}");
            Console.WriteLine($"{"",-14} {"rows × inner × columns",-22} {"GFLOP/s",9} {"OpenBLAS",9} {"ratio",7}");
            openBlas?.SetThreads(count);
            foreach (var test in Cases.Where(c => c.ToString().Contains(wanted, StringComparison.Ordinal)))
            {
                var (own, other) = Measure(device, openBlas, test, rounds);
                var flops = 2e-9 * test.Rows * test.Inner * test.Columns;
                var line = string.Create(CultureInfo.InvariantCulture, $"{test.Kind,-14} {test.Shape,-22} {flops / own,9:f1} {flops / other,9:f1} {other / own,7:p0}");
                Console.WriteLine(line);
            }
        }

        return 0;
    }

    private static (double Own, double OpenBlas) Measure(CpuDevice device, OpenBlas? openBlas, Case test, int rounds)
    {
        using var a = test.TransposesA ? Tensors.Random(device, 1, test.Inner, test.Rows) : Tensors.Random(device, 1, test.Rows, test.Inner);
        using var b = test.TransposesB ? Tensors.Random(device, 2, test.Columns, test.Inner) : Tensors.Random(device, 2, test.Inner, test.Columns);
        using var c = device.Allocate([test.Rows, test.Columns]);
        var values = new float[b.Length];
        device.Download(b, values);
        using var weight = test.IsLinear ? device.Prepare(new ArrayMatrix(values, b.Rows, b.Columns)) : null;
        Action own = test.Kind switch
        {
            "linear" => () => device.Linear(c, a, weight!),
            "transposed" => () => device.LinearTransposed(c, a, weight!),
            _ => () => device.MatrixProduct(c, a, test.TransposesA, b, test.TransposesB),
        };

        var left = Native(device, a);
        var right = Native(device, b);
        var result = (nint)NativeMemory.AlignedAlloc((nuint)(c.Length * sizeof(float)), 64);
        Action other = () => openBlas!.Multiply((float*)result, (float*)left, test.TransposesA, (float*)right, test.TransposesB, test.Rows, test.Columns, test.Inner);
        var (best, otherBest) = (double.MaxValue, double.NaN);
        for (var round = 0; round < rounds; round++)
        {
            best = Math.Min(best, Best(own, device.Threads == 1));
            if (openBlas is not null)
            {
                otherBest = Math.Min(double.IsNaN(otherBest) ? double.MaxValue : otherBest, Best(other, device.Threads == 1));
            }
        }

        NativeMemory.AlignedFree((void*)left);
        NativeMemory.AlignedFree((void*)right);
        NativeMemory.AlignedFree((void*)result);
        return (best, otherBest);
    }

    private static double Best(Action call, bool isOneThread)
    {
        Func<double> clock = isOneThread && OperatingSystem.IsLinux() ? ProcessorClock.ThreadSeconds : () => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        var end = Stopwatch.GetTimestamp() + (long)(Block.TotalSeconds * Stopwatch.Frequency);
        var best = double.MaxValue;
        for (var i = 0; i < 3 || Stopwatch.GetTimestamp() < end; i++)
        {
            var start = clock();
            call();
            best = Math.Min(best, clock() - start);
        }

        return best;
    }

    private static nint Native(CpuDevice device, Tensor tensor)
    {
        var copy = (float*)NativeMemory.AlignedAlloc((nuint)(tensor.Length * sizeof(float)), 64);
        device.Download(tensor, new Span<float>(copy, checked((int)tensor.Length)));
        return (nint)copy;
    }

    private sealed record Case(string Kind, int Rows, int Inner, int Columns)
    {
        public bool IsLinear => Kind is "linear" or "transposed";

        public bool TransposesA => Kind.Contains("aᵀ", StringComparison.Ordinal);

        public bool TransposesB => Kind is "linear" || Kind.Contains("bᵀ", StringComparison.Ordinal);

        public string Shape => $"{Rows} × {Inner} × {Columns}";

        public override string ToString() => $"{Kind} {Shape}";
    }
}
