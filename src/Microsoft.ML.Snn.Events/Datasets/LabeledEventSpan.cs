namespace Microsoft.ML.Snn;

/// <summary>A part of a recording that shows one class: a row to train on, whose events are still in the file.</summary>
public sealed record LabeledEventSpan
{
    /// <summary>Path of the recording's file.</summary>
    public required string Path { get; init; }

    /// <summary>Time at which the part begins, microseconds of the camera's clock.</summary>
    public required long StartMicroseconds { get; init; }

    /// <summary>Time before which the part ends, microseconds of the camera's clock.</summary>
    public required long EndMicroseconds { get; init; }

    /// <summary>Name of the class.</summary>
    public required string Label { get; init; }
}
