using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Spectre.Console;
using StreamCluster.Hosting;
using StreamCluster.Load;
using StreamCluster.Messages;
using StreamCluster.Streams;

namespace StreamCluster.CommandLine;

/// <summary>The command line.</summary>
internal static class ClusterCommand
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var console = new SampleConsole("Canceled.");
        var root = new RootCommand("Scores the live streams of many event cameras on a cluster of hosts, which may join and fail.");

        var host = new Command("host", "Runs a host of streams until Ctrl+C.");
        var hostOptions = new HostOptions();
        hostOptions.AddTo(host);
        console.SetAction(host, (result, cancellation) =>
        {
            HostSettings settings = hostOptions.Read(result);
            int unstored = ClusterHost.RunAsync(
                settings, started => ShowReady(console.Output, settings, started), cancellation).GetAwaiter().GetResult();
            console.Output.WriteLine(DescribeEnd(isByItself: settings.Redis is null, unstored));
        });
        root.Add(host);

        var load = new Command("load", "Sends the events of simulated cameras to the hosts, and measures.");
        var loadOptions = new LoadOptions();
        loadOptions.AddTo(load);
        console.SetAction(load, (result, cancellation) =>
        {
            LoadSettings settings = loadOptions.Read(result);
            try
            {
                LoadReport report = LoadRun.RunAsync(
                    settings, now => console.Output.WriteLine(Describe(now)), cancellation).GetAwaiter().GetResult();
                console.Output.WriteLine($"Done. {Describe(report)}");
                if (settings.Verify is not null)
                    console.Output.WriteLine($"All {report.Compared:N0} scores are equal to the local session's, to the last bit.");
            }
            catch (StreamRefusedException e)
            {
                throw new UserException(e.Message, e);
            }
        });
        root.Add(load);
        return SampleConsole.InvokeAsync(root, args);
    }

    /// <summary>What becomes of the streams of a host that was stopped.</summary>
    internal static string DescribeEnd(bool isByItself, int unstored) => isByItself
        ? "Stopped; the streams and their snapshots were in this host's memory, and are lost."
        : unstored == 0 ? "Stopped; the streams have stored their snapshots."
        : $"Stopped; {unstored:N0} of the streams could not store a last snapshot, and go on from the one before.";

    private static void ShowReady(IAnsiConsole console, HostSettings settings, IHost host)
    {
        StreamModel model = host.Services.GetRequiredService<StreamModel>();
        string slices = model.SliceEvents is { } events ? $"slices of {events:N0} events" : "the model's own slices";
        string place = settings.Redis is { } redis ? $"cluster and snapshots in Redis at {redis}" : "by itself, snapshots in its memory";
        console.WriteLine(
            $"Ready for cameras at {settings.Address}:{settings.GatewayPort}: {model.Classes.Count} classes, {slices}, a snapshot every "
            + $"{settings.SnapshotSlices:N0}; {place}.");
    }

    private static string Describe(LoadReport report) =>
        $"{report.Slices:N0} slices in {report.Seconds:N1} s: {report.Slices / Math.Max(report.Seconds, 1e-3):N1} a second; from the "
        + $"sending of its last event a slice took {1000 * report.MedianSeconds:N1} ms (p50), {1000 * report.P99Seconds:N1} ms (p99). "
        + $"{report.Reconnections:N0} reconnections, the longest {report.LongestReconnectionSeconds:N1} s; {report.Resent:N0} events were "
        + "sent again.";
}
