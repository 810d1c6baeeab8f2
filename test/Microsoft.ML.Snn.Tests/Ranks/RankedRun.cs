using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>A training of tiny images on one rank.</summary>
internal sealed class RankedRun
{
    public float[][] Weights { get; private init; } = [];

    /// <summary>Of each step; of rank 0 only.</summary>
    public List<double> Losses { get; } = [];

    /// <summary>Of each epoch; of rank 0 only.</summary>
    public List<TrainingMetrics> Epochs { get; } = [];

    /// <summary>What the log has heard.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Trains on every rank at once.</summary>
    /// <param name="size">How many ranks.</param>
    /// <param name="set">Sets the options of a rank.</param>
    /// <param name="rows">Of each rank; null for the same on all.</param>
    public static RankedRun[] Train(
        int size, Action<SpikingResNetTrainer.Options, int>? set = null, Func<int, TinyImages.Row[]>? rows = null) =>
        ThreadRanks.Run(size, communicator => Fit(communicator, set, rows));

    /// <summary>The same where ranks fail: what each has thrown.</summary>
    public static Exception?[] Fail(
        int size, out string? abortMessage, Action<SpikingResNetTrainer.Options, int>? set = null, Func<int, TinyImages.Row[]>? rows = null,
        Func<TrainingCommunicator, TrainingCommunicator>? wrap = null) =>
        [.. ThreadRanks.Try(size, communicator => Fit(wrap?.Invoke(communicator) ?? communicator, set, rows), out abortMessage)
            .Select(outcome => outcome.Failure)];

    public static IDataView Keyed(MLContext context, TinyImages.Row[] rows)
    {
        IDataView view = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey(
            "Label", nameof(TinyImages.Row.Name), keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(view).Transform(view);
    }

    private static RankedRun Fit(
        TrainingCommunicator communicator, Action<SpikingResNetTrainer.Options, int>? set, Func<int, TinyImages.Row[]>? rows)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 3);
        options.Communicator = communicator;
        var losses = new List<double>();
        var epochs = new List<TrainingMetrics>();
        var log = new List<string>();
        options.Progress = new ProgressOnThread(progress => losses.Add(progress.Loss));
        options.MetricsCallback = epochs.Add;
        var context = new MLContext(seed: 1);
        context.Log += (_, e) =>
        {
            if (e.Kind is Runtime.ChannelMessageKind.Info or Runtime.ChannelMessageKind.Warning)
                log.Add(e.RawMessage);
        };
        set?.Invoke(options, communicator.Rank);
        IDataView data = Keyed(context, rows?.Invoke(communicator.Rank) ?? TinyImages.Rows(12));
        SpikingNetwork network = context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
        var run = new RankedRun { Weights = WeightsOf(network) };
        run.Losses.AddRange(losses);
        run.Epochs.AddRange(epochs);
        run.Log.AddRange(log);
        return run;
    }

    public static float[][] WeightsOf(SpikingNetwork network) => [.. network.ToGraph().Nodes.Select(node => node switch
    {
        ConvolutionNode<float> convolution => [.. convolution.Weights, .. convolution.Bias],
        LinearNode<float> linear => [.. linear.Weights, .. linear.Bias],
        AffineNode<float> affine => [.. affine.Scale, .. affine.Offset],
        _ => Array.Empty<float>(),
    })];
}
