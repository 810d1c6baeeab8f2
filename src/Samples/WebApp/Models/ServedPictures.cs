using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Endpoints;

namespace WebApp.Models;

/// <summary>The model of pictures.</summary>
/// <param name="path">The model's zip.</param>
/// <param name="maxPixels">The most pixels, width times height, of a picture.</param>
/// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
internal sealed class ServedPictures(string path, long maxPixels) : IServedModel
{
    private readonly PictureModel _model = PictureModel.Load(path);

    public IReadOnlyList<string> Classes => _model.Classes;

    public FoldedNetwork Network => _model.Network;

    public IUploadDecoder CreateDecoder() => new Decoder(_model.CreateScorer(), maxPixels);

    private sealed class Decoder(PictureScorer scorer, long maxPixels) : IUploadDecoder
    {
        public float[] Decode(ArraySegment<byte> upload)
        {
            try
            {
                return scorer.Features(PictureDecoder.Decode(upload, maxPixels));
            }
            catch (UnreadablePictureException e)
            {
                throw new RefusedException(StatusCodes.Status422UnprocessableEntity, $"The picture cannot be taken: {e.Message}.");
            }
        }

        public void Dispose() => scorer.Dispose();
    }
}
