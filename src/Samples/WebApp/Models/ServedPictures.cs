using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Endpoints;
using WebApp.Limits;

namespace WebApp.Models;

/// <summary>The model of pictures.</summary>
/// <param name="name">The name of the model's zip, for messages.</param>
/// <param name="zip">The whole zip.</param>
/// <param name="maxPixels">The most pixels, width times height, of a picture.</param>
/// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
internal sealed class ServedPictures(string name, byte[] zip, long maxPixels) : IServedModel
{
    // Decoding them takes some 50 milliseconds.
    private const long _manyPixels = 1 << 20;

    private readonly PictureModel _model = PictureModel.Load(name, zip);

    public IReadOnlyList<string> Classes => _model.Classes;

    public SpikingNetwork Network => _model.Network;

    public bool Admit(ArraySegment<byte> upload, ClientBudget client)
    {
        long pixels = Try(upload, bytes => PictureDecoder.CountPixels(bytes, maxPixels));
        client.TakePixels(pixels);
        return pixels > _manyPixels;
    }

    public IUploadDecoder CreateDecoder() => new Decoder(_model.CreateScorer(), maxPixels);

    private static TResult Try<TResult>(ArraySegment<byte> upload, Func<ArraySegment<byte>, TResult> read)
    {
        try
        {
            return read(upload);
        }
        catch (UnreadablePictureException e)
        {
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, $"The picture cannot be taken: {e.Message}.");
        }
    }

    private sealed class Decoder(PictureScorer scorer, long maxPixels) : IUploadDecoder
    {
        public DecodedUpload Decode(ArraySegment<byte> upload, ClientBudget client) =>
            new(scorer.Features(Try(upload, bytes => PictureDecoder.Decode(bytes, maxPixels))));

        public void Dispose() => scorer.Dispose();
    }
}
