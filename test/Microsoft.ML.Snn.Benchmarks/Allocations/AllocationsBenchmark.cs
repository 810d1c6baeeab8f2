using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Microsoft.ML.Snn.Benchmarks.Allocations;

/// <summary>Managed bytes allocated for a row, by BenchmarkDotNet's memory diagnoser, in each way to score.</summary>
internal static class AllocationsBenchmark
{
    // The diagnoser counts what the whole process allocates. A thread that ends, such as one of the runtime's that compile, leaves a started
    // piece of 8 KiB behind, which counts as allocated: the diagnoser can leave out a sum that small. So many rows are scored that a single object a row,
    // at least 24 bytes, adds up to more.
    private const int RowsCounted = 512;

    public static int Run(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: allocations [--quick]");
            return 2;
        }
        IConfig config = ManualConfig.CreateEmpty()
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithInvocationCount(RowsCounted).WithWarmupCount(3).WithIterationCount(quick ? 5 : 20))
            .AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "SnnMl.Benchmarks"));
        Summary summary = BenchmarkRunner.Run<RowScoring>(config);
        if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success))
        {
            Console.Error.WriteLine(string.Join(Environment.NewLine, summary.ValidationErrors.Select(error => error.Message)));
            return 1;
        }
        Console.WriteLine($"{"",-62}{"µs a row",12}{"allocated",12}");
        long most = 0;
        foreach (BenchmarkReport report in summary.Reports)
        {
            long all = report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: true)
                ?? throw new InvalidOperationException("Not measured.");
            long bytes = (all + report.GcStats.TotalOperations - 1) / report.GcStats.TotalOperations;
            most = Math.Max(most, bytes);
            string name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            Console.WriteLine($"{name,-62}{report.ResultStatistics!.Median / 1000,12:F1}{$"{bytes} B",12}");
        }
        Console.WriteLine($"RESULT allocated_bytes={most}");
        return 0;
    }
}
