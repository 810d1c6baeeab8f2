namespace Microsoft.ML.Snn;

/// <summary>What a frame can say of the events of a pixel; <see cref="EventAccumulation"/> makes each with what it needs.</summary>
public enum EventAccumulationKind
{
    /// <summary>How many there are.</summary>
    Sum = 0,

    /// <summary>1 where there are any, 0 otherwise.</summary>
    Binary = 1,

    /// <summary>Each event shared between the two time steps that are nearest.</summary>
    VoxelGrid = 2,

    /// <summary>How long ago the latest one was, on a scale that decays exponentially.</summary>
    TimeSurface = 3,
}
