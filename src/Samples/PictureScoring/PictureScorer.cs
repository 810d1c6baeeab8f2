using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace PictureScoring;

/// <summary>Scores pictures one by one. For one thread at a time; made by <see cref="PictureModel.CreateScorer"/>.</summary>
public sealed class PictureScorer : IDisposable
{
    private readonly SavedChain _chain;
    private readonly FeatureExtractor<ImageRow> _extractor;

    internal PictureScorer(SavedChain chain)
    {
        _chain = chain;
        _extractor = new FeatureExtractor<ImageRow>(chain);
    }

    /// <summary>The probability of each class.</summary>
    /// <param name="image">The picture; disposed when this returns.</param>
    public float[] Score(MLImage image)
    {
        float[] scores = new float[_chain.Network.ClassCount];
        _chain.Network.Score(Features(image), scores);
        return scores;
    }

    /// <summary>What the network takes: the picture's pixels, prepared as in training.</summary>
    /// <param name="image">The picture; disposed when this returns.</param>
    public float[] Features(MLImage image)
    {
        using (image)
            return _extractor.Extract(new ImageRow { Image = image });
    }

    /// <inheritdoc/>
    public void Dispose() => _extractor.Dispose();

    private sealed class ImageRow
    {
        // The attribute wants a size, to which no picture is held: ResizeImages comes next.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
