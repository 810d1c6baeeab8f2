using System.Text.Json;
using Microsoft.ML.Snn;

namespace WebApp.Streaming;

/// <summary>Running scores after a slice of events.</summary>
/// <param name="Slice">Number of the slice, from 1.</param>
/// <param name="Label">The class with the highest score.</param>
/// <param name="Scores">The probability of each class, by name, from all slices so far.</param>
internal sealed record SliceScores(long Slice, string Label, IReadOnlyDictionary<string, float> Scores)
{
    /// <summary>The scores of a session, as JSON.</summary>
    public static byte[] Describe(EventStreamSession session, IReadOnlyList<string> classes)
    {
        var scores = new OrderedDictionary<string, float>();
        for (int i = 0; i < classes.Count; i++)
            scores[classes[i]] = session.Scores[i];
        string label = scores.MaxBy(score => score.Value).Key;
        return JsonSerializer.SerializeToUtf8Bytes(new SliceScores(session.SliceCount, label, scores), JsonSerializerOptions.Web);
    }
}
