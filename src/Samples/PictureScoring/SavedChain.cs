using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;

namespace PictureScoring;

/// <summary>
/// A saved model that loads files, here for what does not come from files: the step that loads is left out, and its column is filled by a
/// <see cref="FeatureExtractor{TRow}"/>. Immutable.
/// </summary>
public sealed class SavedChain
{
    private SavedChain(MLContext context, ITransformer loading, ITransformer steps, string loadedColumn)
    {
        (Context, Loading, Steps, LoadedColumn) = (context, loading, steps, loadedColumn);
        if (!context.Model.TryGetSpikingNetwork(steps, out SpikingNetwork? network, out string? features))
            throw new InvalidDataException("It holds no spiking network.");
        (Network, FeatureColumn) = (network, features);
        Classes = [.. Network.ClassLabels ?? throw new InvalidDataException("The model's classes have no names.")];
    }

    /// <summary>Takes what ML.NET warns of while it loads or runs a chain, any chain of this process.</summary>
    public static event Action<string>? Warned;

    /// <summary>The environment that the model was loaded in.</summary>
    public MLContext Context { get; }

    /// <summary>The step that loads, which is left out; its settings say how the model's files were read.</summary>
    public ITransformer Loading { get; }

    /// <summary>The steps after the one that loads, up to the network.</summary>
    public ITransformer Steps { get; }

    /// <summary>The column that the step which loads would write.</summary>
    public string LoadedColumn { get; }

    /// <summary>The column that the network reads.</summary>
    public string FeatureColumn { get; }

    /// <summary>The spiking network inside the model.</summary>
    public SpikingNetwork Network { get; }

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Verifies and loads a zip that <c>Model.Save</c> has written.</summary>
    /// <typeparam name="TLoading">The step that loads a file.</typeparam>
    /// <typeparam name="TColumn">The type of the column that it writes.</typeparam>
    /// <param name="name">The name of the zip, for messages.</param>
    /// <param name="zip">
    /// The whole zip: what is verified must be what is loaded, even if another one takes the file's place meanwhile.
    /// </param>
    /// <param name="kind">What the model is to be of, for messages.</param>
    /// <param name="loading">The estimator of the step that loads, for messages.</param>
    /// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
    public static SavedChain Load<TLoading, TColumn>(string name, byte[] zip, string kind, string loading)
        where TLoading : ITransformer
        where TColumn : DataViewType
    {
        var context = new MLContext();
        context.Log += (_, e) =>
        {
            if (e.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
                Warned?.Invoke(e.RawMessage);
        };
        try
        {
            using var stream = new MemoryStream(zip, writable: false);
            context.Model.Verify(stream);
            return Split<TLoading, TColumn>(context, context.Model.Load(stream, out DataViewSchema schema), schema, loading);
        }
        // What ML.NET throws depends on what it does not find.
        catch (Exception e)
        {
            throw new InvalidDataException($"'{name}' is not a model of {kind} that can be used here: {e.Message}", e);
        }
    }

    private static SavedChain Split<TLoading, TColumn>(MLContext context, ITransformer model, DataViewSchema schema, string loading)
        where TLoading : ITransformer
        where TColumn : DataViewType
    {
        ITransformer[] chain = [.. Flatten(model)];
        int first = Array.FindIndex(chain, step => step is TLoading);
        int last = Array.FindLastIndex(chain, step => context.Model.TryGetSpikingNetwork(step, out _, out _));
        if (first < 0 || last < 0)
            throw new InvalidDataException(first < 0 ? $"It does not load files: it has no {loading}." : "It holds no spiking network.");
        foreach (ITransformer step in chain[..first])
            schema = step.GetOutputSchema(schema);
        DataViewSchema.Column loaded = chain[first].GetOutputSchema(schema).Skip(schema.Count).First(column => column.Type is TColumn);

        // What stands before and after, such as the mapping of labels, makes no features.
        var steps = new TransformerChain<ITransformer>(chain[(first + 1)..(last + 1)]);
        var input = new DataViewSchema.Builder();
        input.AddColumn(loaded.Name, loaded.Type);
        // Throws where a step needs something else.
        steps.GetOutputSchema(input.ToSchema());
        return new SavedChain(context, chain[first], steps, loaded.Name);
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];
}
