using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Endpoints;

namespace WebApp.Models;

/// <summary>The model of pictures.</summary>
/// <param name="name">The name of the model's zip, for messages.</param>
/// <param name="zip">The whole zip.</param>
/// <param name="maxPixels">The most pixels, width times height, of a picture.</param>
/// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
internal sealed class ServedPictures(string name, byte[] zip, long maxPixels) : IServedModel
{
    private readonly PictureModel _model = PictureModel.Load(name, zip);

    public IReadOnlyList<string> Classes => _model.Classes;

    public SpikingNetwork Network => _model.Network;

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
