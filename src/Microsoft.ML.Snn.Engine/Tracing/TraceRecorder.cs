namespace Microsoft.ML.Snn;

/// <summary>Looks on while a run advances: keeps its spikes and scores, and in the end what they cost.</summary>
internal sealed unsafe class TraceRecorder
{
    private readonly NetworkRun _run;
    private readonly int _classes;
    private readonly List<float[]> _scores = [];
    private readonly List<ulong[]>[] _words;

    public TraceRecorder(NetworkRun run, int classes)
    {
        _run = run;
        _classes = classes;
        _words = [.. run.Layers.Select(_ => new List<ulong[]>())];
    }

    /// <summary>Probabilities after the last step recorded.</summary>
    public ReadOnlySpan<float> LastScores => _scores[^1];

    /// <summary>Takes down the block of steps that the run has just computed.</summary>
    public void RecordBlock()
    {
        for (int step = 0; step < _run.Steps; step++)
        {
            for (int layer = 0; layer < _run.Layers.Length - 1; layer++)
                _words[layer].Add(Spikes(layer, step).ToArray());
            float[] logits = new float[_classes], scores = new float[_classes];
            _run.ReadLogits(step, logits);
            Softmax.Apply(logits, scores);
            _scores.Add(scores);
        }
    }

    /// <summary>The trace of a run that counts its operations.</summary>
    public SpikingTrace ToTrace()
    {
        OperationCount[] operations = [.. Enumerable.Range(0, _run.Layers.Length).Select(_run.Operations)];
        long[] dense = [.. _run.Layers.Select(Dense)];
        var layers = _run.Layers.Take(_run.Layers.Length - 1).Select((layer, i) =>
            new LayerTrace(layer.Name, layer.Channels, layer.Height, layer.Width, [.. _words[i]], operations[i], dense[i]));
        return new([.. _scores], [.. layers], operations.Aggregate((sum, layer) => sum + layer), dense.Sum());
    }

    private ReadOnlySpan<ulong> Spikes(int index, int step)
    {
        SpikingLayer layer = _run.Layers[index];
        return new(_run.Spikes(index, step), layer.Height * layer.Width * layer.Words);
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
            int first = output * window.Stride - window.Kernel / 2;
            taps += Math.Min(size, first + window.Kernel) - Math.Max(0, first);
        }
        return taps;
    }
}
