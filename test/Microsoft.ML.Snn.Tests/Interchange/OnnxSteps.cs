using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>The step form, step after step, is the unrolled form and the engine's stream.</summary>
public class OnnxSteps
{
    private const int Rows = 3;

    public static TheoryData<bool, int> Cases => new(
        from inputHasTimeSteps in new[] { false, true } from maxSpikes in new[] { 1, 3 } select (inputHasTimeSteps, maxSpikes));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_add_up_to_the_unrolled_scores(bool inputHasTimeSteps, int maxSpikes)
    {
        var shape = new RandomGraphs.Shape(3, 6, 5, 12, 3, 2, 4, inputHasTimeSteps);
        foreach (bool quantize in (bool[])[false, true])
        {
            var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 3, maxSpikes));
            network = quantize ? network.Quantize() : network;
            float[] features = [.. Enumerable.Range(0, Rows).SelectMany(row => RandomGraphs.Features(shape, row))];
            float[] logits = new float[Rows * network.ClassCount];
            foreach (float[] step in Run(network, features, network.TimeSteps))
            {
                for (int i = 0; i < logits.Length; i++)
                    logits[i] += step[i];
            }
            using OnnxModel unrolled = OnnxModel.Of(network);
            float[] expected = unrolled.Run(features, Rows)["Score"], scores = new float[network.ClassCount];
            for (int row = 0; row < Rows; row++)
            {
                Softmax.Apply(
                    [.. logits[(row * scores.Length)..((row + 1) * scores.Length)].Select(sum => sum / network.TimeSteps)], scores);
                Assert.All(scores.Zip(expected[(row * scores.Length)..]), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
            }
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void A_stream_of_8_bits_goes_on_as_the_engines_does(int maxSpikes, bool isSoft)
    {
        var shape = new RandomGraphs.Shape(2, 6, 5, 12, 3, 1, 20, InputHasTimeSteps: true);
        SpikingNetwork network = new SpikingNetwork(RandomGraphs.Create(
            shape with { TimeSteps = 4 }, seed: 7, maxSpikes, isSoft ? ResetKind.Soft : ResetKind.Hard)).Quantize();
        // Longer than T.
        float[] features = RandomGraphs.Features(shape, 1);
        StreamRun stream = network.CreateStream(workers: 1);
        stream.Begin();
        int slice = 2 * 6 * 5, step = 0;
        foreach (float[] logits in Run(network, features, shape.TimeSteps, rows: 1))
        {
            stream.Advance(features.AsSpan(step++ * slice, slice), new WorkerTeam(1));
            Assert.Equal(stream.StepScores.ToArray(), logits);
        }
        Assert.Equal(20, step);
    }

    [Fact]
    public void Inputs_and_outputs_are_named_after_the_neurons()
    {
        var network = new SpikingNetwork(RandomGraphs.Create(new(3, 6, 5, 12, 3, 2, 4, InputHasTimeSteps: true), seed: 3));
        using OnnxModel model = OnnxModel.Of(network, new() { Form = OnnxGraphForm.Step, InputLayout = OnnxInputLayout.Map });
        NetworkLayer[] neurons = [.. network.Layers.Where(layer => layer.Kind == NetworkLayerKind.Neurons)];
        Assert.Equal([-1, 3, 6, 5], model.Inputs["Features"].Dimensions);
        Assert.Equal(neurons.Select(layer => $"{layer.Name}.membrane").Append("Features").Order(), model.Inputs.Keys.Order());
        Assert.Equal(neurons.Select(layer => $"{layer.Name}.membrane.next").Append("Logits").Order(), model.Outputs.Keys.Order());
        Assert.All(neurons, layer =>
        {
            int[] sizes = [-1, layer.OutputChannels, layer.Height, layer.Width];
            Assert.Equal(sizes, model.Inputs[$"{layer.Name}.membrane"].Dimensions);
            Assert.Equal(sizes, model.Outputs[$"{layer.Name}.membrane.next"].Dimensions);
        });
    }

    /// <summary>The logits of each step, [rows, classes].</summary>
    private static IEnumerable<float[]> Run(SpikingNetwork network, float[] features, int steps, int rows = Rows)
    {
        using OnnxModel model = OnnxModel.Of(network, new() { Form = OnnxGraphForm.Step });
        var inputs = model.Inputs.ToDictionary(
            input => input.Key, input => new float[input.Value.Dimensions.Skip(1).Aggregate(rows, (product, size) => product * size)]);
        int slice = inputs["Features"].Length / rows, length = features.Length / rows;
        for (int step = 0; step < steps; step++)
        {
            for (int row = 0; row < rows; row++)
                features.AsSpan(row * length + (length > slice ? step * slice : 0), slice).CopyTo(inputs["Features"].AsSpan(row * slice));
            Dictionary<string, float[]> outputs = model.Run(inputs, rows);
            foreach (string name in inputs.Keys.Where(name => name != "Features"))
                inputs[name] = outputs[$"{name}.next"];
            yield return outputs["Logits"];
        }
    }
}
