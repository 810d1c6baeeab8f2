using System.CommandLine;
using Microsoft.ML.Snn;
using Spectre.Console;

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
            SpikingResNetTrainer.Options training = trainingOptions.Read(result, pictures);
            using MpiCommunicator? mpi = trainingOptions.StartMpi(result);
            training.Communicator = mpi;
            try
            {
                var run = new TrainAndScoreRun(
                    mpi is { Rank: > 0 } ? Silent() : console.Output, pictures, training, trainingOptions.Teacher(result),
                    trainingOptions.Onnx(result));
                run.Run(cancellation);
            }
            catch (Exception e) when (mpi is { Size: > 1 })
            {
                // The other processes would wait for this one.
                mpi.Abort(e.Message);
                throw;
            }
        });

        var baselineOptions = new PictureOptions();
        var baseline = new Command("baseline", "Trains a linear model on the same pictures and shows how far it comes.");
        baselineOptions.AddTo(baseline);
        console.SetAction(baseline, (result, _) => new BaselineRun(console.Output).Run(baselineOptions.Read(result)));
        root.Add(baseline);

        return SampleConsole.InvokeAsync(root, args);
    }

    /// <summary>For all processes but the first, which says it all.</summary>
    private static IAnsiConsole Silent() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null),
    });
}
