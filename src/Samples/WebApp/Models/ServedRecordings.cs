using Microsoft.ML;
using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Endpoints;

namespace WebApp.Models;

/// <summary>The model of recordings of an event camera.</summary>
internal sealed class ServedRecordings : IServedModel
{
    private readonly SavedChain _chain;
    private readonly int _maxEvents;

    /// <param name="name">The name of the model's zip, for messages.</param>
    /// <param name="zip">The whole zip. Its pipeline has <c>LoadEvents</c> and <c>AccumulateEvents</c>, as EventCamera's does.</param>
    /// <param name="maxEvents">The most events of a recording.</param>
    /// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
    public ServedRecordings(string name, byte[] zip, int maxEvents)
    {
        _chain = SavedChain.Load<EventLoadingTransformer, EventRecordingDataViewType>(name, zip, "recordings", "LoadEvents");
        _maxEvents = maxEvents;
        try
        {
            CreateSession(sliceEvents: 1);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"'{name}' is not a model of recordings that can be used here: {e.Message}", e);
        }
    }

    public IReadOnlyList<string> Classes => _chain.Classes;

    public SpikingNetwork Network => _chain.Network;

    public IUploadDecoder CreateDecoder() => new Decoder(
        new FeatureExtractor<Row>(_chain), ((EventLoadingTransformer)_chain.Loading).Reading, _maxEvents);

    /// <summary>A session for one stream.</summary>
    /// <param name="sliceEvents">Events of each slice, at least 1: the scores are renewed so often.</param>
    public EventStreamSession CreateSession(int sliceEvents) => _chain.Context.Model.CreateEventStreamSession(
        _chain.Steps, new EventStreamOptions { Slicing = EventSlicing.FixedCount(sliceEvents) });

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }

    /// <summary>HDF5 would need a package of its own, and is not for uploads: its chunks may grow without limit.</summary>
    private static readonly IEnumerable<string> _formats = Enum.GetNames<EventFileFormat>().Except([nameof(EventFileFormat.Hdf5)]);

    /// <param name="reading">As the model's own step reads: the unit of times, for instance.</param>
    private sealed class Decoder(FeatureExtractor<Row> extractor, EventReadOptions reading, int maxEvents) : IUploadDecoder
    {
        // The damage is told without the advice that a developer would get; the limit guards against decompression bombs.
        private readonly EventReadOptions _reading = reading with { OnDamage = EventDamagePolicy.KeepEvents, MaxEvents = maxEvents };

        public float[] Decode(ArraySegment<byte> upload)
        {
            EventRecording recording = Read(new MemoryStream(upload.Array!, upload.Offset, upload.Count, writable: false));
            float[] frames = extractor.Extract(new Row { Events = recording });
            return frames.AsSpan().ContainsAnyExcept(0) ? frames : throw Refused(recording.Count == 0
                ? "It has no events." : $"None of its {recording.Count} events lies inside the sensor that the model was trained with.");
        }

        public void Dispose() => extractor.Dispose();

        private EventRecording Read(Stream upload)
        {
            using EventFileReader reader = Open(upload);
            try
            {
                var recording = EventRecording.Read(reader);
                return reader.Damage is null ? recording : throw Refused(reader.Damage);
            }
            catch (InvalidDataException)
            {
                throw Refused($"It has more than {maxEvents} events.");
            }
        }

        private EventFileReader Open(Stream upload)
        {
            try
            {
                return EventFileReader.FromStream(upload, _reading);
            }
            catch (NotSupportedException)
            {
                throw new RefusedException(StatusCodes.Status422UnprocessableEntity,
                    $"It is not a picture, nor a recording of events in one of the formats {string.Join(", ", _formats)}.");
            }
        }

        private static RefusedException Refused(string reason) =>
            new(StatusCodes.Status422UnprocessableEntity, $"The recording cannot be taken: {reason}");
    }
}
