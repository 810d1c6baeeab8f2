using System.CommandLine;

namespace EventCamera.CommandLine;

/// <summary>The command line.</summary>
internal static class SampleCommand
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var console = new SampleConsole();
        var options = new SampleOptions();
        var root = new RootCommand("Trains a spiking ResNet on event-camera recordings, evaluates it and scores a live stream with it.");
        options.AddTo(root);
        console.SetAction(root, (result, cancellation) => new EventCameraRun(console.Output, options.Read(result)).Run(cancellation));
        return SampleConsole.InvokeAsync(root, args);
    }
}
