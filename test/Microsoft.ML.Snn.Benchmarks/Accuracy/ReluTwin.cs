using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Benchmarks.Training;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>A network of the same layers with ReLU instead of neurons, trained as the options say: what spikes cost in accuracy.</summary>
internal static class ReluTwin
{
    public static double Train(SpikingResNetTrainer.Options options, Pictures.Row[] training, Pictures.Row[] heldOut)
    {
        TorchNatives.EnsureLoaded();
        var shape = new SampleShape(null, Pictures.Channels, Pictures.Size, Pictures.Size);
        var columns = new ExampleColumns(shape, Pictures.Classes, Labels: null);
        var seeds = new SeedSequence(options.Seed!.Value);
        TrainingPlan plan = options.Plan(columns, options.Phases(columns), seeds, CPU);
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(options.Seed.Value);
        using var network = new EagerNetwork(plan.Phases[0].Network, neuron: null);
        using var optimizer = new NetworkOptimizer(
            options.Optimizer, ScalarType.Float32, [.. network.named_parameters().Select(pair => (pair.name, pair.parameter))]);
        Tensor[] state = [.. network.state_dict().Values.Where(value => value.is_floating_point())];
        Tensor[] averages = [.. state.Select(value => value.detach().clone())];

        SamplePreparation preparation = Preparation(training, shape, options);
        var shuffling = new Random(options.Seed.Value);
        int[] order = [.. Enumerable.Range(0, training.Length)];
        int batches = (training.Length + options.BatchSize - 1) / options.BatchSize;
        var rates = new LearningRatePlan(options.Schedule, options.LearningRate, options.Epochs, batches);
        long step = 0;
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            shuffling.Shuffle(order);
            foreach (int[] rows in order.Chunk(options.BatchSize))
            {
                using DisposeScope inner = NewDisposeScope();
                Batch batch = Batches.Make(rows, training, preparation, shuffling);
                optimizer.ClearGradients();
                Tensor loss = nn.functional.cross_entropy(
                    network.call(Input(batch), 1)[0], tensor(batch.Labels), label_smoothing: options.LabelSmoothing);
                loss.backward();
                optimizer.Step(rates.At(step));
                Average(averages, state, step++, options.WeightAverageDecay);
            }
        }
        using (no_grad())
        {
            foreach ((Tensor value, Tensor average) in state.Zip(averages))
                value.copy_(average);
        }
        network.eval();
        using IDisposable still = no_grad();
        long correct = 0;
        foreach (int[] rows in Enumerable.Range(0, heldOut.Length).Chunk(100))
        {
            using DisposeScope inner = NewDisposeScope();
            Batch batch = Batches.Make(rows, heldOut, preparation, random: null);
            correct += network.call(Input(batch), 1)[0].argmax(1).eq(tensor(batch.Labels)).sum().ToInt64();
        }
        return (double)correct / heldOut.Length;
    }

    // As the trainer averages: the first steps weigh more.
    private static void Average(Tensor[] averages, Tensor[] state, long step, double decay)
    {
        double kept = Math.Min(decay, (step + 1) / (step + 10.0));
        using IDisposable still = no_grad();
        foreach ((Tensor average, Tensor value) in averages.Zip(state))
            average.mul_(kept).add_(value, 1 - kept);
    }

    private static SamplePreparation Preparation(Pictures.Row[] training, SampleShape shape, SpikingResNetTrainer.Options options)
    {
        const int pixels = Pictures.Size * Pictures.Size;
        var (mean, deviation) = (new float[Pictures.Channels], new float[Pictures.Channels]);
        for (int c = 0; c < Pictures.Channels; c++)
        {
            double sum = 0, squares = 0;
            foreach (Pictures.Row row in training)
            {
                foreach (float value in row.Features.AsSpan(c * pixels, pixels))
                    (sum, squares) = (sum + value, squares + value * value);
            }
            double count = (double)training.Length * pixels;
            mean[c] = (float)(sum / count);
            deviation[c] = (float)Math.Sqrt(squares / count - mean[c] * mean[c]);
        }
        return new(shape, (mean, deviation), options.Augmentation);
    }

    private static Tensor Input(Batch batch) =>
        tensor(batch.Features).reshape(-1, Pictures.Channels, Pictures.Size, Pictures.Size);
}
