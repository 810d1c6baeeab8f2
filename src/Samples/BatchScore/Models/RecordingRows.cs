using Microsoft.ML.Snn;
using PictureScoring;

namespace BatchScore.Models;

/// <summary>A model of an event camera's recordings, which are read as those were that it was trained on.</summary>
internal sealed class RecordingRows : IBatchModel
{
    private readonly SavedChain _chain;

    /// <param name="name">The name of the model's zip, for messages.</param>
    /// <param name="zip">The whole zip. Its pipeline has <c>LoadEvents</c> and <c>AccumulateEvents</c>, as EventCamera's does.</param>
    /// <exception cref="InvalidDataException">The zip is damaged or holds a model of another kind.</exception>
    public RecordingRows(string name, byte[] zip) =>
        _chain = SavedChain.Load<EventLoadingTransformer, EventRecordingDataViewType>(name, zip, "recordings", "LoadEvents");

    public IReadOnlyList<string> Classes => _chain.Classes;

    public IRowScorer CreateScorer() => new Scorer(_chain);

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }

    private sealed class Scorer(SavedChain chain) : IRowScorer
    {
        private readonly FeatureExtractor<Row> _extractor = new(chain);
        private readonly EventReadOptions _reading = ((EventLoadingTransformer)chain.Loading).Reading;

        public float[] Score(byte[] bytes)
        {
            EventRecording recording;
            try
            {
                using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(bytes, writable: false), _reading);
                recording = EventRecording.Read(reader);
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException)
            {
                throw new UnreadableRowException(e.Message, e);
            }
            float[] scores = new float[chain.Network.ClassCount];
            chain.Network.Score(_extractor.Extract(new Row { Events = recording }), scores);
            return scores;
        }

        public void Dispose() => _extractor.Dispose();
    }
}
