using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn;

/// <summary>
/// A network that a training begins with instead of random weights, by one of the factories below, and how it is treated. It must have the
/// layers of the trainer's <c>Architecture</c> and its <c>Neuron</c>; time steps, image size and classes may be others,
/// the image size not where the architecture's <c>HeadPooling</c> is other than 0 and more is taken over than the layers before the head.
/// </summary>
/// <remarks>
/// <para>
/// A trained model has its batch normalization folded into its weights. Before the first step the trainer scores some of the new samples
/// (the first 2,048 of the first epoch) to give each channel statistics again, unless the model was saved with them
/// (<c>KeepTrainingState</c>). The network then scores as it did before, but for rounding, and training goes on from there.
/// </para>
/// <code>
/// var options = new SpikingResNetTrainer.Options
/// {
///     InitialNetwork = InitialNetwork.FromModel("model.zip") with { FrozenStages = 1, LearningRateFactor = 0.1 },
/// };
/// </code>
/// </remarks>
public sealed record InitialNetwork
{
    private InitialNetwork(NetworkGraph<float>? graph, IReadOnlyDictionary<string, float[]>? tensors) =>
        (Graph, Tensors) = (graph, tensors);

    /// <summary>
    /// What of the network stays as it is, with the statistics that it normalizes by: 0 for the stem, n for the stem and the first n
    /// stages. No gradients are computed for it, which saves time and memory. Null (default): nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? FrozenStages
    {
        get;
        init => field = value is null or >= 0
            ? value : throw new ArgumentOutOfRangeException(nameof(FrozenStages), value, "The number of frozen stages must be 0 or more.");
    }

    /// <summary>
    /// What the learning rate is multiplied by for all that is taken over; a new output layer has the whole rate. Above 0 to 1. Default 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double LearningRateFactor
    {
        get;
        init => field = value is > 0 and <= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(LearningRateFactor), value, "The factor on the learning rate must be above 0 and at most 1.");
    } = 1;

    /// <summary>
    /// Whether the output layer begins with random weights. Null (default): it does where the classes are others, by their number or, where
    /// both are known, by their names in their order. False is refused where their number is another.
    /// </summary>
    public bool? NewHead { get; init; }

    /// <summary>A model's; null for tensors alone.</summary>
    internal NetworkGraph<float>? Graph { get; }

    /// <summary>Those of a network in training; null for a model without.</summary>
    internal IReadOnlyDictionary<string, float[]>? Tensors { get; }

    /// <summary>Tells networks apart.</summary>
    internal UInt128 ContentHash { get; private init; }

    /// <summary>A trained network. With 8-bit weights it begins with what these stand for.</summary>
    /// <param name="network">The network.</param>
    public static InitialNetwork FromNetwork(SpikingNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return From(network, null);
    }

    /// <summary>
    /// The one network of a zip that <c>MLContext.Model.Save</c> or <see cref="SpikingNetwork.Save(string)"/> wrote; where a model was
    /// trained with <c>KeepTrainingState</c>, with its batch statistics and with weights that were never folded nor rounded to 8 bits.
    /// </summary>
    /// <param name="path">Path of the zip; it is read at once.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not a zip, is damaged, is of a newer version, or holds no or several spiking networks; the message says which.
    /// </exception>
    public static InitialNetwork FromModel(string path)
    {
        SpikingNetwork network = SpikingNetwork.Load(path);
        return From(network, TrainingStateEntry.Load(path, network));
    }

    /// <summary>
    /// The network in a checkpoint that the trainer wrote: that of the best epoch where early stopping was on, averaged weights where
    /// they were averaged. It has its batch statistics still, but knows neither its classes' names nor an input normalization: that of the
    /// new samples is taken. Of the options that made it, only what shows in the sizes of its tensors can be compared with those of the
    /// run: strides, and of the neuron decay, threshold and the most spikes a step, have to be given as they were.
    /// </summary>
    /// <param name="path">Path of the file; it is read at once.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">The file is no checkpoint, or damaged.</exception>
    public static InitialNetwork FromCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Checkpoint checkpoint = Checkpoint.Read(path);
        IReadOnlyDictionary<string, float[]> tensors = checkpoint.Best?.Tensors
            ?? (checkpoint.State.Average.Count > 0 ? checkpoint.State.Average : checkpoint.State.Tensors);
        return new(null, tensors) { ContentHash = TensorHash.Of(tensors.Select(tensor => (tensor.Key, tensor.Value))) };
    }

    private static InitialNetwork From(SpikingNetwork network, IReadOnlyDictionary<string, float[]>? tensors)
    {
        NetworkGraph<float> graph = network.ToGraph();
        IEnumerable<(string, float[])> arrays = graph.Nodes.SelectMany(node => Arrays(node).Select(values => (node.Name, values)));
        string classes = string.Join('\0', graph.Labels ?? Enumerable.Empty<string>());
        IEnumerable<(string, float[])> kept = (tensors ?? new Dictionary<string, float[]>()).Select(tensor => (tensor.Key, tensor.Value));
        return new(graph, tensors) { ContentHash = TensorHash.Of(arrays.Append((classes, [graph.Height, graph.Width])).Concat(kept)) };
    }

    private static float[][] Arrays(NetworkNode<float> node) => node switch
    {
        ChannelScaleNode<float> scaled => [scaled.Scale, scaled.Offset],
        WeightedNode<float> weighted => [weighted.Weights, weighted.Bias],
        NeuronNode<float> neurons => [neurons.Decay, neurons.Threshold, [neurons.MaxSpikes]],
        _ => [[]],
    };
}
