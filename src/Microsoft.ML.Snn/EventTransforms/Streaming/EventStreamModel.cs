using Microsoft.ML.Data;
using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn.EventTransforms.Streaming;

/// <summary>What a stream needs of a model: how its events become frames, and the network that takes the frames.</summary>
internal sealed record EventStreamModel(EventFraming Framing, SpikingNetwork Network)
{
    /// <exception cref="ArgumentException">The model is none from event recordings to scores, or it changes the frames between.</exception>
    public static EventStreamModel Find(ITransformer model)
    {
        ITransformer[] chain = [.. NetworkInChain.Steps(model)];
        int last = Array.FindLastIndex(chain, transformer => NetworkInChain.OfStep(transformer) is not null);
        if (last < 0)
            throw new ArgumentException($"The model, a {model.GetType().Name}, holds no spiking network.", nameof(model));
        (SpikingNetwork network, string features) = NetworkInChain.OfStep(chain[last])!;

        int first = Array.FindLastIndex(chain, last, transformer => Writes(transformer, features));
        if (first < 0 || chain[first] is not EventFramingTransformer framing)
        {
            string found = first < 0 ? "nothing in the model makes that column" : $"a {chain[first].GetType().Name} makes that column";
            throw new ArgumentException(
                $"The network's features, column '{features}', must come straight from AccumulateEvents, but {found}.", nameof(model));
        }
        // Of other transformers it is not known what they write.
        if (chain[(first + 1)..last].FirstOrDefault(transformer => transformer is not OneToOneTransformerBase) is { } unknown)
        {
            throw new ArgumentException(
                $"A {unknown.GetType().Name} stands between AccumulateEvents and the network, where a stream would pass it by: "
                + "put it before or after both.", nameof(model));
        }
        return new(framing.Framing, network);
    }

    private static bool Writes(ITransformer transformer, string column) =>
        transformer is OneToOneTransformerBase { ColumnPairs: var pairs } && pairs.Any(pair => pair.outputColumnName == column);
}
