using Spectre.Console;
using Spectre.Console.Rendering;

namespace TrainAndScore.Progress;

/// <summary>Training speed beside the progress bar.</summary>
internal sealed class SamplesPerSecondColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.Speed is { } speed ? $"{speed:F0} samples/s" : "- samples/s");
}
