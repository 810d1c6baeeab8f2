using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Training.Running;
using PaperFigures.Networks;
using PaperFigures.Pictures;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PaperFigures.Measurements;

/// <summary>Trains a studied network by stochastic gradient descent with momentum 0.9, the paper's loss and no augmentation.</summary>
internal sealed class TrainingSteps(IStudiedNetwork network, int timeSteps) : IDisposable
{
    private const int _evaluationBatch = 100;
    private readonly NetworkOptimizer _optimizer =
        new(TrainingOptimizer.StochasticGradientDescent(weightDecay: 0), ScalarType.Float32, network.Parameters);

    /// <summary>One step; returns the loss before it, and leaves the gradients to be read.</summary>
    public double Step(PictureSet pictures, int[] batch, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        _optimizer.ClearGradients();
        (Tensor images, Tensor labels) = pictures.Batch(batch);
        Tensor scores = network.Forward(images, timeSteps, training: true).mean([0]);
        Tensor loss = nn.functional.cross_entropy(scores, labels);
        network.Backward(loss);
        if (learningRate > 0)
            _optimizer.Step(learningRate);
        return loss.ToDouble();
    }

    /// <summary>The norm of the gradient of the weights that lead to a layer.</summary>
    public double WeightGradient(string layer)
    {
        HashSet<string> names = [.. network.WeightsInto(layer)];
        double sum = 0;
        foreach ((string name, Parameter value) in network.Parameters)
        {
            using Tensor? gradient = names.Contains(name) ? value.grad : null;
            sum += gradient is null ? 0 : Math.Pow(gradient.norm().ToDouble(), 2);
        }
        return Math.Sqrt(sum);
    }

    /// <summary>The share of pictures whose class gets the highest score.</summary>
    public static double Accuracy(IStudiedNetwork network, PictureSet pictures, int timeSteps)
    {
        int correct = 0;
        foreach (int[] batch in Enumerable.Range(0, pictures.Count).Chunk(_evaluationBatch))
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor images, Tensor labels) = pictures.Batch(batch);
            Tensor scores = network.Forward(images, timeSteps, training: false).mean([0]);
            correct += (int)scores.argmax(1).eq(labels).sum().ToInt64();
        }
        return (double)correct / pictures.Count;
    }

    public void Dispose() => _optimizer.Dispose();
}
