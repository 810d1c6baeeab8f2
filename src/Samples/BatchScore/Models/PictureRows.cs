using PictureScoring;

namespace BatchScore.Models;

/// <summary>A model of pictures.</summary>
internal sealed class PictureRows(PictureModel model) : IBatchModel
{
    // Larger than any camera's; a picture of this size takes more than 1 GB while it is decoded and turned upright.
    private const long MaximumPixels = 100_000_000;

    public IReadOnlyList<string> Classes => model.Classes;

    public IRowScorer CreateScorer() => new Scorer(model.CreateScorer());

    private sealed class Scorer(PictureScorer scorer) : IRowScorer
    {
        public float[] Score(byte[] bytes)
        {
            try
            {
                return scorer.Score(PictureDecoder.Decode(bytes, MaximumPixels));
            }
            catch (UnreadablePictureException e)
            {
                throw new UnreadableRowException(e.Message, e);
            }
        }

        public void Dispose() => scorer.Dispose();
    }
}
