using BenchmarkDotNet.Running;
using CircuitGrid.Benchmarks.Gemm;
using CircuitGrid.Benchmarks.Growth;

// "gemm" compares matrix products with OpenBLAS, "growth" times with operation counts, both in a minute; anything else is for BenchmarkDotNet (try --list flat).
if (args is ["gemm", .. var options])
{
    return GemmComparison.Run(options);
}

if (args is ["growth"])
{
    return GrowthTable.Run();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
