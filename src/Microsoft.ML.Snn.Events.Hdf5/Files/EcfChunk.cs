using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Events.Hdf5.Files;

/// <summary>
/// A chunk of events in ECF, as Prophesee's public codec defines it: a little-endian number of 32 bits, whose lowest two tell how pixels
/// are packed and whose others are the number of events; then all times, and then pixels and polarities.
/// </summary>
internal ref struct EcfChunk
{
    private readonly ReadOnlySpan<byte> _source;
    private readonly Span<Element> _events;
    private int _at;

    private EcfChunk(ReadOnlySpan<byte> source, Span<Element> events)
    {
        _source = source;
        _events = events;
    }

    /// <summary>Decodes the events of a chunk to the start of a span.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or more than the span takes.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> events)
    {
        if (source.Length < sizeof(uint))
            throw Truncated();
        uint head = BinaryPrimitives.ReadUInt32LittleEndian(source);
        Span<Element> elements = MemoryMarshal.Cast<byte, Element>(events);
        if (head >> 2 > elements.Length)
            throw new InvalidDataException($"an ECF chunk states {head >> 2} events where there is room for {elements.Length}.");
        var chunk = new EcfChunk(source[sizeof(uint)..], elements[..(int)(head >> 2)]);
        chunk.ReadTimes();
        if ((head & 2) != 0)
        {
            chunk.ReadPackedPixels();
            return;
        }
        chunk.ReadRows();
        if ((head & 1) != 0)
        {
            chunk.ReadPackedColumns();
            return;
        }
        chunk.ReadColumns();
        chunk.ReadPolarities();
    }

    /// <summary>
    /// The first time, then bytes: four bits of a step of time and four of the number of events there, where 15 means that 16 bits with the
    /// number follow. A step of 15 means that the other four bits are part of a longer one, from its lowest bits on.
    /// </summary>
    private void ReadTimes()
    {
        ulong time = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
        int shift = 0;
        for (int i = 0; i < _events.Length;)
        {
            byte entry = Take(1)[0];
            int step = entry >> 4, count = entry & 15;
            if (step == 15)
            {
                if (shift == 64)
                    throw new InvalidDataException("an ECF chunk has a step of time of more than 64 bits.");
                time += (ulong)count << shift;
                shift += 4;
                continue;
            }
            shift = 0;
            time += (ulong)step;
            if (count == 15)
                count = TakeWord();
            foreach (ref Element element in Next(i, count))
                element.Time = (long)time;
            i += count;
        }
    }

    /// <summary>Words of eleven bits row and five bits number of events, where 31 means that a word with the number follows.</summary>
    private void ReadRows()
    {
        for (int i = 0; i < _events.Length;)
        {
            int entry = TakeWord();
            int count = (entry & 31) == 31 ? TakeWord() : entry & 31;
            foreach (ref Element element in Next(i, count))
                element.Y = (ushort)(entry >> 5);
            i += count;
        }
    }

    /// <summary>Words of eleven bits column and a bit for each of the five columns after it, the nearest highest.</summary>
    private void ReadColumns()
    {
        for (int i = 0; i < _events.Length;)
        {
            int entry = TakeWord();
            _events[i++].X = (ushort)(entry >> 5);
            for (int next = 1; next <= 5 && i < _events.Length; next++)
            {
                if ((entry >> (5 - next) & 1) != 0)
                    _events[i++].X = (ushort)((entry >> 5) + next);
            }
        }
    }

    /// <summary>Bytes of one bit polarity and seven bits number of events, where 127 means that 16 bits with the number follow.</summary>
    private void ReadPolarities()
    {
        for (int i = 0; i < _events.Length;)
        {
            byte entry = Take(1)[0];
            int count = (entry & 127) == 127 ? TakeWord() : entry & 127;
            foreach (ref Element element in Next(i, count))
                element.Polarity = (short)(entry >> 7);
            i += count;
        }
    }

    /// <summary>Four events in three words: of twelve bits, the lowest is the polarity and the others are the column.</summary>
    private void ReadPackedColumns()
    {
        for (int i = 0; i < _events.Length; i += 4)
        {
            int first = TakeWord(), second = TakeWord(), third = TakeWord();
            Set(i, first >> 4);
            Set(i + 1, first & 0xf | second >> 8 << 4);
            Set(i + 2, second & 0xff | third >> 12 << 8);
            Set(i + 3, third & 0xfff);
        }
    }

    /// <summary>Four events in three numbers of 32 bits: of twenty-four bits, twelve are the row and the others as above.</summary>
    private void ReadPackedPixels()
    {
        for (int i = 0; i < _events.Length; i += 4)
        {
            uint first = TakeNumber(), second = TakeNumber(), third = TakeNumber();
            SetPixel(i, first >> 8);
            SetPixel(i + 1, first & 0xff | second >> 16 << 8);
            SetPixel(i + 2, second & 0xffff | third >> 24 << 16);
            SetPixel(i + 3, third & 0xff_ffff);
        }
    }

    private readonly void SetPixel(int index, uint bits)
    {
        Set(index, (int)(bits & 0xfff));
        if (index < _events.Length)
            _events[index].Y = (ushort)(bits >> 12 & 0x7ff);
    }

    /// <summary>The last group of four may have fewer events.</summary>
    private readonly void Set(int index, int bits)
    {
        if (index >= _events.Length)
            return;
        _events[index].X = (ushort)(bits >> 1);
        _events[index].Polarity = (short)(bits & 1);
    }

    private readonly Span<Element> Next(int start, int count) => count <= _events.Length - start ? _events.Slice(start, count)
        : throw new InvalidDataException("an ECF chunk has more events than it states.");

    private int TakeWord() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    private uint TakeNumber() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _source.Length - _at)
            throw Truncated();
        _at += count;
        return _source.Slice(_at - count, count);
    }

    private static InvalidDataException Truncated() => new("an ECF chunk ends before its last event.");

    /// <summary>An event as the dataset has it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Element
    {
        [FieldOffset(0)]
        public ushort X;

        [FieldOffset(2)]
        public ushort Y;

        [FieldOffset(4)]
        public short Polarity;

        [FieldOffset(8)]
        public long Time;
    }
}
