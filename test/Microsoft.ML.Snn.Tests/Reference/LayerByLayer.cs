using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>
/// Compares the engine's layers with the float64 reference one by one. Each layer is fed the reference's spikes, so that one spike that
/// flips by rounding cannot hide or cause another.
/// </summary>
internal static class LayerByLayer
{
    private const double Tolerance = 1e-4;

    /// <summary>Asserts equal spikes wherever the reference is not within 1e-4 of its threshold; returns (flipped, all) neurons.</summary>
    public static (int Flipped, int All) Compare<T>(NetworkGraph<T> reference, NetworkGraph<float> graph, float[] features, VectorWidth width)
        where T : struct, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var expected = new GraphReference<T>(reference);
        expected.Score(features);
        var network = new SpikingNetwork(graph);
        BlockRun run = network.CreateRun();
        run.Width = width;
        var team = new WorkerTeam(1);
        int flipped = 0, all = 0;
        run.Begin();
        while (!run.IsComplete)
        {
            run.StartBlock(features);
            for (int i = 0; i < run.Layers.Length; i++)
            {
                run.ComputeLayer(i, team);
                SpikingLayer layer = run.Layers[i];
                if (layer.Threshold is null)
                    continue;
                for (int step = 0; step < run.Steps; step++)
                    flipped += CompareStep(run, i, step, expected.Membranes[layer.Name], expected.Outputs[layer.Name], run.FirstStep + step);
                all += layer.Channels * layer.Height * layer.Width * run.Steps;
            }
        }
        return (flipped, all);
    }

    /// <summary>Compares a layer's spikes in one step and puts the reference's in their place.</summary>
    private static unsafe int CompareStep(BlockRun run, int index, int step, List<Map> membranes, List<Map> spikes, int t)
    {
        SpikingLayer layer = run.Layers[index];
        int pixels = layer.Height * layer.Width, flipped = 0;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            for (int c = 0; c < layer.Words * 64; c++)
            {
                int sent = Sent(pixel, c);
                if (c >= layer.Channels)
                {
                    Assert.True(sent == 0, $"{layer.Name}: channel {c} is padding and fires");
                    continue;
                }
                int i = c * pixels + pixel;
                var expected = (int)spikes[t].Values[i];
                if (sent != expected)
                {
                    // A neuron that was near a threshold earlier has another membrane potential since.
                    double threshold = layer.Threshold!.Span[c];
                    bool isNear = membranes.Take(t + 1).Any(membrane => Enumerable.Range(1, layer.MaxSpikes).Any(spike =>
                        Math.Abs(membrane.Values[i] - threshold * (2 * spike - 1)) <= Tolerance));
                    Assert.True(isNear, $"{layer.Name}, step {t}, channel {c}, pixel {pixel}: {sent} at u = {membranes[t].Values[i]}");
                    flipped++;
                    for (int slot = 0; slot < run.Slots; slot++)
                        Word(slot, pixel, c) ^= (ulong)((sent ^ expected) >> slot & 1) << c % 64;
                }
            }
        }
        return flipped;

        ref ulong Word(int slot, int pixel, int c) =>
            ref run.Spikes(index, step * run.Slots + slot)[pixel * layer.Words + c / 64];

        int Sent(int pixel, int c) => Enumerable.Range(0, run.Slots).Sum(slot => (int)(Word(slot, pixel, c) >> c % 64 & 1) << slot);
    }
}
