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
    // The diagnoser counts what the whole process allocates, so the sum is printed too: one object a row, at least 24 bytes, would make it 24 KiB.
    private const int RowsCounted = 1024;

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
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                .WithInvocationCount(RowsCounted).WithWarmupCount(3).WithIterationCount(quick ? 5 : 20))
            .AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "SnnMl.Benchmarks"));
        Summary summary = BenchmarkRunner.Run<RowScoring>(config);
        if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success))
        {
            Console.Error.WriteLine(string.Join(Environment.NewLine, summary.ValidationErrors.Select(error => error.Message)));
            return 1;
        }
        Console.WriteLine($"{"",-62}{"µs a row",12}{"allocated",12}{"in all",14}");
        long most = 0, control = 0;
        foreach (BenchmarkReport report in summary.Reports)
        {
            long all = report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: false)
                ?? throw new InvalidOperationException("Not measured.");
            long rows = report.GcStats.TotalOperations;
            long bytes = (all + rows - 1) / rows;
            string name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            if (name == RowScoring.ControlDescription)
                control = bytes;
            else
                most = Math.Max(most, bytes);
            Console.WriteLine($"{name,-62}{report.ResultStatistics!.Median / 1000,12:F1}{$"{bytes} B",12}{$"{all} B",14}");
        }
        Console.WriteLine($"RESULT allocated_bytes={most} control_bytes={control}");
        return 0;
    }
}
