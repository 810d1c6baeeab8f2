using System.CommandLine;

namespace TrainAndScore.CommandLine;

/// <summary>The command line: the sample itself and its linear baseline.</summary>
internal static class SampleCommand
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var console = new SampleConsole();
        var pictureOptions = new PictureOptions();
        var trainingOptions = new TrainingOptions();
        var root = new RootCommand("Trains a spiking ResNet on pictures, evaluates it, saves it as one zip and scores with the zip.");
        pictureOptions.AddTo(root);
        trainingOptions.AddTo(root);
        console.SetAction(root, (result, cancellation) =>
        {
            PictureSettings pictures = pictureOptions.Read(result);
            var run = new TrainAndScoreRun(
                console.Output, pictures, trainingOptions.Read(result, pictures), trainingOptions.Teacher(result),
                trainingOptions.Onnx(result));
            run.Run(cancellation);
        });

        var baselineOptions = new PictureOptions();
        var baseline = new Command("baseline", "Trains a linear model on the same pictures and shows how far it comes.");
        baselineOptions.AddTo(baseline);
        console.SetAction(baseline, (result, _) => new BaselineRun(console.Output).Run(baselineOptions.Read(result)));
        root.Add(baseline);

        return SampleConsole.InvokeAsync(root, args);
    }
}
