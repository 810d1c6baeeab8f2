using System.Numerics;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// What the encodings of Prophesee's RAW files share: a text header, then words of which the upper four bits are the type. Words of types
/// that an encoding reserves are skipped, as Prophesee's own decoders (OpenEB) do; events before the first time word have no time and are
/// dropped.
/// </summary>
internal abstract class EvtDecoder : RecordDecoder
{
    private const int Width = 2048;

    /// <summary>Fewer words than these prove nothing.</summary>
    private const int LeastWords = 16;

    private bool _hasDropped;
    private int _pixelsDone;

    /// <exception cref="NotSupportedException">The words are in an order that cannot be read.</exception>
    protected EvtDecoder(EventFileInput input, int wordSize, EventFileFormat format)
        : base(input, wordSize)
    {
        Header = PropheseeHeader.Read(input, format);
        if (Header.Endianness is not (null or "little" or "legacy"))
            throw new NotSupportedException($"{input.Name}: {Header.Endianness}-endian RAW files cannot be read.");
    }

    protected PropheseeHeader Header { get; }

    /// <summary>Whether a time word was there yet.</summary>
    protected bool HasTime { get; set; }

    /// <summary>Notes that there was an event before the first time word.</summary>
    protected void Drop() => _hasDropped = true;

    /// <summary>
    /// Makes sure that the words are of this encoding: those of another are of reserved types for the most part, and would be skipped.
    /// </summary>
    /// <param name="wordSize">Bytes of a word.</param>
    /// <param name="typeOffset">Offset of the byte with the type, in each word.</param>
    /// <param name="reserved">A bit for each type that the encoding reserves.</param>
    /// <param name="needed">A bit for each type of which a recording has at least one: times and events.</param>
    /// <param name="mostReserved">The greatest share of words that may be of a reserved type.</param>
    /// <param name="padding">The bytes of words that are not counted; empty where there are none.</param>
    protected void CheckTypes(
        int wordSize, int typeOffset, int reserved, int needed, double mostReserved, ReadOnlySpan<byte> padding = default)
    {
        Input.Fill(EventFileInput.Capacity);
        ReadOnlySpan<byte> window = Input.Window;
        int words = 0, strange = 0, good = 0;
        for (int at = 0; at + wordSize <= window.Length; at += wordSize)
        {
            if (!padding.IsEmpty && window[at..].StartsWith(padding))
                continue;
            int type = window[at + typeOffset] >> 4;
            words++;
            strange += reserved >> type & 1;
            good += needed >> type & 1;
        }
        if (words >= LeastWords && (strange > mostReserved * words || good == 0))
            throw new InvalidDataException("its first words are for the most part of types that the encoding does not define.");
    }

    /// <summary>Writes the events of a vector: one for each bit, from that of the first column on.</summary>
    /// <returns>False where the events are full before its end, and the word is to be given once more, or it is damaged.</returns>
    protected bool DecodePixels(uint pixels, PolarityEvent first, int at, Span<PolarityEvent> events, ref int count)
    {
        if (pixels != 0 && first.X + BitOperations.Log2(pixels) >= Width)
        {
            EndDamaged($"a vector of events goes beyond column {Width - 1}.", at);
            return false;
        }
        for (pixels &= uint.MaxValue << _pixelsDone; pixels != 0; pixels &= pixels - 1)
        {
            int pixel = BitOperations.TrailingZeroCount(pixels);
            if (count == events.Length)
            {
                _pixelsDone = pixel;
                return false;
            }
            events[count++] = first with { X = (ushort)(first.X + pixel) };
        }
        _pixelsDone = 0;
        return true;
    }

    protected override void AtEnd()
    {
        if (_hasDropped && !HasTime)
            EndDamaged("no event has a time: there is no TIME_HIGH word.");
    }
}
