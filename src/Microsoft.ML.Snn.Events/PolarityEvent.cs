namespace Microsoft.ML.Snn;

/// <summary>One event of an event camera: a pixel saw its brightness change by more than its threshold.</summary>
/// <remarks>Sixteen bytes. Equal events have equal parts.</remarks>
/// <param name="timeMicroseconds">Time stamp in microseconds, of the camera's clock.</param>
/// <param name="x">Column of the pixel, from 0.</param>
/// <param name="y">Row of the pixel, from 0, as the file counts it.</param>
/// <param name="isOn">True for an increase of brightness (ON), false for a decrease (OFF).</param>
public readonly struct PolarityEvent(long timeMicroseconds, ushort x, ushort y, bool isOn) : IEquatable<PolarityEvent>
{
    /// <summary>Time stamp in microseconds, of the camera's clock.</summary>
    public long TimeMicroseconds { get; init; } = timeMicroseconds;

    /// <summary>Column of the pixel, from 0.</summary>
    public ushort X { get; init; } = x;

    /// <summary>Row of the pixel, from 0, as the file counts it.</summary>
    public ushort Y { get; init; } = y;

    /// <summary>True for an increase of brightness (ON), false for a decrease (OFF).</summary>
    public bool IsOn { get; init; } = isOn;

    /// <summary>Whether another event has equal parts.</summary>
    /// <param name="other">The other event.</param>
    public bool Equals(PolarityEvent other) =>
        TimeMicroseconds == other.TimeMicroseconds && X == other.X && Y == other.Y && IsOn == other.IsOn;

    /// <summary>Whether an object is an event with equal parts.</summary>
    /// <param name="obj">The object.</param>
    public override bool Equals(object? obj) => obj is PolarityEvent other && Equals(other);

    /// <summary>A hash of all parts.</summary>
    public override int GetHashCode() => HashCode.Combine(TimeMicroseconds, X, Y, IsOn);

    /// <summary>The event's time, place and polarity, such as <c>1250 µs (17, 33) on</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{TimeMicroseconds} µs ({X}, {Y}) {(IsOn ? "on" : "off")}");

    /// <summary>Whether two events have equal parts.</summary>
    public static bool operator ==(PolarityEvent left, PolarityEvent right) => left.Equals(right);

    /// <summary>Whether two events differ in any part.</summary>
    public static bool operator !=(PolarityEvent left, PolarityEvent right) => !left.Equals(right);
}
