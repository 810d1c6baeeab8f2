using System.Numerics;

namespace Microsoft.ML.Snn;

/// <summary>Operations of one layer in all steps so far.</summary>
internal record struct OperationCount(long Additions, long MultiplyAdds, long DenseMultiplyAdds);

/// <summary>Looks on while a run advances: keeps its spikes and counts what they cost.</summary>
internal sealed unsafe class TraceRecorder
{
    private readonly NetworkRun _run;
    private readonly int _classes;
    private readonly List<float[]> _scores = [];
    private readonly List<ulong[]>[] _words;
    private readonly OperationCount[] _operations;

    public TraceRecorder(NetworkRun run, int classes)
    {
        _run = run;
        _classes = classes;
        _words = [.. run.Layers.Select(_ => new List<ulong[]>())];
        _operations = [.. run.Layers.Select(layer => new OperationCount(0, 0, Dense(layer)))];
    }

    /// <summary>Takes down the block of steps that the run has just computed.</summary>
    public void RecordBlock()
    {
        for (int step = 0; step < _run.Steps; step++)
        {
            for (int layer = 0; layer < _run.Layers.Length; layer++)
                RecordLayer(layer, step);
            float[] logits = new float[_classes], scores = new float[_classes];
            _run.ReadLogits(step, logits);
            Softmax.Apply(logits, scores);
            _scores.Add(scores);
        }
    }

    public SpikingTrace ToTrace()
    {
        var layers = _run.Layers.Take(_run.Layers.Length - 1).Select((layer, i) =>
            new LayerTrace(layer.Name, layer.Channels, layer.Height, layer.Width, [.. _words[i]], _operations[i]));
        return new([.. _scores], [.. layers], _operations[^1]);
    }

    private void RecordLayer(int index, int step)
    {
        SpikingLayer layer = _run.Layers[index];
        ref OperationCount count = ref _operations[index];
        foreach (SpikeTerm term in layer.SpikeTerms)
            count.Additions += Reached(term.Window, layer, Counts(_run.Spikes(term.Source, step), term.Window)) * layer.Channels;
        foreach (IdentityTerm term in layer.IdentityTerms)
            count.Additions += Spikes(term.Source, step).ToArray().Sum(word => (long)BitOperations.PopCount(word));
        if (!layer.AnalogIsStatic || _run.FirstStep + step == 0)
        {
            foreach (AnalogTerm term in layer.AnalogTerms)
                count.MultiplyAdds += Reached(term.Window, layer, Counts(_run.Analog(term, step), term.Window)) * layer.Channels;
        }
        if (layer.Threshold is not null)
            _words[index].Add(Spikes(index, step).ToArray());
    }

    private ReadOnlySpan<ulong> Spikes(int index, int step)
    {
        SpikingLayer layer = _run.Layers[index];
        return new(_run.Spikes(index, step), layer.Height * layer.Width * layer.Words);
    }

    /// <summary>Spikes of each pixel.</summary>
    private static int[] Counts(ulong* spikes, Window source)
    {
        int words = SpikingLayer.WordsFor(source.Channels);
        int[] counts = new int[source.Height * source.Width];
        for (int i = 0; i < counts.Length * words; i++)
            counts[i / words] += BitOperations.PopCount(spikes[i]);
        return counts;
    }

    /// <summary>Values of each pixel that are not 0.</summary>
    private static int[] Counts(float* values, Window source)
    {
        int[] counts = new int[source.Height * source.Width];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = source.Channels - new ReadOnlySpan<float>(values + (nint)i * source.Channels, source.Channels).Count(0);
        return counts;
    }

    /// <summary>The sum over the source's pixels of their values times the number of output pixels that see them.</summary>
    private static long Reached(Window window, SpikingLayer layer, int[] counts)
    {
        int[] lines = WindowsOver(window.Height, layer.Height, window), columns = WindowsOver(window.Width, layer.Width, window);
        long reached = 0;
        for (int i = 0; i < counts.Length; i++)
            reached += (long)counts[i] * lines[i / window.Width] * columns[i % window.Width];
        return reached;
    }

    /// <summary>How many windows see each place along one side of the source; places beyond its edge are nobody's work.</summary>
    private static int[] WindowsOver(int size, int outputs, Window window)
    {
        int[] windows = new int[size];
        for (int output = 0; output < outputs; output++)
        {
            int first = output * window.Stride - window.Kernel / 2;
            for (int place = Math.Max(0, first); place < Math.Min(size, first + window.Kernel); place++)
                windows[place]++;
        }
        return windows;
    }

    private static long Dense(SpikingLayer layer)
    {
        long sum = 0;
        foreach (Window window in layer.SpikeTerms.Select(term => term.Window).Concat(layer.AnalogTerms.Select(term => term.Window)))
        {
            int[] all = new int[window.Height * window.Width];
            Array.Fill(all, window.Channels);
            sum += Reached(window, layer, all) * layer.Channels;
        }
        return sum;
    }
}
