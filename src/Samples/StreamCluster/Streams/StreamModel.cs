using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Snn;
using PictureScoring;

namespace StreamCluster.Streams;

/// <summary>A saved model of recordings, and how streams are cut for it. Immutable; each stream takes a session of its own.</summary>
internal sealed class StreamModel
{
    // For models whose own slicing needs the whole recording, as EventCamera's does.
    private const int DefaultSliceEvents = 1000;

    private readonly SavedChain _chain;

    private StreamModel(SavedChain chain, string hash, int? sliceEvents, int? windowSlices) =>
        (_chain, Hash, SliceEvents, WindowSlices) = (chain, hash, sliceEvents, windowSlices);

    /// <summary>SHA-256 of the zip, in hexadecimal digits.</summary>
    public string Hash { get; }

    /// <summary>Events of a slice; null where the model's own slicing cuts the stream.</summary>
    public int? SliceEvents { get; }

    /// <summary>Number of slices that the scores are the mean over: the latest ones; null for all.</summary>
    public int? WindowSlices { get; }

    /// <summary>All that decides scores, in words: streams may move between hosts that have the same.</summary>
    public string Description =>
        $"the model of SHA-256 {Hash}, {(SliceEvents is { } events ? $"slices of {events} events" : "its own slices")}, the mean over "
        + $"{(WindowSlices is { } slices ? $"the latest {slices}" : "all")} of them";

    public IReadOnlyList<string> Classes => _chain.Classes;

    public int FrameHeight => _chain.Network.InputShape[2];

    public int FrameWidth => _chain.Network.InputShape[3];

    /// <param name="path">The zip of a model whose pipeline has <c>LoadEvents</c> and <c>AccumulateEvents</c>, as EventCamera's does.</param>
    /// <param name="sliceEvents">Events of a slice, at least 1; null for the model's own slicing, or 1000 where no stream can have it.</param>
    /// <param name="windowSlices">Number of slices that the scores are the mean over, at least 1; null for all.</param>
    /// <exception cref="UserException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The zip is damaged, or holds a model that no stream can have.</exception>
    public static StreamModel Load(string path, int? sliceEvents, int? windowSlices)
    {
        if (!File.Exists(path))
        {
            throw new UserException(
                $"There is no model '{path}': make one with 'dotnet run -c Release --project src/Samples/EventCamera', or name another.");
        }
        // Read once: the hash must be that of what is loaded.
        byte[] zip = File.ReadAllBytes(path);
        var chain = SavedChain.Load<EventLoadingTransformer, EventRecordingDataViewType>(path, zip, "recordings", "LoadEvents");
        string hash = Convert.ToHexStringLower(SHA256.HashData(zip));
        int?[] choices = sliceEvents is null ? [null, DefaultSliceEvents] : [sliceEvents];
        for (int i = 0; ; i++)
        {
            var model = new StreamModel(chain, hash, choices[i], windowSlices);
            try
            {
                model.CreateSession();
                return model;
            }
            catch (ArgumentException) when (i + 1 < choices.Length)
            {
                // The next choice tells whether it is the slicing.
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"'{path}' is not a model that can score streams: {e.Message}", e);
            }
        }
    }

    /// <summary>A session for one stream.</summary>
    public EventStreamSession CreateSession() => _chain.Context.Model.CreateEventStreamSession(_chain.Steps, new EventStreamOptions
    {
        Slicing = SliceEvents is { } events ? EventSlicing.FixedCount(events) : null, WindowSlices = WindowSlices,
    });
}
