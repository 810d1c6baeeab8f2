namespace Microsoft.ML.Snn;

/// <summary>What to do where a recording is damaged: truncated, impossible in its format, or with a clock that jumps.</summary>
public enum EventDamagePolicy
{
    /// <summary>Throw <see cref="InvalidDataException"/>.</summary>
    Throw = 0,

    /// <summary>End with the events before the damage, and give a warning.</summary>
    KeepEvents = 1,
}
