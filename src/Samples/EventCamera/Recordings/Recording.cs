namespace EventCamera.Recordings;

/// <summary>A recording's file, which is all that the saved model needs.</summary>
internal class Recording
{
    public string Path { get; set; } = "";
}

/// <summary>
/// A recording whose class is known: the name of its folder, or that of the gesture between two times, microseconds of the camera's clock.
/// </summary>
internal sealed class LabeledRecording : Recording
{
    public string Label { get; set; } = "";

    public long StartMicroseconds { get; set; } = long.MinValue;

    public long EndMicroseconds { get; set; } = long.MaxValue;
}
