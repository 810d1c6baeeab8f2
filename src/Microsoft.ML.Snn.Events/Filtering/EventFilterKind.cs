namespace Microsoft.ML.Snn;

/// <summary>The ways to filter events; <see cref="EventFilter"/> makes each with what it needs.</summary>
public enum EventFilterKind
{
    /// <summary>Drops events without a recent one in the eight pixels around.</summary>
    BackgroundActivity = 0,

    /// <summary>Drops events of a pixel that come too soon after a kept one.</summary>
    RefractoryPeriod = 1,

    /// <summary>Drops all events of given pixels.</summary>
    HotPixels = 2,

    /// <summary>Drops all events of pixels that fire too often over the whole recording.</summary>
    HotPixelsAbove = 3,

    /// <summary>Keeps a rectangle of the sensor.</summary>
    Crop = 4,

    /// <summary>Mirrors the sensor left to right.</summary>
    FlipHorizontal = 5,

    /// <summary>Mirrors the sensor top to bottom.</summary>
    FlipVertical = 6,
}
