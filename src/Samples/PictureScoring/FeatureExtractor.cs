using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace PictureScoring;

/// <summary>Makes a network's features of what the model's first step would have loaded. For one thread at a time.</summary>
/// <typeparam name="TRow">A class with one property: what the step would have loaded.</typeparam>
public sealed class FeatureExtractor<TRow> : IDisposable
    where TRow : class, new()
{
    private static readonly PropertyInfo _loaded = typeof(TRow).GetProperties().Single();

    private readonly PredictionEngine<TRow, FeatureRow> _engine;

    public FeatureExtractor(SavedChain chain)
    {
        SchemaDefinition input = SchemaDefinition.Create(typeof(TRow)), output = SchemaDefinition.Create(typeof(FeatureRow));
        input.Single().ColumnName = chain.LoadedColumn;
        output[nameof(FeatureRow.Features)].ColumnName = chain.FeatureColumn;
        _engine = chain.Context.Model.CreatePredictionEngine<TRow, FeatureRow>(chain.Steps, new PredictionEngineOptions
        {
            InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false,
        });
    }

    /// <summary>What the network takes: the row, prepared as in training.</summary>
    /// <param name="row">The row, which is empty when this returns: the engine keeps it until the next one comes.</param>
    public float[] Extract(TRow row)
    {
        try
        {
            return _engine.Predict(row).Features;
        }
        finally
        {
            _loaded.SetValue(row, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }
}
