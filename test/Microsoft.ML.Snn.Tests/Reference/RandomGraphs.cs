using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>Small folded graphs with every kind of node and any size.</summary>
internal static class RandomGraphs
{
    /// <param name="Channels">Of the hidden layers.</param>
    internal sealed record Shape(
        int Input, int Height, int Width, int Channels, int Kernel, int Stride, int TimeSteps, bool InputHasTimeSteps)
    {
        public int Classes { get; init; } = 3;

        /// <summary>Whether the first convolution, and the two that are strided, keep all but a row and a column of their output.</summary>
        public bool Crops { get; init; }
    }

    /// <summary>
    /// Normalized input (static only) -> convolution -> neurons -> convolution + identity -> neurons -> strided convolution + strided 1x1
    /// shortcut -> neurons -> pool -> linear -> neurons -> linear.
    /// </summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="seed">Of its weights.</param>
    /// <param name="maxSpikes">The most that its neurons send in a step, but for the first layer, which sends one less.</param>
    /// <param name="reset">What a spike does to the potential.</param>
    public static NetworkGraph<float> Create(Shape shape, int seed, int maxSpikes = 1, ResetKind reset = ResetKind.Hard)
    {
        var random = new Random(seed);
        (int Height, int Width) map = (shape.Height, shape.Width);
        int channels = shape.Channels, wide = channels + channels / 2 + 1;
        var nodes = new List<NetworkNode<float>>();
        string input = NetworkNode<float>.NetworkInput;
        if (!shape.InputHasTimeSteps)
        {
            nodes.Add(new InputAffineNode<float>("normalize", [input], Normal(shape.Input, 2, 0.1), Normal(shape.Input, -1, 0.1)));
            input = "normalize";
        }
        Convolution("a", input, shape.Input, channels, shape.Kernel, shape.Stride, 1);
        Neuron("a.neuron", "a", channels, perChannel: true);
        Convolution("b", "a.neuron", channels, channels, shape.Kernel, 1, 0.3);
        nodes.Add(new AffineNode<float>("b.identity", ["a.neuron"], Normal(channels, 0.3, 0.2), Normal(channels, 0, 0.1)));
        nodes.Add(new AddNode<float>("b.add", ["b", "b.identity"]));
        Neuron("b.neuron", "b.add", channels, perChannel: false);
        Convolution("c", "b.neuron", channels, wide, 3, shape.Stride, 0.3);
        Convolution("c.shortcut", "b.neuron", channels, wide, 1, shape.Stride, 0.3);
        nodes.Add(new AddNode<float>("c.add", ["c", "c.shortcut"]));
        Neuron("c.neuron", "c.add", wide, perChannel: true);
        nodes.Add(new PoolNode<float>("pool", ["c.neuron"]));
        Linear("hidden", "pool", wide, channels, 0.1);
        Neuron("hidden.neuron", "hidden", channels, perChannel: false);
        Linear("output", "hidden.neuron", channels, shape.Classes, 0.3);
        return new()
        {
            Nodes = [.. nodes],
            Channels = shape.Input,
            Height = shape.Height,
            Width = shape.Width,
            TimeSteps = shape.TimeSteps,
            InputHasTimeSteps = shape.InputHasTimeSteps,
            Classes = shape.Classes,
        };

        void Convolution(string name, string source, int @in, int @out, int kernel, int stride, double rate)
        {
            int inputs = @in * kernel * kernel;
            bool isStrided = name[0] is 'a' or 'c';
            (int Height, int Width) whole = isStrided ? ((map.Height - 1) / stride + 1, (map.Width - 1) / stride + 1) : map;
            (int Height, int Width) kept = (Math.Max(1, whole.Height - 1), Math.Max(1, whole.Width - 1));
            nodes.Add(new ConvolutionNode<float>(name, [source], @in, @out, kernel, stride,
                Normal(inputs * @out, 0, 0.5 / Math.Sqrt(inputs * rate)), Normal(@out, 0.1, 0.2))
            {
                Kept = shape.Crops && isStrided ? kept : null,
            });
            if (name == "a")
                map = shape.Crops ? kept : whole;
        }

        void Linear(string name, string source, int @in, int @out, double deviation) => nodes.Add(new LinearNode<float>(
            name, [source], @in, @out, Normal(@in * @out, 0, deviation), Normal(@out, 0.1, 0.2)));

        float[] Normal(int count, double mean, double deviation) => RandomNetworks.Normal(random, count, mean, deviation);

        void Neuron(string name, string source, int count, bool perChannel) => nodes.Add(new NeuronNode<float>(
            name, [source], perChannel ? [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())] : [0.25f],
            perChannel ? [.. Enumerable.Range(0, count).Select(_ => Threshold())] : [maxSpikes == 1 ? 0.5f : 0.2f], reset)
        {
            MaxSpikes = name == "a.neuron" ? Math.Max(1, maxSpikes - 1) : maxSpikes,
        });

        // Thresholds further apart than potentials are wide would be passed once at the most.
        float Threshold() => (0.2f + random.NextSingle()) * (maxSpikes == 1 ? 1 : 0.3f);
    }

    public static float[] Features(Shape shape, int seed) =>
        RandomNetworks.Features(shape.Input, shape.Height, shape.Width, shape.InputHasTimeSteps ? shape.TimeSteps : null, seed);
}
