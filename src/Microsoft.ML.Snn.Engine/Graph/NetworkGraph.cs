using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>A folded network's nodes and what is known of its input and output; plain data.</summary>
internal sealed record NetworkGraph<T>
{
    /// <summary>In the order of computation; the last one gives the scores of one time step, before average and softmax.</summary>
    public required ImmutableArray<NetworkNode<T>> Nodes { get; init; }

    public required int Channels { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>T, at least 1.</summary>
    public required int TimeSteps { get; init; }

    /// <summary>True where a sample is [T, C, H, W], false where it is [C, H, W], presented at every step.</summary>
    public required bool InputHasTimeSteps { get; init; }

    public required int Classes { get; init; }

    public LabelValues? Labels { get; init; }
}
