using BenchmarkDotNet.Running;
using CircuitGrid.Benchmarks.Gemm;

// "gemm" compares matrix products with OpenBLAS in a minute; anything else is for BenchmarkDotNet (try --list flat).
if (args is ["gemm", .. var options])
{
    return GemmComparison.Run(options);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
