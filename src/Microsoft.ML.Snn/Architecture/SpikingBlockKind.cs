namespace Microsoft.ML.Snn;

/// <summary>The building block that the stages of a <see cref="SpikingResNetArchitecture"/> repeat.</summary>
public enum SpikingBlockKind
{
    /// <summary>
    /// Two 3x3 convolutions, each with tdBN, and a shortcut with tdBN added before the second neuron (Fig. 5 of the paper).
    /// </summary>
    Basic = 0,

    /// <summary>1x1, 3x3 and 1x1 convolutions; the block's output has four times the width of its stage.</summary>
    Bottleneck = 1,

    /// <summary>The two convolutions of <see cref="Basic"/> in series, without a shortcut: a plain network.</summary>
    Plain = 2,
}
