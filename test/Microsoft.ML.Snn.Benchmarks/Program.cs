using System.Globalization;
using Microsoft.ML.Snn.Benchmarks.Events;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["events", .. string[] rest]:
        return EventsBenchmark.Run(rest);
    default:
        Console.Error.WriteLine("Say which benchmark to run: events [--quick]");
        return 2;
}
