using BenchmarkDotNet.Running;
using CircuitGrid.Benchmarks.Comparison;
using CircuitGrid.Benchmarks.Coverage;
using CircuitGrid.Benchmarks.EqualWeights;
using CircuitGrid.Benchmarks.Estimators;
using CircuitGrid.Benchmarks.Floor;
using CircuitGrid.Benchmarks.Gemm;
using CircuitGrid.Benchmarks.Growth;
using CircuitGrid.Benchmarks.Hub;
using CircuitGrid.Benchmarks.Tokenizers;

// "gemm" compares matrix products with OpenBLAS, "floor" shapes with what these products would allow, "growth" times with operation counts, each in minutes,
// "tokenizers FOLDER" times encoding beside Hugging Face's library, "trajectory" a comparison of 154 large circuits, "hub" a run whose weights are fetched
// meanwhile; "estimators SUITE" and "coverage" print tables of docs/method.md; anything else is for BenchmarkDotNet (try --list flat).
if (args is ["gemm", .. var options])
{
    return GemmComparison.Run(options);
}

if (args is ["floor", .. var floored])
{
    return FloorTable.Run(floored);
}

if (args is ["trajectory"])
{
    return TrajectoryTiming.Run();
}

if (args is ["estimators", var suite])
{
    return EstimatorTable.Run(suite);
}

if (args is ["search", .. var shapes])
{
    return CircuitGrid.Benchmarks.Search.SearchTiming.Run(shapes);
}

if (args is ["sizes", var sized])
{
    return SizeTable.Run(sized);
}

if (args is ["verdicts", var judged])
{
    return VerdictTable.Run(judged);
}

if (args is ["verdict-simulation"])
{
    return VerdictSimulationTable.Run();
}

if (args is ["coverage"])
{
    return CoverageTable.Run();
}

if (args is ["growth"])
{
    return GrowthTable.Run();
}

if (args is ["tokenizers", var files])
{
    return TokenizerTiming.Run(files);
}

if (args is ["hub"])
{
    return await HubTiming.RunAsync();
}

BenchmarkSwitcher.FromAssembly(typeof(GrowthTable).Assembly).Run(args);
return 0;
