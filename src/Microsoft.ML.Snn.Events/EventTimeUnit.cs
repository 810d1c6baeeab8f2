namespace Microsoft.ML.Snn;

/// <summary>A unit of time stamps.</summary>
public enum EventTimeUnit
{
    /// <summary>Millionths of a second.</summary>
    Microseconds = 0,

    /// <summary>Billionths of a second.</summary>
    Nanoseconds = 1,

    /// <summary>Thousandths of a second.</summary>
    Milliseconds = 2,

    /// <summary>Seconds.</summary>
    Seconds = 3,
}
