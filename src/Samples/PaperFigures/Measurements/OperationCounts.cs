using Microsoft.ML.Snn;
using PaperFigures.Pictures;

namespace PaperFigures.Measurements;

/// <summary>What one picture costs a folded network, on average.</summary>
internal sealed record OperationCounts
{
    /// <summary>Spikes by neuron and step.</summary>
    public required double FiringRate { get; init; }

    /// <summary>Synaptic operations: one for each neuron that a spike reaches.</summary>
    public required double SynapticOperations { get; init; }

    /// <summary>Those of them that go through the pooling into the linear layer behind it.</summary>
    public required double IntoPooled { get; init; }

    /// <summary>Multiply-adds of the first convolution, which reads the image, once.</summary>
    public required double StemMultiplyAdds { get; init; }

    /// <summary>Neurons times steps.</summary>
    public required double NeuronUpdates { get; init; }

    /// <summary>Additions that the engine did.</summary>
    public required double Additions { get; init; }

    /// <summary>Multiply-adds that the engine did.</summary>
    public required double MultiplyAdds { get; init; }

    /// <summary>Multiply-adds of a dense network of the same layers.</summary>
    public required double DenseMultiplyAdds { get; init; }

    public static OperationCounts Count(SpikingNetwork network, PictureSet pictures, int count, CancellationToken cancellation)
    {
        var traces = new List<SpikingTrace>();
        // Evenly from all classes.
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            traces.Add(network.Trace(pictures.Picture((int)((long)i * pictures.Count / count))));
        }
        double neurons = traces[0].Layers.Sum(layer => (double)layer.Shape.NeuronCount) * network.TimeSteps;
        return new()
        {
            FiringRate = traces.Average(trace => trace.Spikes) / neurons,
            SynapticOperations = traces.Average(trace => trace.SynapticOperations),
            IntoPooled = traces.Average(trace => trace.SynapticOperations
                - trace.Layers.Where(layer => layer.Shape is not { Height: 1, Width: 1 }).Sum(layer => layer.SynapticOperations)),
            StemMultiplyAdds = traces[0].Layers[0].DenseMultiplyAdds,
            NeuronUpdates = neurons,
            Additions = traces.Average(trace => trace.Additions),
            MultiplyAdds = traces.Average(trace => trace.MultiplyAdds),
            DenseMultiplyAdds = traces[0].DenseMultiplyAdds,
        };
    }
}
