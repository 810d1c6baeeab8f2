using System.Text.Json.Serialization;

namespace BatchScore.Results;

/// <summary>A row of the result: either label and scores, or an error.</summary>
internal sealed class ScoredPicture
{
    [JsonPropertyName("path")]
    public string Path { get; set; } = "";

    /// <summary>The name of the most probable class.</summary>
    [JsonPropertyName("label")]
    public string? Label { get; set; }

    /// <summary>A probability for each class.</summary>
    [JsonPropertyName("scores")]
    public List<float>? Scores { get; set; }

    /// <summary>Why the picture could not be scored.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; set; }
}
