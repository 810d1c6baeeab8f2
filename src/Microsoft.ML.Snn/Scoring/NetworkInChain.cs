using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>The spiking network of a model, wherever in its chain, and the column that it reads.</summary>
internal sealed record NetworkInChain(SpikingNetwork Network, string FeatureColumn)
{
    /// <summary>The last network of a chain, or that of a transformer by itself; null where there is none.</summary>
    public static NetworkInChain? Find(ITransformer model) =>
        Steps(model).Reverse().Select(OfStep).FirstOrDefault(found => found is not null);

    /// <summary>The network of one step of a chain, which may hold none.</summary>
    public static NetworkInChain? OfStep(ITransformer step) => step switch
    {
        ISingleFeaturePredictionTransformer<object> { Model: SpikingResNetModelParameters parameters } prediction =>
            new(parameters.Network, prediction.FeatureColumnName),
        SpikingNetworkTransformer applied => new(applied.Network, applied.Settings.Input),
        _ => null,
    };

    /// <summary>The steps of a chain, chains within it resolved.</summary>
    public static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
