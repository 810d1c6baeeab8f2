namespace Microsoft.ML.Snn;

/// <summary>What a frame says of the events of a pixel.</summary>
public enum EventAccumulation
{
    /// <summary>How many there are.</summary>
    Sum = 0,

    /// <summary>1 where there are any, 0 otherwise.</summary>
    Binary = 1,
}
