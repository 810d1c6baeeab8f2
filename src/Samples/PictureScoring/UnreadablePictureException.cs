namespace PictureScoring;

/// <summary>
/// Bytes that are no picture, or not one that can be taken. The message is a phrase that says why, for the one who sent them.
/// </summary>
public sealed class UnreadablePictureException(string message) : Exception(message);
