using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Transforms.Image;

namespace PictureScoring;

/// <summary>
/// A model that was trained on image files and saved, here for images that do not come from files. Immutable; each thread takes a scorer of
/// its own.
/// </summary>
public sealed class PictureModel
{
    private readonly SavedChain _chain;

    private PictureModel(SavedChain chain) => _chain = chain;

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes => _chain.Classes;

    /// <summary>The spiking network inside the model.</summary>
    public SpikingNetwork Network => _chain.Network;

    /// <param name="path">
    /// A zip that <c>Model.Save</c> has written, whose pipeline has <c>LoadImages</c>, as TrainAndScore's does.
    /// </param>
    /// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static PictureModel Load(string path) => Load(path, File.ReadAllBytes(path));

    /// <summary>The same from memory.</summary>
    /// <param name="name">The name of the zip, for messages.</param>
    /// <param name="zip">The whole zip.</param>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static PictureModel Load(string name, byte[] zip) =>
        new(SavedChain.Load<ImageLoadingTransformer, ImageDataViewType>(name, zip, "pictures", "LoadImages"));

    /// <summary>A scorer, for one thread at a time.</summary>
    public PictureScorer CreateScorer() => new(_chain);
}
