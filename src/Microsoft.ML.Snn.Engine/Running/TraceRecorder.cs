using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>
/// Looks on while a run advances: keeps its spikes and scores, and in the end what they cost; where it is the run's observer, inputs and
/// membrane potentials too.
/// </summary>
internal sealed class TraceRecorder : INeuronObserver
{
    private readonly BlockRun _run;
    private readonly int _classes;
    private readonly List<float[]> _scores = [];
    private readonly List<ulong[]>[] _words;
    private readonly List<float[]>[] _inputs, _potentials;

    public TraceRecorder(BlockRun run, int classes)
    {
        _run = run;
        _classes = classes;
        // The last layer has no neurons.
        int layers = run.Layers.Length - 1;
        _words = [.. Enumerable.Range(0, layers).Select(_ => new List<ulong[]>())];
        _inputs = [.. Enumerable.Range(0, layers).Select(_ => new List<float[]>())];
        _potentials = [.. Enumerable.Range(0, layers).Select(_ => new List<float[]>())];
    }

    /// <summary>Probabilities after the last step recorded.</summary>
    public ReadOnlySpan<float> LastScores => _scores[^1];

    /// <summary>Takes down a step.</summary>
    public void Record(RowStep step)
    {
        for (int layer = 0; layer < _words.Length; layer++)
            _words[layer].Add(step.Spikes(layer).ToArray());
        float[] scores = new float[_classes];
        step.ReadScores(scores);
        _scores.Add(scores);
    }

    public void Observe(int layer, ReadOnlySpan<float> inputs, ReadOnlySpan<float> potentials)
    {
        _inputs[layer].Add(ChannelByChannel(inputs, _run.Layers[layer].Channels));
        _potentials[layer].Add(ChannelByChannel(potentials, _run.Layers[layer].Channels));
    }

    /// <summary>The trace of a run that counts its operations.</summary>
    public SpikingTrace ToTrace()
    {
        OperationCount[] operations = [.. Enumerable.Range(0, _run.Layers.Length).Select(_run.Operations)];
        long[] dense = [.. _run.Layers.Select(Dense)];
        var layers = _words.Select((words, i) => new LayerTrace(
            _run.Layers[i].Shape, _run.Slots, [.. words], [.. _inputs[i]], [.. _potentials[i]], operations[i], dense[i]));
        return new([.. _scores], PredictedClass.Of(LastScores), [.. layers], operations.Aggregate((sum, layer) => sum + layer),
            dense.Sum());
    }

    /// <summary>[H, W, C] -> [C, H, W].</summary>
    private static float[] ChannelByChannel(ReadOnlySpan<float> values, int channels)
    {
        float[] ordered = new float[values.Length];
        int pixels = values.Length / channels;
        for (int i = 0; i < values.Length; i++)
            ordered[i % channels * pixels + i / channels] = values[i];
        return ordered;
    }

    /// <summary>Multiply-adds of a dense layer: weights under windows that lie on the source.</summary>
    private static long Dense(SpikingLayer layer)
    {
        long sum = 0;
        foreach (Window window in layer.SpikeTerms.Select(term => term.Window).Concat(layer.AnalogTerms.Select(term => term.Window)))
            sum += Taps(window.Height, layer.Height, window) * Taps(window.Width, layer.Width, window) * window.Channels * layer.Channels;
        return sum;
    }

    /// <summary>Taps of all windows along one side of the source; places beyond its edge are nobody's work.</summary>
    private static long Taps(int size, int outputs, Window window)
    {
        long taps = 0;
        for (int output = 0; output < outputs; output++)
        {
            int first = output * window.Stride - window.Padding;
            taps += Math.Min(size, first + window.Kernel) - Math.Max(0, first);
        }
        return taps;
    }
}
