namespace StreamCluster.Messages;

/// <summary>Something that sending again does not put right; the message names the camera and says what does.</summary>
[GenerateSerializer, Alias("StreamCluster.StreamRefusedException")]
public sealed class StreamRefusedException(string message) : Exception(message);
