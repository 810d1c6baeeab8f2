using Microsoft.ML;
using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Endpoints;
using WebApp.Limits;

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

    public bool Admit(ArraySegment<byte> upload, ClientBudget client)
    {
        // How many events there are, reading alone tells: there may be many.
        return client.EventsLeft > 0 ? true : throw client.RefuseEvents();
    }

    public IUploadDecoder CreateDecoder() =>
        new Decoder(new FeatureExtractor<Row>(_chain), ((EventLoadingTransformer)_chain.Loading).Reading, _maxEvents);

    /// <summary>A session for one stream.</summary>
    /// <param name="sliceEvents">Events of each slice, at least 1: the scores are renewed so often.</param>
    public EventStreamSession CreateSession(int sliceEvents) => _chain.Context.Model.CreateEventStreamSession(
        _chain.Steps, new EventStreamOptions { Slicing = EventSlicing.FixedCount(sliceEvents) });

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }

    /// <param name="extractor">The steps behind the reading.</param>
    /// <param name="reading">How the model's own recordings were read.</param>
    /// <param name="maxEvents">The most events of a recording.</param>
    private sealed class Decoder(FeatureExtractor<Row> extractor, EventReadOptions reading, int maxEvents) : IUploadDecoder
    {
        private static readonly byte[] _hdf5 = [0x89, .. "HDF\r\n\x1a\n"u8];

        public DecodedUpload Decode(ArraySegment<byte> upload, ClientBudget client)
        {
            long most = Math.Min(reading.MaxEvents ?? long.MaxValue, maxEvents);
            int left = Math.Max(1, client.EventsLeft);
            using EventFileReader reader = Open(upload, Math.Min(most, left));
            EventRecording recording;
            try
            {
                recording = EventRecording.Read(reader);
            }
            catch (InvalidDataException e)
            {
                // It has more events than that; those that were read are spent.
                client.SpendEvents((int)Math.Min(most, left));
                throw left < most ? client.RefuseEvents() : Refused(e.Message);
            }
            client.SpendEvents(recording.Count);
            if (reader.Damage is not null && reading.OnDamage == EventDamagePolicy.Throw)
                throw Refused(reader.Damage);
            float[] frames = extractor.Extract(new Row { Events = recording });
            return frames.AsSpan().ContainsAnyExcept(0) ? new(frames, reader.Damage) : throw Refused(reader.Damage ?? (recording.Count == 0
                ? "It has no events." : $"None of its {recording.Count} events lies inside the sensor that the model was trained with."));
        }

        public void Dispose() => extractor.Dispose();

        private EventFileReader Open(ArraySegment<byte> upload, long mostEvents)
        {
            // Damage is told without the advice that a developer would get. The limit guards against decompression bombs.
            EventReadOptions options = reading with { OnDamage = EventDamagePolicy.KeepEvents, MaxEvents = mostEvents };
            if (upload.AsSpan().StartsWith(_hdf5))
                throw Refused("HDF5 files are not taken, since they can grow to any size. Send the events in another format.");
            try
            {
                return EventFileReader.FromStream(new MemoryStream(upload.Array!, upload.Offset, upload.Count, writable: false), options);
            }
            catch (NotSupportedException e)
            {
                throw new RefusedException(
                    StatusCodes.Status422UnprocessableEntity,
                    $"It is not a picture, nor a recording that can be read: {Explain(e.Message)}");
            }
        }

        private static RefusedException Refused(string reason) =>
            new(StatusCodes.Status422UnprocessableEntity, $"The recording cannot be taken: {Explain(reason)}");

        // A client has no options to set.
        private static string Explain(string reason) => reason.Contains("option ", StringComparison.Ordinal)
            ? $"{reason} Here the options are those that the model was trained with." : reason;
    }
}
