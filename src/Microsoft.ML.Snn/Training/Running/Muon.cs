using Microsoft.ML.Snn.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Muon, "momentum orthogonalized by Newton-Schulz" (Jordan et al., 2024), with Nesterov momentum, over weights [out, in, ...] taken as
/// matrices of one row a neuron. A weight matrix of n rows is brought to the Frobenius norm sqrt(n) before each step.
/// </summary>
/// <param name="weights">What changes.</param>
/// <param name="momentum">0 to below 1.</param>
/// <param name="type">
/// What the matrix products are computed in: they are only steps toward an orthogonal matrix, so bfloat16 will do.
/// </param>
internal sealed class Muon(IReadOnlyList<(string Name, Parameter Value)> weights, double momentum, ScalarType type) : IDisposable
{
    private const int Iterations = 3;

    private readonly Tensor?[] _momentum = new Tensor?[weights.Count];

    public void ClearGradients()
    {
        foreach ((_, Parameter weight) in weights)
            weight.grad = null;
    }

    public void Step(double learningRate)
    {
        using IDisposable mode = no_grad();
        using Scalar decay = momentum, rate = -learningRate;
        for (int i = 0; i < weights.Count; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Parameter weight = weights[i].Value;
            if (weight.grad is not { } gradient)
                continue;
            Tensor sum = _momentum[i] ??= zeros_like(weight).DetachFromDisposeScope();
            sum.mul_(decay).add_(gradient);
            Tensor direction = gradient.add(sum, decay);
            Tensor step = Orthogonal(direction.reshape(direction.shape[0], -1)).view(weight.shape);
            weight.div_(weight.norm() / Math.Sqrt(weight.shape[0])).add_(step, rate);
        }
    }

    /// <summary>Momentum by the weights' names; of those without any (yet), nothing.</summary>
    public Dictionary<string, float[]> Read() =>
        weights.Zip(_momentum).Where(pair => pair.Second is not null).ToDictionary(
            pair => pair.First.Name, pair => TensorMemory.ToArray(pair.Second!));

    public void Write(IReadOnlyDictionary<string, float[]> values)
    {
        using IDisposable mode = no_grad();
        for (int i = 0; i < weights.Count; i++)
        {
            if (!values.TryGetValue(weights[i].Name, out float[]? own))
                continue;
            using Tensor source = TensorMemory.FromArray(own, weights[i].Value.shape);
            _momentum[i] ??= zeros_like(weights[i].Value).DetachFromDisposeScope();
            _momentum[i]!.copy_(source);
        }
    }

    public void Dispose()
    {
        foreach (Tensor? buffer in _momentum)
            buffer?.Dispose();
    }

    /// <summary>
    /// A matrix with the singular vectors of <paramref name="matrix"/>, and singular values of 0.7 to 1.2 but for those that were far below
    /// the others: a fifth-degree polynomial, which drives them there, is applied three times.
    /// </summary>
    internal Tensor Orthogonal(Tensor matrix)
    {
        // The polynomial's coefficients are the published ones, made for speed at small singular values.
        const float a = 3.4445f, b = -4.7750f, c = 2.0315f;
        bool isTall = matrix.shape[0] > matrix.shape[1];
        Tensor x = isTall ? matrix.t() : matrix;
        x = (x / (x.norm() + 1e-7)).to(type);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor square = x.matmul(x.t());
            Tensor factor = addmm(square, square, square, beta: b, alpha: c);
            x = addmm(x, factor, x, beta: a, alpha: 1);
        }
        x = x.to(matrix.dtype);
        return isTall ? x.t() : x;
    }
}
