using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Snn.Training.TensorBoard;

/// <summary>
/// A message in protobuf's wire format, written by hand: of TensorFlow's <c>event.proto</c> and <c>summary.proto</c> four small messages
/// are needed, for which a library would be a dependency of everyone who trains.
/// </summary>
internal sealed class EventMessage
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;

    private readonly MemoryStream _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    /// <summary>The first event of every file: the version of its format.</summary>
    public static EventMessage Version(double time) => new EventMessage().Double(1, time).Text(3, "brain.Event:2");

    /// <summary>An event with a summary: <c>wall_time</c> in seconds since 1970, <c>step</c>, <c>summary</c>.</summary>
    public static EventMessage Summary(double time, int step, EventMessage summary) =>
        new EventMessage().Double(1, time).Integer(2, step).Message(5, summary);

    /// <summary>Adds <c>Summary.value</c> with a number.</summary>
    public EventMessage AddScalar(string tag, double value) => Message(1, new EventMessage().Text(1, tag).Float(2, (float)value));

    /// <summary>Adds <c>Summary.value</c> with a histogram.</summary>
    public EventMessage AddHistogram(string tag, ValueHistogram histogram) => Message(1, new EventMessage().Text(1, tag).Message(5,
        new EventMessage().Double(1, histogram.Least).Double(2, histogram.Largest).Double(3, histogram.Count).Double(4, histogram.Sum)
            .Double(5, histogram.SumOfSquares).Doubles(6, histogram.Limits).Doubles(7, histogram.Counts)));

    private EventMessage Integer(int field, long value)
    {
        Tag(field, Varint);
        Write((ulong)value);
        return this;
    }

    private EventMessage Double(int field, double value)
    {
        Tag(field, Fixed64);
        Write(value);
        return this;
    }

    private EventMessage Float(int field, float value)
    {
        Tag(field, Fixed32);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    private EventMessage Text(int field, string text) => Delimited(field, Encoding.UTF8.GetBytes(text));

    private EventMessage Message(int field, EventMessage message) => Delimited(field, message.Bytes);

    private EventMessage Delimited(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, LengthDelimited);
        Write((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A packed list.</summary>
    private EventMessage Doubles(int field, IReadOnlyList<double> values)
    {
        Tag(field, LengthDelimited);
        Write((ulong)values.Count * sizeof(double));
        foreach (double value in values)
            Write(value);
        return this;
    }

    private void Tag(int field, int wireType) => Write((ulong)(field << 3 | wireType));

    private void Write(double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _bytes.Write(bytes);
    }

    /// <summary>Seven bits a byte, the lowest first.</summary>
    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
