using System.Globalization;
using Microsoft.ML.Snn.Benchmarks.Events;
using Microsoft.ML.Snn.Benchmarks.Training;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["training", .. string[] rest]:
        return TrainingBenchmark.Run(rest);
    case [StepServer.Command, .. string[] rest]:
        return StepServer.Run(rest);
    case ["events", .. string[] rest]:
        return EventsBenchmark.Run(rest);
    default:
        Console.Error.WriteLine("Say which benchmark to run: training [--quick] or events [--quick]");
        return 2;
}
