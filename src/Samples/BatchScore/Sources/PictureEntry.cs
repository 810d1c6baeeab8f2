namespace BatchScore.Sources;

/// <summary>One picture of a source.</summary>
/// <param name="Path">Its name in the result.</param>
/// <param name="Stamp">Size and time of the file that it is in, taken before it is read.</param>
/// <param name="ReadAsync">
/// Reads its encoded bytes, null where the source has none; may be called on any thread. Where this picture alone cannot be read, it fails
/// with an exception of input and output, or with <see cref="Models.UnreadableRowException"/> where another try would find the same; where
/// the source cannot, with a <see cref="UserException"/>.
/// </param>
internal sealed record PictureEntry(string Path, string Stamp, Func<Task<byte[]?>> ReadAsync);
