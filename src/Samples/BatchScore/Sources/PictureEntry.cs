namespace BatchScore.Sources;

/// <summary>One picture of a source.</summary>
/// <param name="Path">Its name in the result.</param>
/// <param name="ReadAsync">Reads its encoded bytes; may be called on any thread, and fails with an exception of input and output.</param>
internal sealed record PictureEntry(string Path, Func<Task<byte[]>> ReadAsync);
