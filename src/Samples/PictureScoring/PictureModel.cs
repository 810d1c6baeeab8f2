using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Transforms.Image;

namespace PictureScoring;

/// <summary>
/// A model that was trained on image files and saved, here for images that do not come from files: its step <c>LoadImages</c> is left out.
/// Immutable; each thread takes a scorer of its own.
/// </summary>
public sealed class PictureModel
{
    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly string _imageColumn;
    private readonly string _featureColumn;

    private PictureModel(MLContext context, ITransformer model, string imageColumn, string featureColumn, FoldedNetwork network)
    {
        (_context, _model, Network) = (context, model, network);
        (_imageColumn, _featureColumn) = (imageColumn, featureColumn);
        Classes = [.. network.ClassLabels ?? throw new InvalidDataException("The model's classes have no names.")];
    }

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The spiking network inside the model.</summary>
    public FoldedNetwork Network { get; }

    /// <param name="path">
    /// A zip that <c>Model.Save</c> has written, whose pipeline begins with <c>LoadImages</c>, as TrainAndScore's does.
    /// </param>
    /// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
    public static PictureModel Load(string path)
    {
        var context = new MLContext();
        try
        {
            return Split(context, context.Model.Load(path, out DataViewSchema schema), schema);
        }
        // What ML.NET throws depends on where the damage lies.
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"'{path}' is not a model of pictures that can be used here: {e.Message}", e);
        }
    }

    /// <summary>A scorer, for one thread at a time.</summary>
    public PictureScorer CreateScorer() => new(_context, _model, _imageColumn, _featureColumn, Network);

    private static PictureModel Split(MLContext context, ITransformer model, DataViewSchema schema)
    {
        var steps = new List<ITransformer>();
        string? imageColumn = null, featureColumn = null;
        foreach (ITransformer step in model as IEnumerable<ITransformer> ?? [model])
        {
            DataViewSchema after = step.GetOutputSchema(schema);
            if (step is ImageLoadingTransformer)
                imageColumn = after.Skip(schema.Count).First(column => column.Type is ImageDataViewType).Name;
            else
                steps.Add(step);
            if (step is ISingleFeaturePredictionTransformer<object> network)
                featureColumn = network.FeatureColumnName;
            schema = after;
        }
        return new PictureModel(
            context,
            new TransformerChain<ITransformer>(steps.ToArray()),
            imageColumn ?? throw new InvalidDataException("It does not begin with LoadImages."),
            featureColumn ?? throw new InvalidDataException("It holds no spiking network."),
            context.Model.GetSpikingNetwork(model));
    }
}
