using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>What the neurons of one layer did in all rows so far. Its memory does not grow with them.</summary>
internal sealed class LayerActivityTotals
{
    private readonly int _words, _slots;
    private readonly float[] _thresholds;
    private readonly long[] _spikes;
    // Spikes of any step, and of every step: [H, W, words].
    private readonly ulong[] _ever, _always;

    /// <param name="layer">A layer that has neurons.</param>
    /// <param name="slots">Bits of the number of spikes that a neuron sends in a step.</param>
    /// <param name="timeSteps">Time steps of a row.</param>
    public LayerActivityTotals(SpikingLayer layer, int slots, int timeSteps)
    {
        Shape = layer.Shape;
        _slots = slots;
        _words = layer.Words;
        _thresholds = layer.Threshold!.Span[..layer.Channels].ToArray();
        _spikes = new long[timeSteps];
        _ever = new ulong[layer.Height * layer.Width * layer.Words];
        _always = new ulong[_ever.Length];
        _always.AsSpan().Fill(ulong.MaxValue);
    }

    public SpikingLayerShape Shape { get; }

    /// <summary>Spikes of each time step: [T].</summary>
    public ReadOnlySpan<long> Spikes => _spikes;

    public long AllSpikes => _spikes.Sum();

    public long SynapticOperations { get; set; }

    public DistributionTotals Input { get; } = new();

    public DistributionTotals Membrane { get; } = new();

    public int NeverFiring => Shape.NeuronCount - SpikeBits.Count(_ever, slots: 1);

    public int AlwaysFiring => SpikeBits.Count(_always, slots: 1);

    /// <summary>Channels none of whose neurons has fired.</summary>
    public ImmutableArray<int> DeadChannels()
    {
        ulong[] alive = new ulong[_words];
        for (int i = 0; i < _ever.Length; i++)
            alive[i % _words] |= _ever[i];
        return [.. Enumerable.Range(0, Shape.Channels).Where(c => (alive[c / 64] >> c % 64 & 1) == 0)];
    }

    /// <summary>Takes the spikes of time step <paramref name="step"/>: [slots, H, W, words].</summary>
    public void AddSpikes(int step, ReadOnlySpan<ulong> spikes)
    {
        _spikes[step] += SpikeBits.Count(spikes, _slots);
        for (int i = 0; i < _ever.Length; i++)
        {
            ulong fired = 0;
            for (int slot = 0; slot < _slots; slot++)
                fired |= spikes[slot * _ever.Length + i];
            _ever[i] |= fired;
            _always[i] &= fired;
        }
    }

    /// <summary>Takes the values of one step: [H, W, C] each.</summary>
    public void AddValues(ReadOnlySpan<float> inputs, ReadOnlySpan<float> potentials)
    {
        Input.Add(inputs, _thresholds);
        Membrane.Add(potentials, _thresholds);
    }
}
